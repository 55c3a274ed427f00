import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codeFingerprint, workspaceDataDirectory } from './cache-file';
import { ParseCache, type Files } from './parse-cache';

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
    const cache = new ParseCache(
      file,
      () => fingerprint,
      () => 10_000,
    );
    const done: string[] = [];
    const source: Files = {
      state: (name) => ({ stamp: `${files[name]} of ${name}`, changed: 0 }),
      text: (name) => files[name],
    };
    for (const [name, text] of Object.entries(files)) {
      const result = cache.get(source, name, () => {
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

  describe('the state of files', () => {
    let now: number;
    let state: { stamp: string; changed: number } | undefined;
    let text: string;
    let reads: number;
    const ask = () => {
      const cache = new ParseCache(
        file,
        () => 'one',
        () => now,
      );
      const before = reads;
      let isParsed = false;
      const source: Files = { state: () => state, text: () => (reads++, text) };
      const result = cache.get(source, 'a', (content) => {
        isParsed = true;
        return content;
      });
      cache.save();
      return `${result}${isParsed ? ', parsed' : ''}${reads > before ? ', read' : ''}`;
    };
    beforeEach(() => {
      now = 100_000;
      state = { stamp: 's1', changed: 50_000 };
      text = 'one';
      reads = 0;
    });

    it('that did not change are not read', () => {
      expect([ask(), ask()]).toEqual(['one, parsed, read', 'one']);
    });

    it('with another stamp are read, and parsed only if they differ', () => {
      ask();
      state!.stamp = 's2';
      expect([ask(), ask()]).toEqual(['one, read', 'one']);
      state!.stamp = 's3';
      text = 'two';
      expect([ask(), ask()]).toEqual(['two, parsed, read', 'two']);
    });

    it('that changed just now are read again, since the time may not show the next change', () => {
      state!.changed = now - 500;
      ask();
      text = 'two';
      expect(ask()).toBe('two, parsed, read');
      now += 10_000;
      expect([ask(), ask()]).toEqual(['two, read', 'two']);
    });

    it('that were read in the same run are not read again, and prove what they were then', () => {
      const cache = new ParseCache(
        file,
        () => 'one',
        () => now,
      );
      const source: Files = { state: () => state, text: () => (reads++, text) };
      const get = () => cache.get(source, 'a', (content) => content);
      expect(get()).toBe('one');
      // It changes, and a long time passes before it is asked for again.
      state = { stamp: 's2', changed: now + 1_000 };
      text = 'two';
      now += 10_000;
      expect(get()).toBe('one');
      expect(reads).toBe(1);
      cache.save();
      expect(ask()).toBe('two, parsed, read');
    });

    it('that are gone are unknown', () => {
      ask();
      state = undefined;
      expect(ask()).toBe('undefined');
    });
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
    const cache = new ParseCache(join(dir, 'file', 'cache.json'), () => 'one');
    cache.get({ state: () => ({ stamp: '1', changed: 0 }), text: () => '1' }, 'a', () => 1);
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
