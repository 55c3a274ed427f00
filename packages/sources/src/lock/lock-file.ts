import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { UserError, writeFileWhole } from '@nx-redox/kit';
import {
  type Diagnostic,
  hasErrors,
  list,
  optional,
  required,
  type Rule,
  type RuleOutput,
  string,
  table,
  TomlDocument,
  tomlString,
} from '@nx-redox/kit/toml';
import { diagnosticsError, type LoadedRecipe } from '../load';

/** Name of the lock of a recipe, beside its recipe.toml and in git with it. */
export const LOCK_NAME = 'recipe.lock';

/** Which content the source of a recipe is pinned to, and what the recipe said when it was pinned. */
export interface RecipeLock {
  source:
    | { kind: 'git'; git: string; branch?: string; rev?: string; commit: string }
    | { kind: 'tar'; tar: string; blake3: string }
    | { kind: 'same-as'; same_as: string };
  patches: { file: string; blake3: string }[];
  /** BLAKE3 of the script of `[source]`. */
  script?: string;
  /** Cargo packages whose files count; undefined if the whole tree does. */
  packages?: string[];
  /** `sha256:` and the digest of the files that count, with patches and before the script. */
  digest: string;
}

const text = string((value) => (value === '' ? 'must not be empty' : undefined));
const hex = (digits: readonly number[], what: string) =>
  string((value) => (/^[0-9a-f]+$/.test(value) && digits.includes(value.length) ? undefined : `must be ${what}`));
const blake3 = hex([64], 'a BLAKE3 hash: 64 lower-case hexadecimal digits');

const version: Rule<number> = (value, path, report) => {
  if (value === 1) return 1;
  return report({
    path,
    message: 'this recipe.lock is of a version that this nx-redox does not know',
    advice: ['use the nx-redox that wrote it, or remove the file and run update-lock'],
  });
};

const lockTable = table({
  version: required(version),
  git: optional(text),
  branch: optional(text),
  rev: optional(text),
  commit: optional(hex([40, 64], 'a full commit: 40 or 64 lower-case hexadecimal digits')),
  tar: optional(text),
  blake3: optional(blake3),
  same_as: optional(text),
  script: optional(blake3),
  packages: optional(list(text)),
  digest: required(
    string((value) => (/^sha256:[0-9a-f]{64}$/.test(value) ? undefined : 'must be sha256: and 64 digits')),
  ),
  patches: optional(list(table({ file: required(text), blake3: required(blake3) }), 'an array of tables: [[patches]]')),
});

/** Reads the text of a recipe.lock; with errors among the diagnostics `lock` is undefined. */
export function parseLock(content: string, file: string): { lock: RecipeLock | undefined; diagnostics: Diagnostic[] } {
  const document = new TomlDocument(content, file);
  const value = document.read(lockTable);
  const { diagnostics } = document;
  if (value === undefined || hasErrors(diagnostics)) return { lock: undefined, diagnostics };
  const source = sourceOfLock(value);
  if (source === undefined) {
    document.report({
      path: [],
      at: 'table',
      message: 'it does not say what the source is pinned to',
      advice: ['it holds git and commit, or tar and blake3, or same_as; run update-lock to write it anew'],
    });
    return { lock: undefined, diagnostics };
  }
  const { script, packages, digest, patches } = value;
  return {
    lock: {
      source,
      patches: patches ?? [],
      ...(script === undefined ? {} : { script }),
      ...(packages === undefined ? {} : { packages }),
      digest,
    },
    diagnostics,
  };
}

function sourceOfLock(value: RuleOutput<typeof lockTable>): RecipeLock['source'] | undefined {
  const { git, branch, rev, commit, tar, same_as } = value;
  if ([git, tar, same_as].filter((key) => key !== undefined).length !== 1) return undefined;
  if (git !== undefined && commit !== undefined) {
    return {
      kind: 'git',
      git,
      ...(branch === undefined ? {} : { branch }),
      ...(rev === undefined ? {} : { rev }),
      commit,
    };
  }
  if (tar !== undefined && value.blake3 !== undefined) return { kind: 'tar', tar, blake3: value.blake3 };
  return same_as === undefined ? undefined : { kind: 'same-as', same_as };
}

/** The text of a recipe.lock: the same lock gives the same bytes. */
export function formatLock(lock: RecipeLock): string {
  const { kind, ...source } = lock.source;
  const lines = [
    `# Pins the ${kind === 'same-as' ? 'files' : 'source'} of this recipe. Written by its target update-lock; keep it in git.`,
    'version = 1',
    ...Object.entries(source).map(([key, value]) => `${key} = ${tomlString(value as string)}`),
    ...(lock.script === undefined ? [] : [`script = ${tomlString(lock.script)}`]),
    ...(lock.packages === undefined ? [] : [`packages = [${lock.packages.map(tomlString).join(', ')}]`]),
    `digest = ${tomlString(lock.digest)}`,
    ...lock.patches.flatMap((patch) => [
      '',
      '[[patches]]',
      `file = ${tomlString(patch.file)}`,
      `blake3 = ${tomlString(patch.blake3)}`,
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * The lock of a recipe, or undefined if it has none.
 * @throws {UserError} if it cannot be read.
 */
export async function readLock(recipe: LoadedRecipe): Promise<RecipeLock | undefined> {
  const file = posix.join(recipe.dir, LOCK_NAME);
  let content: string;
  try {
    content = await readFile(join(recipe.path, LOCK_NAME), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`cannot be read (${(error as NodeJS.ErrnoException).code})`, { file, cause: error });
  }
  if (/^(<{7}|={7}|>{7})/m.test(content)) {
    throw new UserError('two versions of this file were merged and do not agree', {
      file,
      advice: 'remove the file and run update-lock: it is written anew',
    });
  }
  const { lock, diagnostics } = parseLock(content, file);
  if (lock === undefined) throw diagnosticsError(diagnostics);
  return lock;
}

export async function writeLock(recipe: LoadedRecipe, lock: RecipeLock): Promise<void> {
  await writeFileWhole(join(recipe.path, LOCK_NAME), formatLock(lock));
}
