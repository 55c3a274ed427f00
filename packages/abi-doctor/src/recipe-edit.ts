import { isDeepStrictEqual } from 'node:util';
import { UserError } from '@nx-redox/kit';
import { isTable, positionOf, TomlDocument } from '@nx-redox/kit/toml';
import { parse } from 'smol-toml';
import type { ReplaceFix } from './finding';

/**
 * Adds a file to `patches` of `[source]` in the text of a recipe.toml; comments and layout stay as they are.
 * @throws {UserError} if the layout is not one that can be edited: nothing is lost then, and it says what to write.
 */
export function addPatch(text: string, file: string, patch: string): string {
  const before = patchesOf(text);
  const edited =
    before === undefined ? undefined : before.length === 0 ? intoNew(text, patch) : intoArray(text, before, patch);
  if (edited !== undefined && isDeepStrictEqual(read(edited), withPatch(text, patch))) return edited;
  throw new UserError('the layout of [source] is not one that can be edited', {
    file,
    advice: `add it by hand: patches = [${[...(before ?? []), patch].map((name) => JSON.stringify(name)).join(', ')}]`,
  });
}

function read(text: string): Record<string, unknown> | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function patchesOf(text: string): string[] | undefined {
  const source = read(text)?.['source'];
  if (!isTable(source)) return undefined;
  const { patches = [] } = source;
  return Array.isArray(patches) ? patches.map(String) : undefined;
}

/** What the edited file must say. */
function withPatch(text: string, patch: string): unknown {
  const value = read(text);
  const source = value?.['source'];
  if (!isTable(source)) return undefined;
  source['patches'] = [...(patchesOf(text) ?? []), patch];
  return value;
}

function offsetAt(text: string, path: (string | number)[]): number | undefined {
  const position = new TomlDocument(text, '').locations.value(path);
  if (position === undefined) return undefined;
  let start = 0;
  for (let line = 1; line < position.line; line++) start = text.indexOf('\n', start) + 1;
  return start + position.column - 1;
}

function insert(text: string, offset: number, added: string): string {
  return text.slice(0, offset) + added + text.slice(offset);
}

/** End of the line without its line end. */
function lineEnd(text: string, offset: number): number {
  return /\r?\n|$/.exec(text.slice(offset))!.index + offset;
}

function intoNew(text: string, patch: string): string | undefined {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const empty = offsetAt(text, ['source', 'patches']);
  if (empty !== undefined) return text[empty] === '[' ? insert(text, empty + 1, JSON.stringify(patch)) : undefined;
  const key = ['git', 'tar'].find((name) => offsetAt(text, ['source', name]) !== undefined);
  if (key === undefined) return undefined;
  const at = offsetAt(text, ['source', key])!;
  const indent = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at) + 1))![0];
  return insert(text, lineEnd(text, at), `${eol}${indent}patches = [${JSON.stringify(patch)}]`);
}

function intoArray(text: string, before: readonly string[], patch: string): string | undefined {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const last = offsetAt(text, ['source', 'patches', before.length - 1]);
  const literal = last === undefined ? undefined : /^(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*')/.exec(text.slice(last))?.[0];
  if (last === undefined || literal === undefined) return undefined;
  const end = last + literal.length;
  const indent = text.slice(text.lastIndexOf('\n', last) + 1, last);
  const written = JSON.stringify(patch);
  if (indent.trim() !== '' || positionOf(text, last).line === 1) return insert(text, end, `, ${written}`);
  const comma = /^[ \t]*,/.test(text.slice(end));
  const withElement = insert(text, lineEnd(text, end), `${eol}${indent}${written}${comma ? ',' : ''}`);
  return comma ? withElement : insert(withElement, end, ',');
}

/** The tables of recipe.toml that replace a crate. */
export function replacementText({ sources, crate, by }: ReplaceFix, eol: string): string {
  const entry = `${crate} = { recipe = ${JSON.stringify(by.recipe)}, path = ${JSON.stringify(by.path)} }`;
  return sources.map((source) => `${eol}[nx.patch.${JSON.stringify(source)}]${eol}${entry}${eol}`).join('');
}

/**
 * Adds tables to the text of a recipe.toml that take a crate from the source of another recipe.
 * @throws {UserError} if there are such tables already, or what is there cannot be added to.
 */
export function addReplacement(text: string, file: string, fix: ReplaceFix): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const added = replacementText(fix, eol);
  const isApart = /(?:^|\n)\r?\n$|^$/.test(text);
  const edited = `${text}${/(?:\n|^)$/.test(text) ? '' : eol}${isApart ? added.slice(eol.length) : added}`;
  const wanted = read(text) ?? {};
  const nx = (wanted['nx'] ??= {}) as Record<string, unknown>;
  const patch = isTable(nx) ? ((nx['patch'] ??= {}) as Record<string, unknown>) : {};
  for (const source of fix.sources) if (isTable(patch)) patch[source] = { [fix.crate]: { ...fix.by } };
  if (isDeepStrictEqual(plain(read(edited)), plain(wanted))) return edited;
  throw new UserError('[nx.patch] is not in a form that can be added to', {
    file,
    advice: `add it by hand:\n${replacementText(fix, '\n').trim()}`,
  });
}

/** Without the difference between a parsed table and an object of ours. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
