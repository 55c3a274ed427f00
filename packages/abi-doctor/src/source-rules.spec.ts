import { describe, expect, it } from 'vitest';
import { checkSource, type SourceContext } from './source-rules';

const found = (text: string, context: SourceContext) =>
  checkSource(text, 'src/main.rs', context).map(({ rule, line, column }) => `${rule} ${line}:${column}`);
const MARCH: SourceContext = { syscall: '0.7.3', scheme: '0.11.0', kernel: '0.7.3' };
const JANUARY: SourceContext = { syscall: '0.6.0', scheme: '0.8.3', kernel: '0.7.3' };

describe('checkSource', () => {
  it.each<[string, SourceContext, string[]]>([
    // Names that the locked release does not have.
    ['let fd = syscall::open("x", 0)?;', MARCH, ['removed-call 1:19']],
    ['syscall::call::rmdir(path)', MARCH, ['removed-call 1:16']],
    ['use syscall::{flag::*, open, SYS_RMDIR};', MARCH, ['removed-call 1:24', 'removed-call 1:30']],
    ['use syscall::number::SYS_OPEN;', MARCH, ['removed-call 1:22']],
    ['syscall3(\n  SYS_UNLINK, a, b, c)', MARCH, ['removed-call 2:3']],
    ['syscall::openat_into(fd)', MARCH, ['removed-call 1:10']],
    ['use syscall::schemev2::Opcode; Opcode::Rmdir => {}', MARCH, ['removed-call 1:32']],
    ['impl<T> SchemeSync for Dir<T> { fn open(&mut self) {} fn openat() {} }', MARCH, ['removed-call 1:33']],
    // Names that it has, and the kernel not.
    ['let fd = syscall::open("x", 0)?;', JANUARY, ['dropped-call 1:19']],
    ['syscall::mkns(&names)', MARCH, ['dropped-call 1:10']],
    [
      'const SYS_OPEN: usize = 0x1000_0000 | 0x0010_0000 | 5; syscall3(SYS_OPEN)',
      MARCH,
      ['dropped-call 1:25', 'dropped-call 1:65'],
    ],
    ['syscall3(0x1010_0005, a, b, c)', { kernel: '0.7.3' }, ['dropped-call 1:10']],
    ['syscall3(269484037usize, a, b, c)', { kernel: '0.7.3' }, ['dropped-call 1:10']],
    ['syscall::fchmod(fd, 0)', { syscall: '0.7.3', kernel: '0.9.2' }, ['dropped-call 1:10']],
    ['libredox::call::openat(0, "/scheme/pci", 0)', MARCH, ['path-at-0 1:1']],
    // What is no mistake.
    ['let fd = syscall::open("x", 0)?;', { syscall: '0.6.0', kernel: '0.6.0' }, []],
    ['// syscall::open(\n/* SYS_OPEN */ let x = "syscall::open(";', MARCH, []],
    ['libredox::call::open("x", 0)?; file.open(); crate::syscall::open(x); my_syscall::open(x)', MARCH, []],
    ['syscall::open("x")', { kernel: '0.7.3' }, []],
    ['libc::SYS_OPEN', MARCH, []],
    ['Opcode::Open', MARCH, []],
    ['impl SchemeSync for X { fn openat() {} } impl Y { fn open() {} }', MARCH, []],
    ['impl SchemeSync for X { fn open() {} }', JANUARY, []],
    ['let a = 984; let b = 0x3d8; x.0x10100005', MARCH, []],
    ['pub const KERN_X: i32 = 0x1000000a;', MARCH, []],
    ['syscall::open_all(1); SYS_OPENER', MARCH, []],
    ['syscall::dup(fd, b"x")', MARCH, []],
    ['libredox::call::openat(10, "x", 0)', MARCH, []],
  ])('%s with %j', (text, context, expected) => expect(found(text, context)).toEqual(expected));

  it('says what it found, how that shows, and what to write instead', () => {
    expect(checkSource('syscall::open()', 'a/b.rs', JANUARY)).toEqual([
      {
        rule: 'dropped-call',
        severity: 'error',
        file: 'a/b.rs',
        line: 1,
        column: 10,
        message:
          'syscall::open is a call that a kernel with redox_syscall 0.7.3 does not handle: dropped in 5ac00f55 on 2026-01-21',
        why: 'compiles, and fails when it runs: ENOSYS, "Function not implemented (os error 38)"',
        advice: [expect.stringContaining('libredox::call::open')],
      },
    ]);
  });
});
