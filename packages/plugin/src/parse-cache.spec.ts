import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codeFingerprint, ParseCache, workspaceDataDirectory } from './parse-cache';

describe('ParseCache', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'nx-redox-cache-'));
    file = join(dir, 'data', 'cache.json');
  });
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  /** Parses in a new process's stead; returns what had to be parsed. */
  function parsed(files: Record<string, string>, fingerprint = 'one'): string[] {
    const cache = new ParseCache(file, fingerprint);
    const done: string[] = [];
    for (const [name, text] of Object.entries(files)) {
      const result = cache.get(name, text, () => {
        done.push(name);
        return { length: text.length };
      });
      expect(result).toEqual({ length: text.length });
    }
    cache.save();
    return done;
  }

  it('parses each content once', () => {
    expect(parsed({ a: '1', b: '2' })).toEqual(['a', 'b']);
    expect(parsed({ a: '1', b: '2' })).toEqual([]);
    expect(parsed({ a: '1', b: 'two' })).toEqual(['b']);
    expect(parsed({ a: '1', b: 'two' })).toEqual([]);
  });

  it('forgets files that are gone', () => {
    parsed({ a: '1', b: '2' });
    parsed({ a: '1' });
    expect(readFileSync(file, 'utf8')).not.toContain('"b"');
  });

  it('takes nothing from other code, or from a file that is cut off', () => {
    parsed({ a: '1' });
    expect(parsed({ a: '1' }, 'two')).toEqual(['a']);
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -5));
    expect(parsed({ a: '1' }, 'two')).toEqual(['a']);
    writeFileSync(file, 'null');
    expect(parsed({ a: '1' }, 'two')).toEqual(['a']);
  });

  it('leaves no temporary file, and no error if it cannot write', () => {
    parsed({ a: '1' });
    expect(readdirSync(join(dir, 'data'))).toEqual(['cache.json']);
    writeFileSync(join(dir, 'file'), '');
    const cache = new ParseCache(join(dir, 'file', 'cache.json'), 'one');
    cache.get('a', '1', () => 1);
    expect(() => cache.save()).not.toThrow();
  });

  it('knows code by its content', () => {
    writeFileSync(join(dir, 'a.ts'), '1');
    const one = codeFingerprint(dir);
    writeFileSync(join(dir, 'a.spec.ts'), 'x');
    writeFileSync(join(dir, 'a.d.ts'), 'x');
    expect(codeFingerprint(dir)).toBe(one);
    writeFileSync(join(dir, 'a.ts'), '2');
    expect(codeFingerprint(dir)).not.toBe(one);
  });

  it("lives in Nx's folder for data of the workspace", () => {
    expect(workspaceDataDirectory('/w')).toBe('/w/.nx/workspace-data');
    vi.stubEnv('NX_WORKSPACE_DATA_DIRECTORY', '/elsewhere');
    expect(workspaceDataDirectory('/w')).toBe('/elsewhere');
  });
});
