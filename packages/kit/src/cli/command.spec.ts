import { describe, expect, it } from 'vitest';
import { UserError } from '../user-error';
import { oneOf, parseCommandLine, runTool, toJson, UsageError } from './command';

async function tool(body: () => Promise<number>) {
  let err = '';
  const status = await runTool('Usage: tool FILE\n', { out: () => undefined, err: (text) => void (err += text) }, body);
  return { status, err };
}

describe('parseCommandLine', () => {
  it('gives options and files', () => {
    const { values, positionals } = parseCommandLine(['a', '--json', '-o', 'x', 'b'], {
      json: { type: 'boolean' },
      output: { type: 'string', short: 'o' },
    });
    expect(values).toEqual({ json: true, output: 'x' });
    expect(positionals).toEqual(['a', 'b']);
  });

  it.each([
    [['--nothing'], /--nothing/],
    [['--output'], /--output/],
    [['--json=1'], /--json/],
  ])('refuses %j', (args, message) => {
    const parse = () => parseCommandLine(args, { json: { type: 'boolean' }, output: { type: 'string' } });
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });
});

describe('oneOf', () => {
  it('takes the values that there are, and nothing at all', () => {
    expect(oneOf('format', 'B', ['B', 'C'])).toBe('B');
    expect(oneOf('format', undefined, ['B', 'C'])).toBeUndefined();
    expect(() => oneOf('format', 'E', ['B', 'C'])).toThrow('--format is "E"; it can be B, C');
  });
});

describe('runTool', () => {
  it('gives the status of the tool', async () => {
    expect(await tool(async () => 1)).toEqual({ status: 1, err: '' });
  });

  it('shows an error without a stack, and the usage if the command line was wrong', async () => {
    const failing = (error: Error) => tool(() => Promise.reject(error));
    expect(await failing(new UserError('it is gone', { file: 'x.img' }))).toEqual({
      status: 1,
      err: 'x.img: it is gone\n',
    });
    expect(await failing(new UsageError('a file is missing'))).toEqual({
      status: 2,
      err: 'a file is missing\n\nUsage: tool FILE\n',
    });
  });
});

describe('toJson', () => {
  it('writes 64-bit numbers as texts and leaves bytes out', () => {
    expect(JSON.parse(toJson({ entry: 0x1000n, bytes: Uint8Array.of(1), name: 'x' }))).toEqual({
      entry: '0x1000',
      name: 'x',
    });
  });
});
