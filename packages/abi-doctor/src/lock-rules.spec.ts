import { describe, expect, it } from 'vitest';
import { checkLock, type LockContext } from './lock-rules';

const CONTEXT: LockContext = { linksLibc: false, heedsPatches: true, replaced: new Set() };
const RELIBC = 'git+https://example.org/relibc.git';

/** A Cargo.lock from lines such as `name version [@source] -> dependency, dependency`. */
function lockOf(...lines: string[]): string {
  const entries = lines.map((line) => {
    const [head, dependencies = ''] = line.split(' -> ') as [string, string?];
    const [name, version, source] = head.split(' ');
    const from = source === 'here' ? '' : `source = "${source?.slice(1) ?? 'registry+https://example.org/index'}"\n`;
    const listed = dependencies.split(', ').map((text) => ` "${text}",\n`);
    const wanted = dependencies === '' ? '' : `dependencies = [\n${listed.join('')}]\n`;
    return `[[package]]\nname = "${name}"\nversion = "${version}"\n${from}${wanted}`;
  });
  return `version = 4\n\n${entries.join('\n')}`;
}

const check = (text: string, context: Partial<LockContext> = {}) =>
  checkLock(text, 'r/Cargo.lock', { ...CONTEXT, ...context });
const rules = (text: string, context: Partial<LockContext> = {}) =>
  check(text, context).map(({ rule, severity }) => `${rule} ${severity}`);

const FITTING = [
  'ramfs 0.1.0 here -> libredox, redox-scheme, redox_event, redox_syscall 0.7.3',
  'libredox 0.1.15 -> redox_syscall 0.7.3',
  'parking_lot_core 0.9.12 -> redox_syscall 0.5.18',
  'redox-scheme 0.11.0 -> libredox, redox_syscall 0.7.3',
  'redox_event 0.4.6 -> libredox',
  'redox_syscall 0.5.18',
  'redox_syscall 0.7.3',
];

describe('mixed releases', () => {
  it('are none if each crate sees one of them, whatever others see', () => {
    expect(check(lockOf(...FITTING))).toEqual([]);
  });

  it('are found where cargo update took a newer redox-scheme', () => {
    const text = lockOf(
      'daemon 0.1.0 here -> libredox, redox-scheme, redox_syscall 0.7.3',
      'ramfs 0.1.0 here -> daemon, redox-scheme, redox_syscall 0.7.3',
      'libredox 0.1.17 -> redox_syscall 0.8.1',
      'redox-scheme 0.11.1 -> libredox, redox_syscall 0.8.1',
      'redox_syscall 0.7.3',
      'redox_syscall 0.8.1',
    );
    const pins = [
      { name: 'redox-scheme', from: '0.11.1', to: '0.11.0' },
      { name: 'libredox', from: '0.1.17', to: '0.1.16' },
    ];
    expect(check(text)).toEqual([
      {
        rule: 'mixed-syscall',
        severity: 'error',
        file: 'r/Cargo.lock',
        line: 31,
        column: 1,
        message:
          'daemon 0.1.0 sees redox_syscall 0.7.3 (itself) and redox_syscall 0.8.1 (libredox 0.1.17, redox-scheme 0.11.1); so does ramfs',
        why: expect.stringContaining('From<syscall::error::Error>'),
        advice: [
          'pin them to redox_syscall 0.7:\ncargo update -p redox-scheme@0.11.1 --precise 0.11.0\ncargo update -p libredox@0.1.17 --precise 0.1.16',
        ],
        fix: { kind: 'pin', lock: 'r/Cargo.lock', choices: [pins] },
      },
    ]);
  });

  it('are told of the library that has them in itself, and can be fixed in two ways', () => {
    const [finding] = check(
      lockOf(
        'redoxfs 0.1.0 here -> libredox, redox-scheme',
        'libredox 0.1.25 -> redox_syscall 0.9.5',
        'redox-scheme 0.11.0 -> libredox, redox_syscall 0.7.3',
        'redox_syscall 0.7.3',
        'redox_syscall 0.9.5',
      ),
    );
    expect(finding?.message).toMatch(/^redox-scheme 0\.11\.0 sees .*; so does redoxfs$/);
    expect(finding?.fix).toMatchObject({
      choices: [
        [{ name: 'libredox', from: '0.1.25', to: '0.1.16' }],
        [{ name: 'redox-scheme', from: '0.11.0', to: '0.11.4' }],
      ],
    });
  });

  it('cannot be pinned away if a manifest asks for releases of two rows', () => {
    const [finding] = check(
      lockOf(
        'bootstrap 0.1.0 here -> redox-scheme, redox_syscall 0.7.0',
        'libredox 0.1.11 -> redox_syscall 0.6.0',
        'redox-scheme 0.8.3 -> libredox, redox_syscall 0.6.0',
        'redox_syscall 0.6.0',
        'redox_syscall 0.7.0',
      ),
    );
    expect(finding?.fix).toBeUndefined();
    expect(finding?.advice).toEqual([
      expect.stringContaining('redox_syscall 0.7 in Cargo.toml: redox-scheme = "0.11.0"'),
      expect.stringContaining('redox_syscall 0.6 in Cargo.toml: redox_syscall = "0.6"'),
    ]);
  });

  it('are a warning in a crate from elsewhere, and where only errors are of the other release', () => {
    expect(
      rules(
        lockOf(
          'a 0.1.0 here -> other',
          'other 1.0.0 -> libredox, redox_syscall 0.6.0',
          'libredox 0.1.12 -> redox_syscall 0.7.0',
          'redox_syscall 0.6.0',
          'redox_syscall 0.7.0',
        ),
      ),
    ).toEqual(['mixed-syscall warning']);
    expect(
      rules(
        lockOf(
          'relibc 0.2.5 here -> redox_event, redox_syscall 0.6.0',
          'libredox 0.1.12 -> redox_syscall 0.7.0',
          'redox_event 0.4.3 -> libredox',
          'redox_syscall 0.6.0',
          'redox_syscall 0.7.0',
        ),
      ),
    ).toEqual(['mixed-syscall warning']);
  });

  it('of the same version from two places do not fit either', () => {
    const [finding] = check(
      lockOf(
        'a 0.1.0 here -> libredox, redox_syscall 0.7.3 (git+https://example.org/syscall.git)',
        'libredox 0.1.15 -> redox_syscall 0.7.3 (registry+https://example.org/index)',
        'redox_syscall 0.7.3 @git+https://example.org/syscall.git#0123456789abcdef0123456789abcdef01234567',
        'redox_syscall 0.7.3',
      ),
    );
    expect(finding).toMatchObject({ rule: 'mixed-syscall', severity: 'error' });
    expect(finding?.fix).toBeUndefined();
  });

  it('count only for the packages asked for', () => {
    const text = lockOf(
      'good 0.1.0 here -> redox_syscall 0.7.3',
      'bad 0.1.0 here -> libredox, redox_syscall 0.7.3',
      'libredox 0.1.17 -> redox_syscall 0.8.1',
      'redox_syscall 0.7.3',
      'redox_syscall 0.8.1',
    );
    expect(rules(text, { packages: ['good'] })).toEqual([]);
    expect(rules(text, { packages: ['bad'] })).toEqual(['mixed-syscall error']);
  });

  it('of libredox alone are a warning', () => {
    expect(
      rules(
        lockOf(
          'a 0.1.0 here -> libredox 0.2.0, redox-scheme',
          'libredox 0.1.25 -> redox_syscall',
          'libredox 0.2.0 -> redox_syscall',
          'redox-scheme 0.12.0 -> libredox 0.1.25, redox_syscall',
          'redox_syscall 0.9.5',
        ),
      ),
    ).toEqual(['mixed-libredox warning']);
  });
});

describe('redox-rt', () => {
  const one = `redox-rt 0.1.0 @${RELIBC}#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa -> redox_syscall`;
  const two = [
    `ipcd 0.1.0 here -> redox-rt 0.1.0 (${RELIBC})`,
    `netd 0.1.0 here -> redox-rt 0.1.0 (${RELIBC}?branch=x)`,
    one,
    `redox-rt 0.1.0 @${RELIBC}?branch=x#bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb -> redox_syscall`,
    'redox_syscall 0.7.3',
  ];
  const single = [`ipcd 0.1.0 here -> redox-rt`, one, 'redox_syscall 0.7.3'];

  it('must be there once', () => {
    const [finding] = check(lockOf(...two));
    expect(finding).toMatchObject({
      rule: 'several-redox-rt',
      severity: 'error',
      message: '2 copies of redox-rt: aaaaaaaaaaaa, bbbbbbbbbbbb',
    });
    expect(finding?.advice[0]).toContain(
      '[nx.patch."https://example.org/relibc.git"]\nredox-rt = { recipe = "relibc", path = "redox-rt" }',
    );
    expect(finding?.fix).toBeUndefined();
    expect(rules(lockOf(...two), { packages: ['ipcd'] })).toEqual([]);
    expect(rules(lockOf(...two), { replaced: new Set(['redox-rt']) })).toEqual([]);
  });

  it('is in the C library already', () => {
    expect(rules(lockOf(...single))).toEqual([]);
    expect(rules(lockOf(...single), { linksLibc: true })).toEqual(['redox-rt-beside-libc warning']);
  });

  it('should be that of the system’s C library', () => {
    const commit = 'b'.repeat(40);
    expect(rules(lockOf(...single), { libc: { recipe: 'relibc', commit } })).toEqual(['several-redox-rt warning']);
    expect(rules(lockOf(...single), { libc: { recipe: 'relibc', commit: 'a'.repeat(40) } })).toEqual([]);
    expect(rules(lockOf(...single), { libc: { recipe: 'relibc', commit }, heedsPatches: false })).toEqual([]);
  });
});

describe('calls of crates', () => {
  const runtime = (syscall: string) =>
    lockOf('boot 0.1.0 here -> redox-rt', 'redox-rt 0.1.0 @git+x#0 -> redox_syscall', `redox_syscall ${syscall}`);

  it.each([
    ['0.6.0', '0.6.0', []],
    ['0.6.0', '0.7.3', ['kernel-abi error']],
    ['0.7.3', '0.7.0', []],
    ['0.7.3', '0.6.0', ['kernel-abi warning']],
    ['0.7.3', '0.9.2', ['kernel-abi error']],
    ['0.9.1', '0.8.0', ['kernel-abi error']],
    ['0.7.3', undefined, []],
  ])('redox-rt with redox_syscall %s on a kernel with %s', (syscall, kernel, expected) =>
    expect(rules(runtime(syscall), { kernel })).toEqual(expected),
  );

  it('redox-scheme made calls of its own for a while', () => {
    const scheme = (version: string) =>
      lockOf(`a 0.1.0 here -> redox-scheme`, `redox-scheme ${version} -> redox_syscall`, 'redox_syscall 0.7.3');
    expect(check(scheme('0.11.0'), { kernel: '0.9.2' })[0]).toMatchObject({
      rule: 'kernel-abi',
      advice: [expect.stringContaining('redox-scheme = "0.12.0"')],
    });
    expect(check(scheme('0.8.3'), { kernel: '0.9.2' })).toEqual([]);
    expect(check(scheme('0.11.3'), { kernel: '0.9.2' })).toEqual([]);
  });
});

it('says where a lock file is no TOML', () => {
  expect(check('[[package]\n')).toMatchObject([{ rule: 'unreadable', severity: 'error', line: 1 }]);
});
