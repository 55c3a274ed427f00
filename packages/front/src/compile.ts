import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { run, UserError, withLock, writeFileWhole } from '@nx-redox/kit';

const PACKAGE = join(__dirname, '..');
/** What the compiled programs were made of. */
const STAMP = 'dist/.sources';

let compiled: Promise<void> | undefined;

/**
 * Compiles the programs in front of the compilers where this is a clone of nx-redox and they are older than their
 * sources: they run as plain JavaScript, since they are started thousands of times, and the hash of a task knows the
 * sources. An installed package has them.
 *
 * @throws {UserError} if the sources do not compile.
 */
export function compileFront(): Promise<void> {
  if (extname(__filename) !== '.ts') return Promise.resolve();
  compiled ??= compileProject(PACKAGE);
  return compiled;
}

/** Compiles a TypeScript project, with those that it refers to, unless nothing has changed since the last time. */
export async function compileProject(project: string): Promise<void> {
  const stamp = join(project, STAMP);
  const isCurrent = async (): Promise<string | undefined> => {
    const sources = await hashOf(await withReferences(project));
    return (await readFile(stamp, 'utf8').catch(() => undefined)) === sources ? undefined : sources;
  };
  if ((await isCurrent()) === undefined) return;
  await withLock(join(project, 'dist/.lock'), {}, async () => {
    const sources = await isCurrent();
    if (sources === undefined) return;
    const tsc = createRequire(join(project, 'package.json')).resolve('typescript/bin/tsc');
    const { exitCode, stdout, stderr } = await run(process.execPath, [tsc, '--build', project], { cwd: project });
    if (exitCode !== 0) {
      throw new UserError(`the programs in front of the compilers do not compile:\n${stdout}${stderr}`.trimEnd(), {
        advice: 'correct these sources of nx-redox; `npm run build` compiles all of them',
      });
    }
    await writeFileWhole(stamp, sources);
  });
}

/** Folders of a project and of all that it refers to, sorted. */
async function withReferences(project: string): Promise<string[]> {
  const found = new Set([project]);
  for (const folder of found) {
    const config = JSON.parse(await readFile(join(folder, 'tsconfig.json'), 'utf8')) as {
      references?: { path: string }[];
    };
    for (const { path } of config.references ?? []) found.add(join(folder, path));
  }
  return [...found].sort();
}

async function hashOf(folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const names = await readdir(join(folder, 'src'), { recursive: true });
    for (const name of names.filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts')).sort()) {
      hash.update(`${name}\0`).update(await readFile(join(folder, 'src', name)));
    }
  }
  return hash.digest('hex');
}
