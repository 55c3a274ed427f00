import { describe, expect, it } from 'vitest';
import { addLocked } from './cargo-lock';

const entry = (name: string, more = '') => `[[package]]\nname = "${name}"\nversion = "0.1.0"\n${more}`;
const LOCK = `# By cargo.\nversion = 4\n\n${entry('abi')}\n${entry('rt')}`;
const add = (text: string, name: string, dependencies: string[] = ['rt']) =>
  addLocked(text, 'Cargo.lock', { name, version: '0.1.0', dependencies });
const added = (name: string) => entry(name, 'dependencies = [\n "rt",\n]\n');

describe('Cargo.lock', () => {
  it('keeps the order of names', () => {
    expect(add(LOCK, 'hello')).toBe(`# By cargo.\nversion = 4\n\n${entry('abi')}\n${added('hello')}\n${entry('rt')}`);
    expect(add(LOCK, 'aa')).toBe(`# By cargo.\nversion = 4\n\n${added('aa')}\n${entry('abi')}\n${entry('rt')}`);
    expect(add(LOCK, 'zerod')).toBe(`${LOCK}\n${added('zerod')}`);
  });

  it('stays before other tables, and keeps line ends', () => {
    const rest = '[metadata]\n"checksum x" = "0"\n';
    expect(add(`${LOCK}\n${rest}`, 'zerod')).toBe(`${LOCK}\n${added('zerod')}\n${rest}`);
    expect(add(LOCK.replaceAll('\n', '\r\n'), 'hello')).toBe(add(LOCK, 'hello').replaceAll('\n', '\r\n'));
  });

  it('names the version of a dependency that is there twice', () => {
    const foreign = `[[package]]\nname = "rt"\nversion = "9.0.0"\nsource = "registry+x"\n`;
    expect(add(`${LOCK}\n${foreign}`, 'hello')).toContain(' "rt 0.1.0",\n');
  });

  it('refuses what cargo would have to look up, and a name that is taken', () => {
    expect(() => add(LOCK, 'hello', ['fdt'])).toThrow(/"fdt" is not in it/);
    expect(() => add(LOCK, 'abi')).toThrow(/"abi" already/);
  });
});
