import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Elf, parseElf, parsePe, type PeFile } from '@nx-redox/binary';
import { type Arch, type Backend, fillPath, UserError } from '@nx-redox/kit';
import { z } from 'zod';
import { artifactSchema } from './artifact';

/** What of `artifact.json` is the same whoever built the stage: files that are no programs may be in it. */
const builtSchema = artifactSchema.pick({ project: true, arch: true, backend: true }).extend({
  files: artifactSchema.shape.files.element.array(),
  crates: artifactSchema.shape.crates.optional(),
  libc: artifactSchema.shape.libc,
  // Of a package in a workspace: what its programs are for.
  programs: z.array(z.object({ bin: z.string(), isBootstrap: z.boolean().optional() })).optional(),
});

/** A file in the stage of a component that was built. */
export interface BuiltFile {
  /** Relative to the stage, with `/`. */
  path: string;
  /** In bytes. */
  size: number;
  /** The file as it boots, and as it was linked, with its symbols; undefined if it is no program. */
  program?: {
    staged: Elf;
    linked?: Elf;
    /** Whether the build says of a crate or of the C library that the other backend compiled it. */
    isMixed?: boolean;
    /** Whether the build says that the kernel starts it. */
    isBootstrap?: boolean;
  };
  /** A boot loader for UEFI. */
  pe?: PeFile;
}

/**
 * Reads what a build has made.
 *
 * @param outputPath the build's output folder, relative to the workspace; {arch} and {backend} are filled in
 * @throws {UserError} if nothing was built.
 * @throws {FormatError} if a program is damaged.
 */
export async function readBuiltStage(
  workspaceRoot: string,
  outputPath: string,
  values: { arch: Arch; backend: Backend },
): Promise<BuiltFile[]> {
  const folder = fillPath(outputPath, values);
  const read = (path: string) => readFile(join(workspaceRoot, folder, path));
  const artifactFile = `${folder}/artifact.json`;
  const text = await read('artifact.json').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT')
      throw new UserError(`cannot be read: ${error.code}`, { file: artifactFile, cause: error });
    throw new UserError('there is no such file: the component was not built', {
      file: artifactFile,
      advice: `build it first: the target build-${values.backend} of the project`,
    });
  });
  const { files, crates = [], libc = [], programs = [] } = parseArtifact(text.toString('utf8'), artifactFile);
  const isMixed = [...crates, ...libc].some((crate) => crate.backend !== 'none' && crate.backend !== values.backend);
  const load = async (path: string): Promise<Elf> => parseElf(await read(path), `${folder}/${path}`);
  const staged = <T>(loaded: Promise<T>, path: string) =>
    loaded.catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      throw new UserError('is missing, though artifact.json names it', {
        file: `${folder}/stage/${path}`,
        advice: 'build the component again',
      });
    });
  const built: BuiltFile[] = [];
  for (const { path, size, elf, pe } of files) {
    if (elf !== undefined) {
      const program = {
        staged: await staged(load(`stage/${path}`), path),
        linked: await linkedFile(path, load),
        isMixed,
        isBootstrap: programs.some(({ bin, isBootstrap }) => isBootstrap === true && bin === basename(path)),
      };
      built.push({ path, size, program });
    } else if (pe !== undefined) {
      built.push({ path, size, pe: parsePe(await staged(read(`stage/${path}`), path), `${folder}/${path}`) });
    } else {
      built.push({ path, size });
    }
  }
  return built;
}

function parseArtifact(text: string, file: string) {
  try {
    return builtSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new UserError('is not what a build of this version writes', {
      file,
      advice: 'build the component again',
      cause: error,
    });
  }
}

/** The program as it was linked: under its name, or under its path if another program has that name. */
async function linkedFile(path: string, load: (path: string) => Promise<Elf>): Promise<Elf | undefined> {
  for (const name of [path, basename(path)]) {
    try {
      return await load(`debug/${name}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}
