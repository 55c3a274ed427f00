import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileState } from './file-state';
import { GraphCache } from './graph-cache';

describe('GraphCache', () => {
  let dir: string;
  let now: number;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'nx-redox-cache-'));
    // All files of a test were changed long ago.
    now = Date.now() + 60_000;
    for (const name of ['a', 'b']) {
      write(name, 'one');
      utimesSync(join(dir, name), 1_000, 1_000);
    }
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
  const file = () => join(dir, 'data/cache.json');
  const open = (key: unknown = 'key') =>
    new GraphCache(
      file(),
      () => key,
      () => now,
    );
  it('keeps every character', () => {
    write('größe', '');
    const result = JSON.stringify({ 'größe 😀': ['\u2028"\\', '\ud800'] });
    open().save(result, new Map([['größe', fileState(join(dir, 'größe'))]]));
    expect(open().restore(dir)).toEqual(JSON.parse(result));
  });

  const save = (asked: string[], key?: unknown) =>
    open(key).save('{"made":"of files"}', new Map(asked.map((name) => [name, fileState(join(dir, name))])));
  const restored = (key?: unknown) => open(key).restore(dir) !== undefined;

  it('gives the result back while nothing changes', () => {
    expect(restored()).toBe(false);
    save(['a', 'b', 'missing']);
    expect(open().restore(dir)).toEqual({ made: 'of files' });
    expect(open().restore(dir)).toEqual({ made: 'of files' });
  });

  it.each<[string, () => void]>([
    ['is written', () => write('b', 'two')],
    ['is written in place with as many bytes', () => write('a', 'ONE')],
    ['is replaced by one that was renamed', () => (write('c', 'one'), renameSync(join(dir, 'c'), join(dir, 'a')))],
    ['is removed', () => rmSync(join(dir, 'b'))],
    ['becomes a folder', () => (rmSync(join(dir, 'b')), mkdirSync(join(dir, 'b')))],
    ['that was looked for appears', () => write('missing', '')],
  ])('does not when a file %s', (_, change) => {
    save(['a', 'b', 'missing']);
    expect(restored()).toBe(true);
    change();
    expect(restored()).toBe(false);
  });

  it('asks for nothing else', () => {
    save(['a']);
    write('b', 'two');
    expect(restored()).toBe(true);
  });

  it('keeps results of another key apart', () => {
    save(['a'], { systems: ['mini'] });
    expect(restored({ systems: ['redox'] })).toBe(false);
    expect(restored({ systems: ['mini'] })).toBe(true);
  });

  it('remembers nothing of a file that may change again without showing it', () => {
    now = Date.now() + 500;
    save(['a', 'b']);
    expect(existsSync(file())).toBe(false);
  });

  it('counts the time from before the first file was read', () => {
    const cache = open();
    now += 60_000;
    write('a', 'two');
    const changed = fileState(join(dir, 'a'))!;
    cache.save('{}', new Map([['a', { ...changed, changed: changed.changed + 59_000 }]]));
    expect(existsSync(file())).toBe(false);
  });

  it('takes a file that is cut off or of another form for none', () => {
    save(['a']);
    const text = readFileSync(file(), 'utf8');
    for (const broken of [text.slice(0, -5), text.slice(0, 20), '', 'null\nnull', '{}', '[]\n{}']) {
      writeFileSync(file(), broken);
      expect(restored()).toBe(false);
    }
  });
});
