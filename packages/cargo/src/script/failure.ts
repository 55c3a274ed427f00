import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrontRecord } from '@nx-redox/front';
import { UserError } from '@nx-redox/kit';
import { toolAdvice, toolsMissedIn } from './missing-tools';

/** What is known of a script that failed. */
export interface Failure {
  recipe: string;
  /** recipe.toml, relative to the workspace. */
  file: string;
  /** The script's file, and its lines in recipe.toml. */
  scriptFile: string;
  lineOf: (line: number) => number | undefined;
  notesDir: string;
  status: number;
  signal?: string;
  gnuTarget: string;
  /** The last lines of the script's output. */
  output: readonly string[];
  workDir: string;
  /** What the programs in front have noted. */
  record: Pick<FrontRecord, 'missing' | 'fallbacks'>;
}

/** Says where in recipe.toml a script has stopped, at which command, and which programs it lacks. */
export async function explainFailure(failure: Failure): Promise<UserError> {
  const { recipe, file, scriptFile, lineOf, notesDir, status, signal, gnuTarget, output, workDir, record } = failure;
  const note = (name: string) => readFile(join(notesDir, name), 'utf8').catch(() => '');
  const [, command, ...calls] = (await note('stopped')).split('\0');
  let at: number | undefined;
  for (let index = 0; index + 1 < calls.length && at === undefined; index += 2) {
    if (calls[index] === scriptFile) at = Number(calls[index + 1]);
  }
  // Bash reports what it cannot parse by itself, and shows the line in a second message.
  at ??= output
    .filter((text) => !/: line \d+: `.*'$/.test(text))
    .map((text) => shellLine(text, scriptFile))
    .findLast((found) => found !== undefined);
  const line = at === undefined ? undefined : lineOf(at);

  const tools = [...new Set([...record.missing, ...toolsMissedIn(output)])];
  const how = signal === undefined ? `stopped with status ${status}` : `was ended by ${signal}`;
  const what = command ? `, at: ${shorten(command)}` : '';
  if (tools.length > 0) {
    const list = tools.map((tool) => `\`${tool}\``).join(', ');
    return new UserError(
      `recipe ${recipe} needs ${list}, which ${tools.length === 1 ? 'is' : 'are'} not installed; its script ${how}${what}`,
      { file, line, advice: tools.map((tool) => toolAdvice(tool, gnuTarget)) },
    );
  }
  const refused = [...record.fallbacks.values()].filter(({ isFinal }) => !isFinal);
  if (refused.length > 0) {
    const list = refused.map(({ crate, reason, words }) => `\n  ${crate}: ${reason} (${words})`).join('');
    return new UserError(`Cranelift refuses crates of recipe ${recipe}, and nothing else may compile them:${list}`, {
      file,
      line,
      advice: 'allow LLVM for what Cranelift is known to refuse: fallback = "known"',
    });
  }
  return new UserError(`the script of recipe ${recipe} ${how}${what}`, {
    file,
    line,
    advice:
      signal === 'SIGKILL'
        ? 'the system may have run out of memory: set COOKBOOK_MAKE_JOBS=1'
        : `what it has made so far is in ${workDir}`,
  });
}

function shorten(command: string): string {
  const [line = ''] = command.split('\n', 1);
  return line.length < command.length || line.length > 160 ? `${line.slice(0, 160)} …` : line;
}

/** The line of the script that a message of bash is about. */
function shellLine(message: string, scriptFile: string): number | undefined {
  const start = `${scriptFile}: line `;
  return message.startsWith(start) ? Number.parseInt(message.slice(start.length)) : undefined;
}

/** A message of bash with the place in recipe.toml instead of that in the script. */
export function withRecipeLine(
  message: string,
  { scriptFile, file, lineOf }: Pick<Failure, 'scriptFile' | 'file' | 'lineOf'>,
): string {
  const at = shellLine(message, scriptFile);
  const line = at === undefined ? undefined : lineOf(at);
  return line === undefined ? message : message.replace(`${scriptFile}: line ${at}`, `${file}:${line}`);
}
