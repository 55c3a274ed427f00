import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { FormatError, isElfFile, parseElf } from '@nx-redox/binary';
import type { PackageStage } from '@nx-redox/cookbook';
import { UserError } from '@nx-redox/kit';

/** A file of a stage that is linked with shared libraries. */
interface LinkedFile {
  package: string;
  /** In the image. */
  path: string;
  needs: readonly string[];
  /** It names a loader: it is started, and does not just lie there to be loaded. */
  isProgram: boolean;
}

/** What packages need of each other at run time. */
export interface LinkedPackages {
  /** Packages that were added, since they have a library. */
  added: PackageStage[];
  /** For people. */
  notes: string[];
}

const PT_INTERP = 3;
/** Where programs and libraries are looked for. */
const LINKED = /^(usr\/)?(s?bin|games|libexec|lib)\//;
/** Where the loader finds a library. */
const LIBRARY = /^(?:usr\/)?lib\/([^/]+)$/;
/** The recipes whose libraries, in the cookbook's words, are always installed. */
const BASE = new Map([
  ['libc.so.6', 'relibc'],
  ['libgcc_s.so.1', 'libgcc'],
  ['libstdc++.so.6', 'libstdcxx'],
]);

/**
 * Adds the packages whose shared libraries the installed ones are linked with, as the cookbook does it by DT_NEEDED.
 *
 * @param candidates stages of what was built for the packages and is not installed.
 * @throws {UserError} for each library that a program needs and nobody has: the program could not be started.
 */
export function addLibraries(
  workspaceRoot: string,
  installed: readonly PackageStage[],
  candidates: readonly PackageStage[],
): LinkedPackages {
  const links = new Links(workspaceRoot, candidates);
  for (const stage of installed) links.install(stage);
  links.close();
  return { added: links.added, notes: links.finish() };
}

class Links {
  readonly added: PackageStage[] = [];
  readonly #notes: string[] = [];
  readonly #files: LinkedFile[] = [];
  /** Libraries of the installed packages, by name: the linked file that one is, if it is linked itself. */
  readonly #libraries = new Map<string, LinkedFile | undefined>();
  readonly #candidates = new Map<string, PackageStage>();

  constructor(
    private readonly workspaceRoot: string,
    candidates: readonly PackageStage[],
  ) {
    for (const stage of candidates) {
      for (const name of librariesOf(stage)) if (!this.#candidates.has(name)) this.#candidates.set(name, stage);
    }
  }

  install(stage: PackageStage): void {
    const own = new Map<string, LinkedFile>();
    for (const entry of stage.entries) {
      if (entry.kind !== 'file' || !LINKED.test(entry.path)) continue;
      const found = this.#read(stage.name, entry.path, entry.source);
      if (found === undefined) continue;
      own.set(entry.path, found);
      this.#files.push(found);
    }
    const targets = new Map(
      stage.entries.flatMap((entry) =>
        entry.kind === 'symlink' ? [[entry.path, posix.join(posix.dirname(entry.path), entry.target)]] : [],
      ),
    );
    for (const { path } of stage.entries) {
      const name = LIBRARY.exec(path)?.[1];
      if (name === undefined || this.#libraries.has(name)) continue;
      let at = path;
      for (let hops = 0; hops < 8 && targets.has(at); hops++) at = targets.get(at)!;
      this.#libraries.set(name, own.get(at));
    }
  }

  /** Adds packages until nothing is missing that a candidate has. */
  close(): void {
    // The list grows as packages are added.
    for (const { needs, package: owner, path } of this.#files) {
      for (const name of needs) {
        const stage = this.#libraries.has(name) ? undefined : this.#candidates.get(name);
        if (stage === undefined) continue;
        this.added.push(stage);
        this.install(stage);
        this.#notes.push(`package ${stage.name} is installed, too: ${path} of ${owner} needs its ${name}`);
      }
    }
  }

  finish(): string[] {
    const started = this.#started();
    const missing = this.#files.flatMap((file) =>
      file.needs.flatMap((name) => (this.#libraries.has(name) ? [] : [{ file, name }])),
    );
    const say = ({ file, name }: (typeof missing)[number]): string => {
      const recipe = BASE.get(name);
      return `${file.path} of package ${file.package} needs ${name}${recipe === undefined ? '' : `, which recipe ${recipe} installs`}`;
    };
    const fatal = missing.filter(({ file }) => started.has(file));
    if (fatal.length > 0) {
      throw new UserError(
        `programs could not be started, for libraries that no package of the config has:${fatal.map((one) => `\n  ${say(one)}`).join('')}`,
        {
          advice: [
            'name a package with the library in [packages] of the config',
            'or let the recipe of the program have the one of the library among its [build] dependencies: it is then installed, too',
          ],
        },
      );
    }
    const open = missing.map((one) => `${say(one)}; nothing is linked with it`);
    return [...this.#notes, ...open.map((text) => `warning: ${text}`)];
  }

  /** Programs, and the libraries that are loaded with them. */
  #started(): Set<LinkedFile> {
    const started = new Set(this.#files.filter(({ isProgram }) => isProgram));
    for (const { needs } of started) {
      for (const name of needs) {
        const library = this.#libraries.get(name);
        if (library !== undefined) started.add(library);
      }
    }
    return started;
  }

  #read(owner: string, path: string, source: string): LinkedFile | undefined {
    const file = join(this.workspaceRoot, source);
    if (!isElfFile(file)) return undefined;
    try {
      const elf = parseElf(readFileSync(file), source);
      const needs = elf.needed();
      const isProgram = elf.segments.some(({ type }) => type === PT_INTERP);
      return needs.length === 0 ? undefined : { package: owner, path, needs, isProgram };
    } catch (error) {
      // No program: what cannot be read, nothing can start.
      if (error instanceof FormatError) return undefined;
      throw error;
    }
  }
}

function librariesOf({ entries }: PackageStage): string[] {
  return entries.flatMap(({ kind, path }) => (kind === 'directory' ? [] : (LIBRARY.exec(path)?.[1] ?? [])));
}
