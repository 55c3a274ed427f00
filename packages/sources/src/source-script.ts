import { blake3Hex, onlyVariables, outsideEnvironment, redact, run, UserError } from '@nx-redox/kit';
import { SHELL_SHARED } from '@nx-redox/recipe';
import type { SourceTask } from './task';

const LAST_LINES = 12;

/** What stands for a script in recipe.lock. */
export function scriptHash(script: string | undefined): string | undefined {
  return script === undefined ? undefined : blake3Hex(script);
}

/**
 * Runs the script of `[source]` in the tree: `bash -ex`, with the functions that the cookbook gives such scripts.
 *
 * @param variables names of variables of the user that the recipe asks for.
 * @throws {UserError} with its last lines if it fails.
 */
export async function runSourceScript(
  task: SourceTask,
  tree: string,
  recipeDir: string,
  script: string,
  variables: readonly string[] = [],
): Promise<void> {
  const last: string[] = [];
  const result = await run('bash', ['-e', '-c', `. "$1"\nset -ex\n${script}`, 'source-script', SHELL_SHARED], {
    cwd: tree,
    signal: task.signal,
    missing: 'scripts of recipes are written for bash: install it',
    env: onlyVariables({
      ...outsideEnvironment({ ...process.env, ...task.env }, variables),
      COOKBOOK_RECIPE: recipeDir,
      COOKBOOK_SOURCE: tree,
    }),
    onLine: (line) => {
      task.log(redact(line));
      last.push(redact(line));
      if (last.length > LAST_LINES) last.shift();
    },
  });
  if (result.exitCode === 0) return;
  const how = result.signal === undefined ? `ended with status ${result.exitCode}` : `was ended by ${result.signal}`;
  throw new UserError(
    [`the script of [source] ${how}; its last lines:`, ...last.map((line) => `  ${line}`)].join('\n'),
  );
}
