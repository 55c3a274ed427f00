import type { ExecutorContext } from '@nx/devkit';

/** What the hash of a task knows. */
export interface Coverage {
  /** Files, relative to the workspace, with `/`. */
  files: ReadonlySet<string>;
  variables: ReadonlySet<string>;
}

/** Tells what the hash of a task covers, and where it is. */
export type InputsCheck = () => Promise<{
  /** Folder of the recipe, relative to the workspace. */
  recipeDir: string;
  /** When the task began, in milliseconds since 1970: its hash was made before. */
  started?: number;
  coverage: Coverage | undefined;
}>;

/** Asks what the hash of a task covers, by Nx's id of the task; undefined if this Nx does not say. */
type AskCoverage = (taskId: string) => Promise<Coverage | undefined>;

interface Inspector {
  init(): Promise<void>;
  inspectTaskInputs(
    task: { project: string; target: string; configuration?: string },
    parsedArgs?: object,
    extraTargetDependencies?: object,
    excludeTaskDependencies?: boolean,
  ): Record<string, { files: string[]; environment: string[] }>;
}

/**
 * Asks Nx itself: what `nx show target inputs` prints. It is asked once for all tasks of a process, and only of builds
 * that have to run.
 */
function nxCoverage(context: Pick<ExecutorContext, 'root' | 'projectGraph' | 'nxJsonConfiguration'>): AskCoverage {
  let inspector: Promise<Inspector | undefined> | undefined;
  const known = new Map<string, Coverage>();
  return async (taskId) => {
    inspector ??= makeInspector(context);
    const [project, target, configuration] = taskId.split(':') as [string, string, string | undefined];
    const asked = await inspector;
    if (asked === undefined) return undefined;
    if (!known.has(taskId)) {
      const inputs = asked.inspectTaskInputs({ project, target, ...(configuration && { configuration }) });
      for (const [id, { files, environment }] of Object.entries(inputs)) {
        known.set(id, { files: new Set(files), variables: new Set(environment) });
      }
    }
    const found = known.get(taskId);
    if (found === undefined) throw new Error(`Nx does not say what the hash of ${taskId} covers`);
    return found;
  };
}

/** The check of the inputs of tasks that begin now; by Nx's id of a task. Without a graph nobody keeps a result. */
export function inputsChecks(context: ExecutorContext): (taskId: string) => InputsCheck | undefined {
  if ((context.projectGraph as ExecutorContext['projectGraph'] | undefined) === undefined) return () => undefined;
  const ask = nxCoverage(context);
  const started = Date.now();
  return (taskId) => async () => {
    const [project] = taskId.split(':', 1) as [string];
    const recipeDir = context.projectGraph.nodes[project]?.data.root;
    if (recipeDir === undefined) throw new Error(`${project} is no project of the graph`);
    return { recipeDir, coverage: await ask(taskId), started };
  };
}

/** Nx's id of the one task that an executor runs. */
export function taskIdOf({ projectName, targetName, configurationName }: ExecutorContext): string {
  return [projectName, targetName, ...(configurationName === undefined ? [] : [configurationName])].join(':');
}

async function makeInspector({
  root,
  projectGraph,
  nxJsonConfiguration,
}: Parameters<typeof nxCoverage>[0]): Promise<Inspector | undefined> {
  try {
    // Internal to Nx, and the only place that knows.
    const { HashPlanInspector } = (await import('nx/src/hasher/hash-plan-inspector')) as unknown as {
      HashPlanInspector: new (graph: unknown, root: string, nxJson: unknown) => Inspector;
    };
    const inspector = new HashPlanInspector(projectGraph, root, nxJsonConfiguration);
    await inspector.init();
    if (typeof inspector.inspectTaskInputs === 'function') return inspector;
  } catch {
    // Another version of Nx.
  }
  process.stderr.write(
    'warning: this version of Nx does not say what hashes cover: what builds read was not compared\n',
  );
  return undefined;
}
