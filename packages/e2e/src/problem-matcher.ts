import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const PAGE = join(__dirname, '../../../docs/how-to/editor.md');

/** One step of a problem matcher of VS Code: groups of its expression by what they are. */
interface Pattern {
  regexp: string;
  file?: number;
  line?: number;
  message?: number;
  severity?: number;
}

export interface Problem {
  file: string;
  line: number;
  message: string;
  severity?: string;
}

/** What VS Code would list, with the tasks.json of our page about editors: a matcher's patterns fit lines that follow each other. */
export async function problemsIn(output: string): Promise<Problem[]> {
  const page = await readFile(PAGE, 'utf8');
  const block = /```json\n(\{\n {2}"version"[^]*?)```/.exec(page)![1]!;
  const [task] = (JSON.parse(block) as { tasks: { problemMatcher: { pattern: Pattern[] }[] }[] }).tasks;
  const lines = stripVTControlCharacters(output).split('\n');
  return task!.problemMatcher.flatMap(({ pattern }) =>
    lines.flatMap((_, at) => {
      const problem: Record<string, string> = {};
      for (const [index, { regexp, ...groups }] of pattern.entries()) {
        const match = new RegExp(regexp).exec(lines[at + index] ?? '');
        if (match === null) return [];
        for (const [name, group] of Object.entries(groups)) problem[name] = match[group as number]!;
      }
      const { file = '', line, message = '', severity } = problem;
      return { file, line: Number(line), message, ...(severity === undefined ? {} : { severity }) };
    }),
  );
}
