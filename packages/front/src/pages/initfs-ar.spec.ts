import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archiverOptions } from './initfs-ar';

describe('archiverOptions', () => {
  const read = (words: string) => archiverOptions(words.split(' '), 'recipe.toml');
  it("takes the program's own options", () => {
    const all = { source: resolve('dir'), bootstrap: resolve('boot'), output: resolve('img'), maxSize: undefined };
    expect(read('dir boot -o img')).toEqual(all);
    expect(read('--output=img dir boot')).toEqual(all);
    expect(read('-oimg dir boot -m 1024')).toEqual({ ...all, maxSize: 1024 });
    expect(read('dir --output img')).toEqual({ source: all.source, output: all.output, maxSize: undefined });
  });
  it('refuses others', () => {
    for (const words of [
      'dir',
      '-o img',
      'dir boot more -o img',
      'dir -o',
      'dir --fast -o img',
      'dir -o img -m much',
    ]) {
      expect(() => read(words), words).toThrow(/redox-initfs-ar/);
    }
  });
});
