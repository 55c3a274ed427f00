import { chmod, copyFile, lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Elf, ET_DYN, ET_EXEC, isElfFile, parseElf, programSizes, stripElf } from '@nx-redox/binary';
import { blake3Bytes, blake3File, UserError } from '@nx-redox/kit';
import { z } from 'zod';
import { artifactSchema, elfFacts } from '../artifact';
import { recordSchema } from './record';

/** `artifact.json` of a recipe that is built by a script: files that are no programs, and links, are in its stage, too. */
export const scriptArtifactSchema = artifactSchema.extend({
  files: z.array(artifactSchema.shape.files.element.partial({ elf: true })),
  links: z.array(z.object({ path: z.string(), target: z.string() })),
  crates: z.array(
    artifactSchema.shape.crates.element.extend({
      /** Why it was not the task's backend that compiled it, with the compiler's words. */
      because: z.string().optional(),
    }),
  ),
  /** Programs that cargo has linked for the target, those too that are only in an image. */
  programs: z.array(
    z.object({
      package: z.string(),
      bin: z.string(),
      /** The file as it was linked, in the output folder. */
      debug: z.string(),
      /** Places in the stage. */
      installed: z.array(z.string()),
      /** Places in an initfs. */
      initfs: z.array(z.string()),
      /** The program that the kernel starts out of an initfs. */
      isBootstrap: z.literal(true).optional(),
    }),
  ),
  ...recordSchema.shape,
});

export type ScriptArtifact = z.infer<typeof scriptArtifactSchema>;

/** A file in the stage; paths are relative to it, with `/`. */
interface StagedFile {
  path: string;
  /** Absolute. */
  file: string;
  mode: number;
  /** If it is a program or shared library: linked ELF, in a place from which it is run. */
  program?: Elf;
}

export interface Stage {
  files: StagedFile[];
  links: { path: string; target: string }[];
  /** Directories, empty ones included. */
  folders: string[];
}

// Where programs and libraries are looked for.
const PROGRAMS = /^(usr\/)?(s?bin|games|libexec|lib)\//;

/**
 * Reads what a script has installed. Left behind by build tools and removed: libtool's *.la, cargo's list of what it has
 * installed.
 *
 * @throws {UserError} naming a file that cannot be staged.
 */
export async function readStage(stageDir: string): Promise<Stage> {
  const stage: Stage = { files: [], links: [], folders: [] };
  const read = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(stageDir, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const file = join(stageDir, path);
      if (entry.isDirectory()) {
        stage.folders.push(path);
        await read(path);
      } else if (entry.isSymbolicLink()) {
        stage.links.push({ path, target: await readlink(file) });
      } else if (!entry.isFile()) {
        throw new UserError(`the script installed ${path}, which is neither a file nor a folder nor a link`, {
          advice: 'devices, sockets and pipes cannot be staged',
        });
      } else if (/\.la$|(^|\/)\.crates(\.toml|2\.json)$/.test(path)) {
        await rm(file);
      } else {
        const { mode } = await lstat(file);
        stage.files.push({ path, file, mode, program: PROGRAMS.test(path) ? await readProgram(file) : undefined });
      }
    }
  };
  await read('');
  const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);
  stage.files.sort(byPath);
  stage.links.sort(byPath);
  return stage;
}

async function readProgram(file: string): Promise<Elf | undefined> {
  if (!isElfFile(file)) return undefined;
  const elf = parseElf(await readFile(file), file);
  return elf.type === ET_EXEC || elf.type === ET_DYN ? elf : undefined;
}

/**
 * Writes `stage/`, with programs without symbols where `strip` says so, and `debug/` with the programs as they were linked.
 *
 * @returns what artifact.json says about the files.
 */
export async function writeStage(
  { files, links, folders }: Stage,
  outputDir: string,
  strip: (path: string) => boolean,
): Promise<ScriptArtifact['files']> {
  for (const folder of folders) await mkdir(join(outputDir, 'stage', folder), { recursive: true });
  const described: ScriptArtifact['files'] = [];
  const debugNames = new Set<string>();
  for (const { path, file, mode, program } of files) {
    const target = join(outputDir, 'stage', path);
    const bytes = program && (strip(path) ? stripElf(program) : program.bytes);
    if (program === undefined || bytes === undefined) {
      await copyFile(file, target);
      described.push({ path, size: (await lstat(file)).size, blake3: await blake3File(file) });
    } else {
      await writeFile(target, bytes);
      described.push({
        path,
        size: bytes.length,
        blake3: await blake3Bytes(bytes),
        sizes: programSizes(program),
        elf: elfFacts(program),
      });
      // A second program of the same name keeps its folder.
      const name = debugNames.has(basename(path)) ? path : basename(path);
      debugNames.add(name);
      await mkdir(dirname(join(outputDir, 'debug', name)), { recursive: true });
      await writeFile(join(outputDir, 'debug', name), program.bytes, { mode: 0o755 });
    }
    await chmod(target, mode & 0o7777);
  }
  for (const { path, target } of links) await symlink(target, join(outputDir, 'stage', path));
  return described;
}
