/** A command line of cargo, taken apart as far as we have to know it. */
export interface CargoCommandLine {
  /** `+name`, without the plus. */
  toolchain?: string;
  /** As cargo calls it in full; undefined for `cargo --version` and the like. */
  command?: string;
  /** Words before the command, without the toolchain. */
  global: string[];
  /** Words after the command, up to `--`. */
  args: string[];
  /** `--` and what follows. */
  rest: string[];
}

/** Short names of cargo's commands. */
const SHORT: Readonly<Record<string, string>> = { b: 'build', c: 'check', d: 'doc', r: 'run', t: 'test' };

/** Options with a value in the next word, of cargo itself and of the commands that compile. */
const WITH_VALUE = new Set([
  ...['--color', '--config', '-Z', '-C', '--explain'],
  ...['--target', '--package', '-p', '--exclude', '--bin', '--example', '--test', '--bench', '--features', '-F'],
  ...['--profile', '--jobs', '-j', '--target-dir', '--manifest-path', '--lockfile-path', '--message-format'],
  ...[
    '--path',
    '--root',
    '--git',
    '--branch',
    '--tag',
    '--rev',
    '--version',
    '--index',
    '--registry',
    '--artifact-dir',
  ],
  ...['--crate-type', '--print'],
]);

const GLOBAL_WITH_VALUE = new Set(['--color', '--config', '-Z', '-C', '--explain']);

/** Takes a command line of cargo apart. */
export function parseCommandLine(argv: readonly string[]): CargoCommandLine {
  const words = [...argv];
  const toolchain = words[0]?.startsWith('+') ? words.shift()!.slice(1) : undefined;
  const global: string[] = [];
  while (words.length > 0 && words[0]!.startsWith('-')) {
    const word = words.shift()!;
    global.push(word);
    if (GLOBAL_WITH_VALUE.has(word) && words.length > 0) global.push(words.shift()!);
  }
  const name = words.shift();
  const end = words.indexOf('--');
  return {
    toolchain,
    command: name === undefined ? undefined : (SHORT[name] ?? name),
    global,
    args: end < 0 ? words : words.slice(0, end),
    rest: end < 0 ? [] : words.slice(end),
  };
}

/** An option of a command line: its name, its value, and the words that it consists of. */
export interface Option {
  name: string;
  value?: string;
  words: string[];
}

/** Words of cargo as options; a word that is no option has the name ''. */
export function optionsOf(words: readonly string[]): Option[] {
  const options: Option[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const equal = /^(--[\w-]+)=(.*)$/s.exec(word);
    const glued = /^(-[ZCFjp])=?(.+)$/s.exec(word);
    if (equal) options.push({ name: equal[1]!, value: equal[2]!, words: [word] });
    else if (glued) options.push({ name: glued[1]!, value: glued[2]!, words: [word] });
    else if (WITH_VALUE.has(word) && at + 1 < words.length) {
      options.push({ name: word, value: words[at + 1]!, words: [word, words[at + 1]!] });
      at++;
    } else options.push({ name: word.startsWith('-') ? word : '', words: [word] });
  }
  return options;
}

/** The words of options again. */
export const wordsOf = (options: readonly Option[]): string[] => options.flatMap(({ words }) => words);

/** What `--emit` asks of rustc, such as `link` and `obj=FILE`. */
export function emittedKinds(words: readonly string[]): string[] {
  const lists = words.flatMap((word, at) =>
    word.startsWith('--emit=') ? [word.slice('--emit='.length)] : words[at - 1] === '--emit' ? [word] : [],
  );
  return lists.flatMap((list) => list.split(','));
}

/** The value of the last option of a name. */
export function valueOf(options: readonly Option[], name: string): string | undefined {
  return options.findLast((option) => option.name === name && option.value !== undefined)?.value;
}
