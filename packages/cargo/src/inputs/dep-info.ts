/** What a file of dependencies says. */
export interface DepInfo {
  files: string[];
  /** `env!` and `option_env!`: names with the value that was found. */
  variables: Map<string, string | undefined>;
}

/** Reads a `.d` file of rustc, cargo or a linker: rules of make, and rustc's comments. */
export function parseDepInfo(text: string): DepInfo {
  const files = new Set<string>();
  const variables = new Map<string, string | undefined>();
  // Linkers break their lines.
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    if (line.startsWith('# env-dep:')) {
      const [name, value] = splitOnce(line.slice('# env-dep:'.length), '=');
      variables.set(unescapeVariable(name), value === undefined ? undefined : unescapeVariable(value));
      continue;
    }
    if (line.startsWith('#')) continue;
    const colon = /:(?:\s|$)/.exec(line)?.index;
    if (colon === undefined) continue;
    for (const file of splitPaths(line.slice(colon + 1))) files.add(file);
  }
  return { files: [...files], variables };
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + mark.length)];
}

/** rustc escapes backslashes and line ends in variables. */
function unescapeVariable(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => ({ n: '\n', r: '\r' })[char] ?? char);
}

/** Paths of a rule: separated by blanks, which a backslash escapes. */
function splitPaths(text: string): string[] {
  return [...text.matchAll(/(?:\\[ \\#]|[^\s])+/g)].map(([path]) => path.replace(/\\([ #])/g, '$1'));
}

/** What the build script of a package said about its inputs and about the link. */
export interface ScriptWords {
  files: string[];
  variables: string[];
  /** Arguments of the linker. */
  linkArguments: string[];
}

/** Reads the output of a build script, which cargo keeps. */
export function parseScriptOutput(text: string): ScriptWords {
  const words: ScriptWords = { files: [], variables: [], linkArguments: [] };
  for (const line of text.split(/\r?\n/)) {
    const [, key, value] = /^cargo::?([\w-]+)=(.*)$/.exec(line.trim()) ?? [];
    if (key === undefined || value === undefined) continue;
    if (key === 'rerun-if-changed') words.files.push(value);
    else if (key === 'rerun-if-env-changed') words.variables.push(value);
    else if (key.startsWith('rustc-link-arg')) words.linkArguments.push(value);
  }
  return words;
}
