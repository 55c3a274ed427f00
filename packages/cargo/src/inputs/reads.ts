import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { configFiles, configIncludes } from '@nx-redox/cargo-read';
import { isFile } from '@nx-redox/kit';
import type { CargoRun } from '../cargo';
import { type ArtifactMessage, packageOf, type ScriptMessage } from '../messages';
import { parseDepInfo, parseScriptOutput } from './dep-info';

/** Everything that a run of cargo was seen to read, each with who read it. */
export interface Reads {
  /** Absolute paths. */
  files: Map<string, string>;
  /** Variables with a value, which was compiled in or which a build script looked at. */
  variables: Map<string, { by: string; isCompiledIn: boolean }>;
  /** Folders of packages in the user's own folders: their manifests are among the files. */
  local: string[];
  /** Folders of packages that cargo knows by checksum or commit, wherever they lie. */
  locked: string[];
  /** Files of vendored packages that the list of their checksums does not name: cargo does not notice an edit. */
  unchecked: string[];
}

/** Where a run of cargo has worked. */
export interface RunPlace {
  /** Where cargo ran: rustc's paths in packages of this Cargo workspace are relative to it. */
  cargoRoot: string;
  workspaceRoot: string;
  /** Where cargo has what it compiled for the target. */
  depsDir: string;
  /** A variable that is not set here cannot have had a say. */
  env: Readonly<Record<string, string | undefined>>;
}

/** Collects what the compiler and the build scripts say that they have read. */
export async function collectReads({ artifacts, scripts }: CargoRun, place: RunPlace): Promise<Reads> {
  const { cargoRoot, workspaceRoot, depsDir, env } = place;
  const reads = new ReadsBuilder(env);
  for (const artifact of artifacts) {
    const { name } = packageOf(artifact.package_id);
    const root = isLocal(artifact.package_id) ? cargoRoot : dirname(artifact.manifest_path);
    for (const path of await unitFiles(artifact, depsDir)) await reads.addUnit(path, root, name);
    reads.addPackage(artifact);
  }
  const manifests = new Map(artifacts.map(({ package_id, manifest_path }) => [package_id, manifest_path]));
  await reads.addConfigs(cargoRoot, workspaceRoot);
  await reads.checkVendored();
  for (const script of scripts) await reads.addScript(script, manifests.get(script.package_id), [cargoRoot]);
  return reads;
}

/** PATH_MAX of Linux: no argument with a path is longer. */
const LONGEST = 4096;

/** Collects what was read, each thing once. */
export class ReadsBuilder implements Reads {
  readonly files: Reads['files'] = new Map();
  readonly variables: Reads['variables'] = new Map();
  readonly local: string[] = [];
  readonly locked: string[] = [];
  readonly unchecked: string[] = [];

  /** @param env variables that can have had a say. */
  constructor(private readonly env: RunPlace['env']) {}

  addFile(path: string, by: string): void {
    if (!this.files.has(path)) this.files.set(path, by);
  }

  /** Cargo's settings in the workspace, where it runs and in all folders above, and what those take in from anywhere. */
  async addConfigs(cargoRoot: string, workspaceRoot: string): Promise<void> {
    const dir = relative(workspaceRoot, cargoRoot).split(sep).join('/');
    if (dir.startsWith('..') || isAbsolute(dir)) return;
    const includes = (file: string) => configIncludes(readIfThere(resolve(workspaceRoot, file)));
    for (const file of configFiles([dir === '' ? '.' : dir], includes)) {
      const path = resolve(workspaceRoot, file);
      if (await isFile(path)) this.addFile(path, 'cargo');
    }
  }

  /** Looks for files that were read of packages in `vendor/` and the like (`[source] directory`) and that cargo has no checksum of. */
  async checkVendored(): Promise<void> {
    for (const folder of new Set(this.locked)) {
      const text = await read(join(folder, '.cargo-checksum.json'));
      if (text === '') continue;
      const { files = {} } = JSON.parse(text) as { files?: Record<string, string> };
      for (const path of this.files.keys()) {
        const name = relative(folder, path).split(sep).join('/');
        if (!name.startsWith('..') && !isAbsolute(name) && !Object.hasOwn(files, name)) this.unchecked.push(path);
      }
    }
  }

  private addVariable(name: string, by: string, isCompiledIn: boolean): void {
    if (this.env[name] !== undefined && !this.variables.get(name)?.isCompiledIn)
      this.variables.set(name, { by, isCompiledIn });
  }

  addPackage({ package_id, manifest_path }: ArtifactMessage): void {
    this.addFile(manifest_path, packageOf(package_id).name);
    const folder = dirname(manifest_path);
    (isLocal(package_id) ? this.local : this.locked).push(folder);
    // A commit is that of the whole repository, also where a folder stands in for it (`[source] directory`).
    if (package_id.startsWith('git+')) this.locked.push(dirname(folder));
  }

  /**
   * What the compiler says of a unit, and the linker of what became of it.
   *
   * @param root folder that paths are relative to.
   */
  async addUnit(depInfo: string, root: string, by: string): Promise<void> {
    const { files, variables } = parseDepInfo(await read(depInfo));
    for (const file of files) this.addFile(resolve(root, file), by);
    for (const variable of variables.keys()) this.addVariable(variable, by, true);
    await this.addLink(linkNoteOf(depInfo), root, `the linker, for ${by}`);
  }

  /** What a linker says. Its list has temporary files of the compiler in it. */
  async addLink(note: string, root: string, by: string): Promise<void> {
    for (const file of parseDepInfo(await read(note)).files) {
      const path = resolve(root, file);
      if (await isFile(path)) this.addFile(path, by);
    }
  }

  /**
   * What a build script has said.
   *
   * @param bases folders that its arguments for the linker may be relative to, beside that of its package.
   */
  async addScript({ package_id, out_dir }: ScriptMessage, manifest: string | undefined, bases: string[]) {
    const by = `the build script of ${packageOf(package_id).name}`;
    const words = parseScriptOutput(await read(join(dirname(out_dir), 'output')));
    for (const variable of words.variables) this.addVariable(variable, by, false);
    if (manifest === undefined) return;
    const folder = dirname(manifest);
    for (const file of words.files) this.addFile(resolve(folder, file), by);
    for (const argument of words.linkArguments) {
      if (argument.length > LONGEST) continue;
      const path = /(?:^|[=,]|-T|--script=)([^=,]+)$/.exec(argument)?.[1]?.replace(/^-[A-Z]/, '');
      if (path === undefined) continue;
      for (const base of [...bases, folder]) {
        const found = resolve(base, path);
        if (await isFile(found)) this.addFile(found, by);
      }
    }
  }
}

/** The linker's list of what it has read, beside the compiler's. */
function linkNoteOf(depInfo: string): string {
  return depInfo.replace(/\.d$/, '.link-deps');
}

/** Whether a package lies in a folder of the user's. */
export function isLocal(packageId: string): boolean {
  return packageId.startsWith('path+') || !packageId.includes('://');
}

/** The compiler's own files about a unit, under the name that has cargo's hash in it. */
export async function unitFiles(artifact: ArtifactMessage, depsDir: string): Promise<string[]> {
  const { filenames, executable, target } = artifact;
  const inDeps = filenames.filter((name) => basename(dirname(name)) === 'deps');
  if (inDeps.length > 0) {
    const names = inDeps.map(
      (name) =>
        `${basename(name)
          .replace(/^lib/, '')
          .replace(/\.\w+$/, '')}.d`,
    );
    return [...new Set(names)].map((name) => join(dirname(inDeps[0]!), name));
  }
  if (target.kind.includes('custom-build')) {
    // build/<package>-<hash>/: one unit each.
    return filesIn(dirname(filenames[0]!), (name) => name.endsWith('.d'));
  }
  // Cargo has put it elsewhere, by a second name of the same file where the file system can.
  const made = executable ?? filenames[0];
  if (made === undefined) return [];
  const crate = basename(made)
    .replace(/^lib/, '')
    .replace(/\.\w+$/, '')
    .replaceAll('-', '_');
  // A call may have had it linked elsewhere.
  const own = await stat(made).catch(() => undefined);
  const units = await filesIn(depsDir, (name) => name.startsWith(`${crate}-`) && name.endsWith('.d'));
  const same: string[] = [];
  const times: { unit: string; time: number }[] = [];
  for (const unit of units) {
    const stem = basename(unit, '.d');
    for (const name of [stem, `lib${stem}.a`, `${stem}.efi`]) {
      const found = await stat(join(depsDir, name)).catch(() => undefined);
      if (own !== undefined && found?.ino === own.ino) same.push(unit);
    }
    times.push({ unit, time: (await stat(unit)).mtimeMs });
  }
  if (same.length > 0) return same;
  return times
    .sort((one, other) => other.time - one.time)
    .slice(0, 1)
    .map(({ unit }) => unit);
}

async function filesIn(dir: string, wanted: (name: string) => boolean): Promise<string[]> {
  const names = await readdir(dir).catch((): string[] => []);
  return names.filter(wanted).map((name) => join(dir, name));
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
