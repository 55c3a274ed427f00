import { UserError } from '@nx-redox/kit';
// Keywords of Rust, strict and reserved: a crate's name becomes an identifier.
const KEYWORDS =
  'abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super trait true try type typeof unsafe unsized use virtual where while yield';
// `cargo new` refuses these: crates of the toolchain, and folders that cargo makes beside a binary.
const OF_RUST = 'alloc core proc-macro proc_macro std test';
const OF_CARGO = 'build deps examples incremental';
// Folders of a recipe that the cookbook makes and deletes.
const OF_COOKBOOK = 'source target';
const LONGEST = 64;

const RESERVED = new Map(
  [
    [KEYWORDS, 'is a keyword of Rust'],
    [OF_RUST, "is the name of one of Rust's own crates"],
    [OF_CARGO, 'is the name of a folder that cargo makes'],
    [OF_COOKBOOK, "is the name of a folder in the cookbook's recipes"],
  ].flatMap(([names, reason]) => names!.split(' ').map((name) => [name, reason!] as const)),
);

/**
 * Checks the name of a new recipe: it becomes the name of a folder, a project, a program and, for a crate, a package.
 * The rules are those of the cookbook's package names and of cargo's.
 * @throws {UserError} with the reason and, if one is near, a name that can be used.
 */
export function checkName(name: string, isCrate: boolean): void {
  const problem = problemOf(name, isCrate);
  if (problem === undefined) return;
  const near = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replace(isCrate ? /^[^a-z]+|-+$/g : /^[^a-z0-9]+|-+$/g, '')
    .slice(0, LONGEST);
  const usable = near !== '' && near !== name && problemOf(near, isCrate) === undefined;
  throw new UserError(`"${name}" cannot be the name of a recipe: it ${problem}`, {
    advice: usable ? `use "${near}"` : 'use lower-case letters, digits, - and _',
  });
}

function problemOf(name: string, isCrate: boolean): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > LONGEST) return `has ${name.length} characters, more than ${LONGEST}`;
  if (/[:.]/.test(name)) return 'has a colon or a dot, which the cookbook uses for "host:" and for parts of a package';
  if (!/^[a-z0-9_-]*$/.test(name)) return 'has other characters than lower-case letters, digits, - and _';
  if (!/^[a-z0-9]/.test(name)) return 'does not begin with a letter';
  if (isCrate && /^\d/.test(name)) return 'begins with a digit, which cargo does not allow';
  return RESERVED.get(name);
}
