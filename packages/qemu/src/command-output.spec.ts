import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandOutput } from './command-output';

const TOKEN = 'a1b2c3';
/** What a shell shows on a line that echoes. */
const shown = (output: CommandOutput, printed: string, status: number) =>
  `root:~# ${output.typed}\r\nnx-redox-${TOKEN}-begin\r\n${printed.replaceAll('\n', '\r\n')}nx-redox-${TOKEN}-end:${status}\r\nroot:~# `;

function read(printed: string, status: number, cut: (text: Buffer) => Uint8Array[]) {
  let text = '';
  const output = new CommandOutput('uname -a; true', TOKEN, (part) => (text += part));
  for (const part of cut(Buffer.from(`boot\n${shown(output, printed, status)}`))) output.feed(part);
  return { text, status: output.status };
}
const whole = (bytes: Buffer) => [bytes];

describe("a command's output", () => {
  it('is what came between the marks, however it is cut', () => {
    const printed = fc.string({
      unit: fc.constantFrom('a', 'ß', '日', '\n', ' ', '-', '1', 'nx-redox-', `${TOKEN}-end`),
    });
    fc.assert(
      fc.property(printed, fc.nat(255), fc.array(fc.integer({ min: 1, max: 20 })), (text, status, sizes) => {
        const cut = (bytes: Buffer) => {
          const parts: Uint8Array[] = [];
          let at = 0;
          for (const size of sizes) parts.push(bytes.subarray(at, (at += size)));
          return [...parts, bytes.subarray(at)];
        };
        expect(read(text, status, cut)).toEqual({ text, status });
      }),
    );
  });

  it('steers nothing', () => {
    expect(read('\x1b[2Jred\n::error::no\n', 3, whole)).toEqual({ text: '\\x1b[2Jred\n\\x3a:error::no\n', status: 3 });
  });

  it('is not over before the number is', () => {
    const output = new CommandOutput('x', TOKEN, () => undefined);
    output.feed(Buffer.from(`nx-redox-${TOKEN}-begin\nnx-redox-${TOKEN}-end:12`));
    expect(output.status).toBeUndefined();
    output.feed(Buffer.from('7\r\n'));
    expect(output.status).toBe(127);
  });

  it('comes while the command runs', () => {
    const parts: string[] = [];
    const output = new CommandOutput('x', TOKEN, (part) => parts.push(part));
    output.feed(Buffer.from(`nx-redox-${TOKEN}-begin\r\nfirst\r\nsec`));
    expect(parts).toEqual(['first\n']);
    output.feed(Buffer.from('ond\r\n'));
    expect(parts).toEqual(['first\n', 'second\n']);
  });

  it('is not held by what is typed', () => {
    const output = new CommandOutput('x', TOKEN, () => undefined);
    expect(output.typed).not.toContain(`nx-redox-${TOKEN}`);
    expect(new RegExp(output.endPattern).test(output.typed)).toBe(false);
  });
});
