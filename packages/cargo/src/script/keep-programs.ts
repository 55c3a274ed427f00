import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type CallEntry, emittedKinds, type FrontRecord } from '@nx-redox/front';
import { blake3Bytes, blake3File } from '@nx-redox/kit';
import { type ArtifactMessage, packageOf } from '../messages';
import type { ScriptArtifact, Stage } from './stage';

/** Tells files of the targets that cargo compiled for from those of this machine. */
export function targetFiles({ calls }: Pick<FrontRecord, 'calls'>): (file: string) => boolean {
  const targets = new Set(
    calls.flatMap(({ after }) => after.flatMap((word, at) => (after[at - 1] === '--target' ? [word] : []))),
  );
  return (file) => file.split('/').some((part) => targets.has(part));
}

/** Where a call of `cargo rustc` has a program linked to (`--emit link=…`). */
function emittedLink({ after, cwd }: CallEntry): string | undefined {
  const link = emittedKinds(after.slice(after.indexOf('--') + 1)).findLast((kind) => kind.startsWith('link='));
  return link === undefined ? undefined : resolve(cwd, link.slice('link='.length));
}

/**
 * Keeps every program that cargo has linked for the target as it was linked, `debug/<name>`, and tells where it is
 * installed: by its content, or by its name if a script has changed it on the way.
 */
export async function keepPrograms({
  dir,
  stage,
  record,
  messages,
}: {
  /** The new output folder. */
  dir: string;
  stage: Stage;
  record: FrontRecord;
  messages: readonly ArtifactMessage[];
}): Promise<ScriptArtifact['programs']> {
  const isForTarget = targetFiles(record);
  const staged = await Promise.all(
    stage.files.map(async ({ path, program }) => ({ path, blake3: program && (await blake3Bytes(program.bytes)) })),
  );
  const inImages = record.initfs.flatMap(({ files }) => files);
  const programs = new Map<string, ScriptArtifact['programs'][number]>();
  for (const { package_id, executable, target } of messages.toReversed()) {
    if (executable === null || !target.kind.includes('bin') || !isForTarget(executable)) continue;
    const { name: owner } = packageOf(package_id);
    const key = `${owner} ${target.name}`;
    if (programs.has(key)) continue;
    const file = existsSync(executable) ? executable : emitted(record, target.name);
    if (file === undefined) continue;
    const blake3 = await blake3File(file);
    const places = (files: readonly { path: string; blake3?: string }[]): string[] => {
      const same = files.filter((found) => found.blake3 === blake3);
      const found = same.length > 0 ? same : files.filter(({ path }) => basename(path) === target.name);
      return found.map(({ path }) => path).sort();
    };
    // A second program of the same name is told apart by its package.
    const isTaken = [...programs.values()].some(({ bin }) => bin === target.name);
    const debug = isTaken ? `debug/${owner}/${target.name}` : `debug/${target.name}`;
    await mkdir(dirname(join(dir, debug)), { recursive: true });
    await copyFile(file, join(dir, debug));
    programs.set(key, {
      package: owner,
      bin: target.name,
      debug,
      installed: places(staged),
      initfs: places(inImages),
      ...(record.initfs.some(({ bootstrap }) => bootstrap === blake3) ? { isBootstrap: true as const } : {}),
    });
  }
  return [...programs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, program]) => program);
}

/** The program of a call that has it linked elsewhere than cargo says. */
function emitted({ calls }: FrontRecord, bin: string): string | undefined {
  for (const call of calls.toReversed()) {
    const named = call.after.indexOf('--bin');
    const link = emittedLink(call);
    if (link === undefined || (named >= 0 && call.after[named + 1] !== bin && !call.after.includes(`--bin=${bin}`)))
      continue;
    if (existsSync(link)) return link;
  }
  return undefined;
}
