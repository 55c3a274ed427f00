import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BACKENDS, blake3Hex, UserError } from '@nx-redox/kit';
import {
  cargoHome,
  mixedRustcSettings,
  readIdentity,
  readLocation,
  remapFlags,
  requireBackend,
  rustcSettings,
  rustLld,
} from '@nx-redox/toolchain';
import { z } from 'zod';
import { placeLinker } from './inputs/linker';
import type { CompileSettings } from './settings';

/** The compiler of one backend and the sysroot of one spec. */
export interface BuildTools {
  /** Identity of the toolchain. */
  id: string;
  cargo: string;
  env: Record<string, string | undefined>;
  /** Flags for every crate of the target. */
  rustflags: string[];
  /** Name of the target specification. */
  target: string;
  specDir: string;
  buildDir: string;
  linkerScriptDir: string;
  /** For what cargo does not link. */
  linker: string;
  /** Folders of the toolchain, whose content its identity names. */
  roots: string[];
}

// Of the toolchain's sysroot.json, what is used here.
const sysrootSchema = z.object({
  target: z.string(),
  backend: z.enum(BACKENDS),
  toolchain: z.string(),
  spec: z.object({ changes: z.array(z.string()) }).optional(),
  crates: z.array(z.object({ name: z.string(), backend: z.enum([...BACKENDS, 'none']) })),
});

/**
 * Reads what the toolchain's tasks left: location, identity, sysroot.
 *
 * @throws {UserError} if one of them is missing, or the toolchain lacks the backend.
 */
export async function buildTools(
  task: CompileSettings,
  userEnv: Readonly<Record<string, string | undefined>>,
): Promise<BuildTools> {
  const { workspaceRoot, backend, sysrootDir, cfgs, crateBackends, libcDir } = task;
  const [location, identity] = [await readLocation(workspaceRoot), await readIdentity(workspaceRoot)];
  for (const used of new Set([backend, ...Object.values(crateBackends)])) requireBackend(location, identity, used);
  const isMixed = Object.keys(crateBackends).length > 0;
  const settings = isMixed ? mixedRustcSettings(location, userEnv) : rustcSettings(location, backend, userEnv);
  const { target, text, immediateAbort } = await readSysroot(task, identity.id);
  const buildDir = join(workspaceRoot, 'target/redox', `${backend}-${identity.id}${variantOf(task)}`);
  const linkerScriptDir = join(buildDir, 'linker-scripts');
  const linker = await rustLld(location);
  return {
    id: identity.id,
    cargo: settings.cargo,
    env: settings.env,
    rustflags: [
      ...settings.rustflags,
      `--sysroot=${join(sysrootDir, 'sysroot')}`,
      ...remapFlags({
        workspaceRoot,
        cargoHome: cargoHome(userEnv),
        rustSrc: location.rustSrc,
        commit: identity.commit,
      }),
      // What a profile says of panics comes before these flags, and would not fit to the standard library.
      ...(immediateAbort ? ['-Cpanic=immediate-abort'] : []),
      // Stack traces follow frame pointers.
      '-Cforce-frame-pointers=yes',
      // The stage is stripped after the checks; what a profile says comes before these flags and does not count.
      '-Cstrip=none',
      // Cargo does not watch the sysroot: crates for another standard library are other crates.
      `-Cmetadata=${blake3Hex(text).slice(0, 16)}`,
      `-Clinker=${await placeLinker(linker, buildDir)}`,
      `-Lnative=${linkerScriptDir}`,
      ...(libcDir === undefined ? [] : [`-Lnative=${libcDir}`]),
      ...cfgs.flatMap((cfg) => [`--cfg=${cfg}`, `--check-cfg=${checkCfg(cfg)}`]),
      // Crates in folders, which take the place of others, are not held to what their authors deny themselves.
      ...(task.patches.length > 0 ? ['--cap-lints=warn'] : []),
    ],
    target,
    specDir: sysrootDir,
    buildDir,
    linkerScriptDir,
    linker,
    roots: [location.root, location.rustSrc ?? []].flat(),
  };
}

/** Tells rustc that a condition is meant: no crate of ours has declared it. */
function checkCfg(cfg: string): string {
  const [, name, value] = /^(\w+)(?:=(.*))?$/.exec(cfg)!;
  return value === undefined ? `cfg(${name})` : `cfg(${name}, values(${value}))`;
}

/** Flags that differ among tasks get folders of their own: cargo would compile each crate anew whenever they change. */
function variantOf({ workspaceRoot, cfgs, crateBackends, libcDir, patches }: CompileSettings): string {
  const isPatched = patches.length > 0;
  const libc = libcDir === undefined ? undefined : relative(workspaceRoot, libcDir);
  const flags = JSON.stringify([cfgs, crateBackends, libc, isPatched]);
  return flags === '[[],{},null,false]' ? '' : `-${blake3Hex(flags).slice(0, 8)}`;
}

function parseSysroot(text: string): z.infer<typeof sysrootSchema> | undefined {
  try {
    return sysrootSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function readSysroot(
  task: CompileSettings,
  toolchain: string,
): Promise<{ target: string; text: string; immediateAbort: boolean }> {
  const path = join(task.sysrootDir, 'sysroot.json');
  const file = relative(task.workspaceRoot, path);
  const advice = `npx nx run toolchain:sysroot-${task.specName}-${task.backend}`;
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      error.code === 'ENOENT' ? 'the sysroot (compiled standard library) is missing' : `cannot read: ${error.message}`,
      {
        file,
        advice,
      },
    );
  });
  const sysroot = parseSysroot(text);
  const mismatch = (what: string, has: string, wanted: string) =>
    new UserError(`this sysroot was made for ${what} ${has}, but ${wanted} is used`, { file, advice });
  if (!sysroot) throw new UserError('this file does not describe a sysroot', { file, advice });
  if (sysroot.backend !== task.backend) throw mismatch('backend', sysroot.backend, task.backend);
  if (sysroot.toolchain !== toolchain) throw mismatch('toolchain', sysroot.toolchain, toolchain);
  const strangers = sysroot.crates.filter((crate) => crate.backend !== 'none' && crate.backend !== task.backend);
  if (strangers.length > 0) {
    const list = strangers.map(({ name, backend }) => `${name} (${backend})`);
    throw new UserError(`crates of this sysroot were not compiled by ${task.backend}: ${list.join(', ')}`, {
      file,
      advice,
    });
  }
  const immediateAbort = sysroot.spec?.changes.includes('immediate-abort') ?? false;
  return { target: sysroot.target, text, immediateAbort };
}
