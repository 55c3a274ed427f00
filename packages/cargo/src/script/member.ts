import { chmod, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readElf, stripElf } from '@nx-redox/binary';
import { AsBuilt, blake3Bytes, fillPath, replaceDirectory, UserError } from '@nx-redox/kit';
import type { z } from '@nx-redox/kit/options';
import { elfFacts } from '../artifact';
import type { schema } from '../executors/member/options';
import { type ScriptArtifact, scriptArtifactSchema } from './stage';

/** A package in the Cargo workspace of a recipe's source. Paths are relative to the workspace. */
export type MemberTask = z.output<typeof schema> & { project: string };

/**
 * Takes the programs of one package out of what its recipe's build has made: the very files that the recipe installs, or
 * puts into an initfs.
 *
 * @returns where each program went, for people.
 * @throws {UserError} if the build has made none of them, or what lies in its stage is not what it has made.
 */
export async function takeMember(workspaceRoot: string, task: MemberTask): Promise<string> {
  const { arch, backend, bins } = task;
  const owner = fillPath(task.ownerPath, { arch, backend });
  const file = `${owner}/artifact.json`;
  const artifact = await readArtifact(workspaceRoot, file);
  const made = artifact.programs.filter((program) => program.package === task.package && bins.includes(program.bin));
  if (made.length === 0) {
    throw new UserError(`recipe ${artifact.package} has built no program of package "${task.package}"`, {
      file,
      advice: [
        `its script does not build ${bins.join(', ')} for ${arch}`,
        `it builds: ${[...new Set(artifact.programs.map(({ bin }) => bin))].sort().join(', ') || 'no program'}`,
      ],
    });
  }
  const lines: string[] = [];
  const built = new AsBuilt(workspaceRoot);
  await replaceDirectory(join(workspaceRoot, fillPath(task.outputPath, { arch, backend })), async (dir) => {
    const files: ScriptArtifact['files'] = [];
    for (const { bin, debug, installed, initfs, isBootstrap } of made) {
      const linked = join(workspaceRoot, owner, debug);
      const elf = await readElf(linked);
      const path = installed[0] ?? `usr/bin/${bin}`;
      if (installed[0] !== undefined) await built.check(join(workspaceRoot, owner, 'stage', installed[0]));
      const { bytes, isOther } =
        installed[0] === undefined
          ? await fromInitfs(linked, artifact.initfs, { initfs, isBootstrap })
          : { bytes: await readFile(join(workspaceRoot, owner, 'stage', installed[0])) };
      const target = join(dir, 'stage', path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, bytes);
      await chmod(target, 0o755);
      await mkdir(join(dir, 'debug'), { recursive: true });
      await copyFile(linked, join(dir, 'debug', basename(debug)));
      files.push({
        path,
        size: (await stat(target)).size,
        blake3: await blake3Bytes(bytes),
        elf: elfFacts(elf),
      });
      const places = [
        ...installed,
        ...initfs.map((place) => `${place} of the initfs${isOther ? ', where the script has changed it' : ''}`),
        ...(isBootstrap ? ['the initfs, where the kernel starts it'] : []),
      ];
      lines.push(`${bin}: ${places.length === 0 ? 'built, and installed nowhere' : places.join(', ')}`);
    }
    const own = { ...artifact, project: task.project, package: task.package, files, links: [], programs: made };
    await writeFile(join(dir, 'artifact.json'), `${JSON.stringify(own, null, 2)}\n`);
  });
  return `${lines.join('\n')}\n`;
}

/**
 * A program that only an initfs holds, as it is there: an image has it as it was linked, or without symbols, and its
 * digest tells which. One that is in neither form is `isOther`.
 */
async function fromInitfs(
  linked: string,
  images: ScriptArtifact['initfs'],
  { initfs, isBootstrap }: Pick<ScriptArtifact['programs'][number], 'initfs' | 'isBootstrap'>,
): Promise<{ bytes: Uint8Array; isOther?: boolean }> {
  const bytes = await readFile(linked);
  if (isBootstrap) return { bytes };
  const stripped = stripElf(await readElf(linked));
  if (initfs.length === 0) return { bytes: stripped };
  const held = images.flatMap(({ files }) => files.filter(({ path }) => initfs.includes(path)));
  for (const form of [bytes, stripped]) {
    const digest = await blake3Bytes(form);
    if (held.some(({ blake3 }) => blake3 === digest)) return { bytes: form };
  }
  return { bytes: stripped, isOther: true };
}

async function readArtifact(workspaceRoot: string, file: string): Promise<ScriptArtifact> {
  const text = await readFile(join(workspaceRoot, file), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(`cannot be read: ${cause.code}`, { file, cause, advice: 'build the recipe first' });
  });
  const parsed = scriptArtifactSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new UserError('is not what a build of this version writes', { file, advice: 'build the recipe again' });
}
