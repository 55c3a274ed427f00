import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNoise, packageOf, parseMessage } from './messages';

const artifact =
  '{"reason":"compiler-artifact","package_id":"path+file:///w/src/logd#0.1.0","manifest_path":"/w/src/logd/Cargo.toml","target":{"kind":["bin"],"crate_types":["bin"],"name":"logd","src_path":"/w/src/logd/src/main.rs","edition":"2024","doc":true,"doctest":false,"test":true},"profile":{"opt_level":"3","debuginfo":1,"debug_assertions":false,"overflow_checks":false,"test":false},"features":[],"filenames":["/w/t/release/logd"],"executable":"/w/t/release/logd","fresh":true}';
const diagnostic = (message: object) =>
  JSON.stringify({
    reason: 'compiler-message',
    package_id: 'registry+https://github.com/rust-lang/crates.io-index#serde@1.0.1',
    message: {
      $message_type: 'diagnostic',
      children: [],
      code: null,
      level: 'warning',
      rendered: 'text\n',
      spans: [],
      ...message,
    },
  });

describe('parseMessage', () => {
  it('reads artefacts and diagnostics', () => {
    expect(parseMessage(artifact)).toMatchObject({
      reason: 'compiler-artifact',
      executable: '/w/t/release/logd',
      fresh: true,
    });
    expect(parseMessage(diagnostic({ message: 'unused' }))).toMatchObject({
      message: { level: 'warning', rendered: 'text\n' },
    });
  });

  it('passes over everything else', () => {
    expect(parseMessage('{"reason":"build-finished","success":true}')).toBeUndefined();
    expect(parseMessage('{"reason":"compiler-artifact"}')).toBeUndefined();
    expect(parseMessage('{"reason":')).toBeUndefined();
    expect(parseMessage('warning: text of a build script')).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (text) => parseMessage(text) === undefined && parseMessage(`{${text}`) === undefined),
    );
  });
});

describe('isNoise', () => {
  const noise = (message: object) => {
    const parsed = parseMessage(diagnostic(message));
    return parsed?.reason === 'compiler-message' && isNoise(parsed);
  };
  it('is the warning about features that the backend does not name, and no other', () => {
    const message =
      'target feature `neon` must be enabled to ensure that the ABI of the current target can be implemented correctly';
    expect(noise({ message })).toBe(true);
    expect(noise({ message, level: 'error' })).toBe(false);
    expect(noise({ message: 'unused variable', spans: [{}] })).toBe(false);
    expect(noise({ message: 'unused manifest key' })).toBe(false);
  });
});

describe('packageOf', () => {
  it.each([
    ['path+file:///w/src/logd#0.1.0', 'logd', '0.1.0'],
    ['path+file:///w/src/drivers/rtc#rtcd@0.2.0-beta', 'rtcd', '0.2.0-beta'],
    ['registry+https://github.com/rust-lang/crates.io-index#redox_syscall@0.7.5', 'redox_syscall', '0.7.5'],
    ['git+https://gitlab.redox-os.org/redox-os/relibc.git?branch=master#redox-rt@0.1.0', 'redox-rt', '0.1.0'],
    ['git+https://example.org/fdt/?rev=2fb1409#0.2.0', 'fdt', '0.2.0'],
    ['path+file:///w/a%20b#1.0.0', 'a b', '1.0.0'],
  ])('%s', (id, name, version) => {
    expect(packageOf(id)).toEqual({ name, version });
  });
});
