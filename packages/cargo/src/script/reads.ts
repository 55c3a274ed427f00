import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { type DepInfoFile, type FrontRecord, type FrontSettings, settleUnits } from '@nx-redox/front';
import { type Environment, outsideEnvironment } from '@nx-redox/kit';
import { cargoHome } from '@nx-redox/toolchain';
import { requireCovered } from '../inputs/compare';
import type { InputsCheck } from '../inputs/coverage';
import { isLocal, type Reads, ReadsBuilder, unitFiles } from '../inputs/reads';
import { type ArtifactMessage, packageOf, type ScriptMessage } from '../messages';
import type { ScriptTask } from './task';

/** A build by a script, which has ended. */
export interface ScriptRun {
  settings: FrontSettings;
  record: FrontRecord;
  artifacts: readonly ArtifactMessage[];
  scripts: readonly ScriptMessage[];
  /** What the script had in its environment from the user. */
  user: Environment;
  /** Links of the source that lead out of it, with what they lead to: the copy has that in their place. */
  beyond: ReadonlyMap<string, string>;
}

/**
 * The user's variables that a script can have passed on.
 *
 * @param own what the build sets itself.
 */
export function userVariables(user: Environment, more: readonly string[], own: Environment): Environment {
  // The constants of every build are no variables of the user.
  const constants = outsideEnvironment({});
  return Object.fromEntries(
    Object.entries(outsideEnvironment(user, more)).filter(([name]) => own[name] === undefined && !(name in constants)),
  );
}

/** What the compilers, linkers and build scripts that a script has called say that they have read. */
async function collectScriptReads(run: ScriptRun): Promise<Reads> {
  const { record, artifacts, scripts, user, beyond } = run;
  const reads = new ReadsBuilder(user);
  const folders = new Map([...record.knownUnits, ...record.units].map(({ cwd, file }) => [file, cwd]));
  const roots = new Set<string>();
  const used = new Map<string, string>();
  for (const artifact of artifacts) {
    const { name } = packageOf(artifact.package_id);
    for (const file of await unitFiles(artifact, depsDirOf(artifact))) used.set(file, name);
    reads.addPackage(artifact);
    if (isLocal(artifact.package_id)) roots.add(dirname(artifact.manifest_path));
  }
  // A call that names nothing, and one for this machine, is known by its compiler alone.
  for (const { file } of record.units) if (!used.has(file)) used.set(file, crateOf(file));
  for (const [file, name] of used) {
    const cwd = folders.get(file);
    if (cwd !== undefined) await reads.addUnit(file, cwd, name);
  }
  for (const { cwd, file } of record.links) await reads.addLink(file, cwd, 'the linker');
  const manifests = new Map(artifacts.map(({ package_id, manifest_path }) => [package_id, manifest_path]));
  for (const script of scripts) await reads.addScript(script, manifests.get(script.package_id), [...roots]);
  for (const [link, target] of beyond)
    for (const file of await filesOf(target)) reads.addFile(file, `the link ${link}`);
  return reads;
}

/**
 * Compares what a script's build has read with what the hash of its task covers.
 *
 * @param isCounted whether the source counts as a whole, asked of git: it is no file of Nx then.
 * @throws {UserError} if the hash lacks anything: the result must not be kept under it.
 */
export async function compareScriptReads(task: ScriptTask, run: ScriptRun, inputs: InputsCheck): Promise<void> {
  const { workspaceRoot, project, workDir, libcDir, dependencies, hostDependencies, sourceDir, isCheckout } = task;
  const { settings, record } = run;
  const { location } = settings.rust;
  const home = cargoHome(run.user as NodeJS.ProcessEnv);
  const derived = [
    workDir,
    settings.home,
    // Somebody may keep the large folders of it on another disk, by links.
    join(settings.home, 'sysroots'),
    location.root,
    location.rustSrc ?? [],
    libcDir ?? [],
    dependencies,
    hostDependencies,
    // Crates by checksum and by commit, and what lies beside them in their repository.
    join(home, 'registry'),
    join(home, 'git'),
    isCheckout && sourceDir !== undefined ? sourceDir : [],
  ].flat();
  // A recipe for this machine is a project in another folder.
  const recipeDir = relative(workspaceRoot, dirname(task.recipeFile)).split(sep).join('/');
  const question = { project, workspaceRoot, derived, ...(await inputs()), recipeDir };
  await requireCovered({ ...question, ...(isCheckout ? { checkout: task.name } : {}) }, await collectScriptReads(run));
  await settleUnits(settings, record);
}

/** Where cargo has the units of a linked file. */
function depsDirOf({ executable, filenames }: ArtifactMessage): string {
  const made = executable ?? filenames[0];
  return made === undefined ? '' : join(dirname(made), 'deps');
}

/** `logd` of `…/deps/logd-0123456789abcdef.d`. */
function crateOf(depInfo: DepInfoFile['file']): string {
  return /([^/]+?)(?:-[0-9a-f]{16})?\.d$/.exec(depInfo)?.[1] ?? depInfo;
}

async function filesOf(path: string): Promise<string[]> {
  const root = await realpath(path);
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') return undefined;
      throw error;
    },
  );
  if (entries === undefined) return [root];
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(root, file).split(sep).includes('.git'));
}
