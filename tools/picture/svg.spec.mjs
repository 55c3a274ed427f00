import process from 'node:process';
import xterm from '@xterm/headless';
import { expect, it } from 'vitest';
import { toSvg } from './svg.mjs';
import { rowsOf, runInTerminal } from './terminal.mjs';

async function rows(text) {
  const terminal = new xterm.Terminal({ cols: 20, rows: 3, allowProposedApi: true });
  await new Promise((done) => terminal.write(text, done));
  return rowsOf(terminal);
}

it('reads runs of cells that look the same', async () => {
  const [first, second, third] = await rows('a \x1b[1;32mb c\x1b[0m d\r\n\x1b[7m NX \x1b[0m');
  expect(first.map(({ x, text, colour, bold }) => [x, text, colour, bold])).toEqual([
    [0, 'a ', undefined, false],
    [2, 'b c', 2, true],
    [5, ' d', undefined, false],
  ]);
  expect(second.map(({ text, inverse }) => [text, inverse])).toEqual([[' NX ', true]]);
  expect(third).toEqual([]);
});

it('shows what stands there at the end, not what was written over', async () => {
  const [first] = await rows('waiting…\r\x1b[K done');
  expect(first.map(({ text }) => text)).toEqual([' done']);
});

it('draws each run at its column, escaped, with its colour in both themes', async () => {
  const svg = toSvg(await rows('x \x1b[31m<&>\x1b[0m'), { columns: 20, title: 'a <title>' });
  expect(svg).toContain('<title>a &lt;title&gt;</title>');
  expect(svg).toMatch(/<text class="c1" x="32.8" y="[\d.]+" textLength="25.2"[^>]*>&lt;&amp;&gt;<\/text>/);
  expect(svg).toContain('@media (prefers-color-scheme:dark)');
  expect(svg.match(/\.c1\{fill:#[0-9a-f]{6}\}/g)).toHaveLength(2);
});

// Elsewhere `script` takes other options.
it.runIf(process.platform === 'linux')('runs a command in a terminal of the width that was asked for', async () => {
  const { code, rows: shown } = await runInTerminal('test -t 1 && stty size && exit 3', {
    columns: 57,
    cwd: import.meta.dirname,
    env: { PATH: process.env.PATH },
  });
  expect(code).toBe(3);
  expect(shown[0].map(({ text }) => text)).toEqual(['24 57']);
});
