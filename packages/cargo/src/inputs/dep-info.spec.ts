import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDepInfo, parseScriptOutput } from './dep-info';

describe('parseDepInfo', () => {
  it('reads what rustc writes', () => {
    const text = [
      '/t/deps/logd-1.d: logd/src/main.rs logd/src/../../a\\ b.txt',
      '',
      'logd/src/main.rs:',
      'logd/src/../../a\\ b.txt:',
      '# env-dep:HOME=/home/u\\nx\\\\y',
      '# env-dep:NOT_SET',
      '# checksum:blake3=00 file_len:1 logd/src/main.rs',
    ].join('\n');
    const { files, variables } = parseDepInfo(text);
    expect(files).toEqual(['logd/src/main.rs', 'logd/src/../../a b.txt']);
    expect([...variables]).toEqual([
      ['HOME', '/home/u\nx\\y'],
      ['NOT_SET', undefined],
    ]);
  });

  it('reads what a linker writes', () => {
    expect(parseDepInfo('out: \\\n  a.o \\\n  m.x\n\na.o:\n\nm.x:\n').files).toEqual(['a.o', 'm.x']);
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseDepInfo(text);
        parseScriptOutput(text);
      }),
    );
  });
});

describe('parseScriptOutput', () => {
  it('reads both spellings and nothing else', () => {
    const text =
      'cargo:rerun-if-changed=a b\r\ncargo::rerun-if-env-changed=CC\ncargo::rustc-link-arg-bins=-Tx.ld\ncargo::warning=x\nrerun-if-changed=no\n';
    expect(parseScriptOutput(text)).toEqual({ files: ['a b'], variables: ['CC'], linkArguments: ['-Tx.ld'] });
  });
});
