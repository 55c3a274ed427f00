import { existsSync, readdirSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { blake3Bytes, createFileWhole, createProgress, forgetFailedProbes, run, UserError } from '@nx-redox/kit';
import {
  encodeRustflags,
  knownLocation,
  rustcSettings,
  toolchainHome,
  withoutCompilerSettings,
} from '@nx-redox/toolchain';

const NAME = 'redox-image';
/** The same seen from `src` and from `dist`; below `src`, so that it counts as code of the executor. */
const SOURCE = join(__dirname, '../src/rust');

const UNREACHABLE =
  /could not resolve host|failed to download|unable to update registry|network failure|couldn't connect|spurious network error|attempting to make an http request/i;

/**
 * The program that writes disks: built from `src/rust` with the crates `redoxfs`, `fatfs` and `gpt` on first use, and kept in the
 * user's folder for toolchains under a name that changes with its source. The workspace's own toolchain compiles it, or a
 * cargo on PATH.
 *
 * @throws {UserError} if there is no cargo, its crates cannot be fetched, or it does not compile.
 */
export async function imageTool(workspaceRoot: string, signal?: AbortSignal): Promise<string> {
  const home = toolchainHome();
  const texts = await Promise.all(sourceFiles().map((path) => readFile(path, 'utf8')));
  const id = await blake3Bytes(Buffer.from(texts.join('\0')));
  const name = `${NAME}-${id.slice(0, 16)}`;
  const tool = join(home.root, 'tools', name, NAME);
  if (existsSync(tool)) return tool;

  // Cargo locks its target folder: of two tasks that come here at once, the second waits and finds the program built.
  const target = join(home.work, name);
  await mkdir(target, { recursive: true });
  const problem = await build(workspaceRoot, target, signal);
  if (!problem) {
    try {
      await createFileWhole(tool, async (temporary) => {
        await copyFile(join(target, 'release', NAME), temporary);
        await chmod(temporary, 0o755);
      });
    } catch (error) {
      // The first of the two may have tidied up already.
      if (!existsSync(tool)) throw error;
    }
  } else if (!existsSync(tool)) {
    throw problem;
  }
  await rm(target, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  return tool;
}

function sourceFiles(): string[] {
  const modules = readdirSync(join(SOURCE, 'src')).sort();
  return [join(SOURCE, 'Cargo.toml'), join(SOURCE, 'Cargo.lock'), ...modules.map((name) => join(SOURCE, 'src', name))];
}

/** @returns what went wrong, if something did. */
async function build(workspaceRoot: string, target: string, signal?: AbortSignal): Promise<UserError | undefined> {
  const location = await knownLocation(workspaceRoot);
  const settings = location && rustcSettings(location, 'llvm');
  const progress = createProgress(`${NAME} (once, writes disks)`);
  let crates = 0;
  const args = [
    'build',
    '--release',
    '--locked',
    '--manifest-path',
    join(SOURCE, 'Cargo.toml'),
    '--target-dir',
    target,
  ];
  forgetFailedProbes(target);
  const result = await run(settings?.cargo ?? 'cargo', args, {
    // A cargo configuration of the workspace is for Redox, not for this machine.
    cwd: target,
    env: {
      ...withoutCompilerSettings(process.env),
      ...settings?.env,
      ...(settings ? { CARGO_ENCODED_RUSTFLAGS: encodeRustflags(settings.rustflags) } : {}),
    },
    signal,
    missing: [
      'npx nx run toolchain:install (its cargo is used)',
      'or install Rust (rustup.rs); disks are written by the crates redoxfs, fatfs and gpt',
    ],
    onLine: (line) => {
      const crate = /^\s*Compiling (\S+)/.exec(line)?.[1];
      if (crate) progress.update(`${++crates} ${crate}`);
    },
  });
  if (result.exitCode === 0) {
    progress.done('built');
    return undefined;
  }
  const text = result.stderr.trim();
  return UNREACHABLE.test(text)
    ? new UserError(
        `the crates of ${NAME} (redoxfs, fatfs, gpt and what they need) cannot be fetched:\n${tail(text, 4)}`,
        {
          advice: [
            "connect to the network once, or set up a mirror of crates.io in cargo's configuration; what was fetched is kept",
            'or copy the folder tools of another machine of the same kind into the one of REDOX_TOOLCHAIN_HOME',
          ],
        },
      )
    : new UserError(`${NAME} could not be built${result.signal ? ` (${result.signal})` : ''}:\n${tail(text, 15)}`, {
        advice: 'npx nx run toolchain:doctor (says whether the toolchain works)',
      });
}

const tail = (text: string, lines: number) => text.split('\n').slice(-lines).join('\n');
