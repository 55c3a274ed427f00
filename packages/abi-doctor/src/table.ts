import type { Span } from './version';

/*
 * What fits together, and what does not: the one place for facts about versions. Nothing else in this folder names one.
 *
 * Where they come from: the releases and what they require, from the index of crates.io; calls, opcodes and functions,
 * from src/number.rs, src/schemev2.rs and src/call.rs of redox_syscall's releases; what a kernel handles, from
 * src/syscall/mod.rs of its history, whose commits are named. A kernel is told by the redox_syscall in its Cargo.lock.
 */

/** The crates whose types others hand on: two copies of one of them in one crate do not fit together. */
export const OWNERS = ['redox_syscall', 'libredox'] as const;
type Owner = (typeof OWNERS)[number];

/** A crate with types of {@link OWNERS} in its interface, or conversions between these. */
export interface Carrier {
  types: readonly Owner[];
  /** They are only in its errors: who does not turn these into other ones may well compile. */
  errorsOnly?: true;
}

export const CARRIERS: Readonly<Record<string, Carrier>> = {
  libredox: { types: ['redox_syscall'] },
  'redox-scheme': { types: ['redox_syscall', 'libredox'] },
  redox_event: { types: ['redox_syscall', 'libredox'], errorsOnly: true },
  'redox-daemon': { types: ['libredox'], errorsOnly: true },
  'redox-ioctl': { types: ['redox_syscall'] },
  'redox-rt': { types: ['redox_syscall'] },
};

/** Releases that a requirement such as `"0.7.1"` does not lead out of: the first, and the newest that is known. */
export type Line = readonly [first: string, last: string];

/** Releases that are made for the same redox_syscall. */
export interface Generation {
  /** The part of redox_syscall's version that must be the same. */
  syscall: string;
  crates: Readonly<Record<'libredox' | 'redox-scheme' | 'redox_event', readonly Line[]>>;
}

/** `0.2.0–0.2.4 0.3.0`: lines with a space between them; one of a single release has no second end. */
const lines = (text: string): Line[] =>
  text.split(' ').map((line) => {
    const [first = '', last = first] = line.split('–');
    return [first, last];
  });

const generation = (syscall: string, libredox: string, scheme: string, event: string): Generation => ({
  syscall,
  crates: { libredox: lines(libredox), 'redox-scheme': lines(scheme), redox_event: lines(event) },
});

/**
 * redox_syscall is a new, incompatible one in each row, but the others (libredox, redox-scheme, redox_event) often changed
 * rows in a mere patch release: `cargo update` within their requirements mixes rows.
 */
export const GENERATIONS: readonly Generation[] = [
  generation('0.5', '0.1.2–0.1.10', '0.2.0–0.2.4 0.3.0 0.4.0 0.5.0 0.6.0–0.6.2 0.7.0 0.8.0–0.8.2', '0.4.0–0.4.1'),
  generation('0.6', '0.1.11', '0.8.3', '0.4.2'),
  generation('0.7', '0.1.12–0.1.16', '0.9.0–0.9.1 0.10.0 0.11.0', '0.4.3–0.4.6'),
  generation('0.8', '0.1.17', '0.11.1', '0.4.7'),
  generation('0.9', '0.1.18–0.1.25 0.2.0', '0.11.2–0.11.4 0.12.0', '0.4.8 0.5.0'),
];

/** A system call, in redox_syscall and in the kernel. */
export interface SystemCall {
  constant: string;
  number: number;
  /** Functions of redox_syscall that make it. */
  functions: readonly string[];
  /** Releases of redox_syscall that have it. */
  crate: Span;
  /** Kernels that handle it, by the redox_syscall that they are built with. */
  kernel: Span;
  /** The kernel's commit that took it out. */
  dropped?: { commit: string; date: string };
  instead: string;
}

/** Calls that the same change of the kernel, and the same releases of redox_syscall, brought or took out. */
interface CallGroup extends Pick<SystemCall, 'crate' | 'kernel' | 'dropped'> {
  /** Names without `SYS_`; redox_syscall has a function of the name for each, unless it says otherwise. */
  calls: readonly (readonly [name: string, number: number, instead: string, functions?: readonly string[]])[];
}

const BY_STD_FS_CALL = 'the function of the same name in libredox::call, which asks the scheme by SYS_CALL';
const BY_LIBC = 'the function of the same name in libredox::call: the C library chooses the descriptor';
const OF_ITS_TIME = 'a redox_syscall that is as old as the kernel';
const NAMESPACE_CALLS = { commit: '5ac00f55', date: '2026-01-21' };
const DESCRIPTOR_CALLS = { commit: '6c3d5d28', date: '2026-07-01' };

const CALL_GROUPS: readonly CallGroup[] = [
  {
    crate: { until: '0.6.0' },
    kernel: { until: '0.6.0' },
    dropped: { commit: 'e30ed9ab', date: '2025-12-18' },
    calls: [
      ['RMDIR', 0x1000_0054, 'SYS_UNLINKAT with AT_REMOVEDIR, or libredox::call::unlinkat'],
      ['UNLINK', 0x1000_000a, 'SYS_UNLINKAT, or libredox::call::unlinkat'],
    ],
  },
  {
    crate: { until: '0.7.0' },
    kernel: { until: '0.7.0' },
    dropped: NAMESPACE_CALLS,
    calls: [
      [
        'OPEN',
        0x1010_0005,
        'libredox::call::open, which asks the namespace; or openat with a descriptor of the folder or the scheme',
      ],
    ],
  },
  {
    crate: { until: '0.9.1' },
    kernel: { until: '0.7.0' },
    dropped: NAMESPACE_CALLS,
    calls: [['MKNS', 984, 'libredox::call::mkns: namespaces are made by a daemon in user space']],
  },
  {
    // For two days there were kernels with redox_syscall 0.8.0 that had dropped them already: those are not found.
    crate: { until: '0.9.1' },
    kernel: { until: '0.8.1' },
    dropped: { commit: '3e210ff1', date: '2026-06-01' },
    calls: [
      ['FCHMOD', 0x2000_005e, BY_STD_FS_CALL],
      ['FSTATVFS', 0x2200_0064, BY_STD_FS_CALL],
      ['FTRUNCATE', 0x2000_005d, BY_STD_FS_CALL],
      ['FUTIMENS', 0x2100_0140, BY_STD_FS_CALL],
      ['GETDENTS', 0x2000_002b, 'std::fs::read_dir, which asks the scheme by SYS_CALL', []],
    ],
  },
  {
    crate: { until: '0.9.0' },
    kernel: { until: '0.9.0' },
    dropped: DESCRIPTOR_CALLS,
    calls: [
      ['DUP', 0x2010_0029, BY_LIBC],
      ['OPENAT', 0x1010_0007, BY_LIBC],
      ['SENDFD', 0x2000_0022, 'SYS_CALL with CallFlags::FD, as syscall::call_wo makes it'],
    ],
  },
  {
    crate: { since: '0.6.0', until: '0.9.0' },
    kernel: { since: '0.6.0', until: '0.9.0' },
    dropped: DESCRIPTOR_CALLS,
    calls: [
      ['OPENAT_WITH_FILTER', 0x1010_03d9, 'SYS_OPENAT_INTO'],
      ['UNLINKAT_WITH_FILTER', 0x1000_03da, 'SYS_UNLINKAT'],
    ],
  },
  {
    crate: { since: '0.6.0' },
    kernel: { since: '0.6.0' },
    calls: [['UNLINKAT', 0x1000_0107, OF_ITS_TIME]],
  },
  {
    crate: { since: '0.9.0' },
    kernel: { since: '0.9.0' },
    calls: [
      ['DUP_INTO', 0x2010_03dc, OF_ITS_TIME],
      ['OPENAT_INTO', 0x1010_03db, OF_ITS_TIME],
    ],
  },
];

export const SYSTEM_CALLS: readonly SystemCall[] = CALL_GROUPS.flatMap(({ calls, ...group }) =>
  calls.map(([name, number, instead, functions = [name.toLowerCase()]]) => ({
    ...group,
    constant: `SYS_${name}`,
    number,
    functions,
    instead,
  })),
);

/** Numbers below this one are too common in other meanings to be looked for. */
export const LEAST_TELLING_NUMBER = 0x1000_0000;

/** What schemes are asked for, as `syscall::schemev2::Opcode` names it; the kernel no longer sends these. */
export const SCHEME_OPCODES: readonly { name: string; crate: Span; instead: string }[] = [
  { name: 'Open', crate: { until: '0.7.0' }, instead: 'Opcode::OpenAt' },
  { name: 'Rmdir', crate: { until: '0.7.0' }, instead: 'Opcode::UnlinkAt' },
  { name: 'Unlink', crate: { until: '0.7.0' }, instead: 'Opcode::UnlinkAt' },
];

/** Methods that the traits of redox-scheme no longer have. */
export const SCHEME_METHODS: readonly { name: string; crate: Span; instead: string }[] = [
  { name: 'open', crate: { until: '0.9.0' }, instead: 'fn openat, and fn scheme_root for the descriptor it begins at' },
  { name: 'rmdir', crate: { until: '0.9.0' }, instead: 'fn unlinkat' },
  { name: 'unlink', crate: { until: '0.9.0' }, instead: 'fn unlinkat' },
];
export const SCHEME_TRAITS = ['SchemeSync', 'SchemeAsync'] as const;

/**
 * Crates that make system calls themselves, and not through the C library, and which of {@link SYSTEM_CALLS}: by
 * their own version, or for redox-rt, which has no releases, by that of its redox_syscall.
 */
export const RAW_CALLERS: readonly {
  crate: string;
  by: 'version' | 'syscall';
  span: Span;
  calls: readonly string[];
}[] = [
  { crate: 'redox-scheme', by: 'version', span: { since: '0.9.0', until: '0.11.2' }, calls: ['SYS_DUP'] },
  { crate: 'redox-rt', by: 'syscall', span: { until: '0.6.0' }, calls: ['SYS_OPEN', 'SYS_DUP', 'SYS_SENDFD'] },
  {
    crate: 'redox-rt',
    by: 'syscall',
    span: { since: '0.6.0', until: '0.7.0' },
    calls: ['SYS_OPEN', 'SYS_DUP', 'SYS_SENDFD', 'SYS_UNLINKAT'],
  },
  {
    crate: 'redox-rt',
    by: 'syscall',
    span: { since: '0.7.0', until: '0.9.0' },
    calls: ['SYS_OPENAT', 'SYS_DUP', 'SYS_SENDFD', 'SYS_UNLINKAT'],
  },
  {
    crate: 'redox-rt',
    by: 'syscall',
    span: { since: '0.9.0' },
    calls: ['SYS_OPENAT_INTO', 'SYS_DUP_INTO', 'SYS_UNLINKAT'],
  },
];

/** The crate that keeps a process's state in statics, so that there must be one copy of it in a program. */
export const RUNTIME = { crate: 'redox-rt', repository: 'https://gitlab.redox-os.org/redox-os/relibc.git' } as const;

/** What doctor looks for, with what it means. */
export const VERSION_RULES = {
  unreadable: 'A recipe or lock file that cannot be read: nothing can be said about it.',
  'mixed-syscall': 'One crate gets types of two copies of redox_syscall: it does not compile.',
  'mixed-libredox': 'One crate gets types of two copies of libredox: where they meet it does not compile.',
  'several-redox-rt': 'Two copies of redox-rt in one program: only one of them knows the process.',
  'redox-rt-beside-libc': 'A program brings a redox-rt of its own beside the one in the C library.',
  'removed-call': 'A name that the locked release does not have any more: it does not compile.',
  'dropped-call': 'A system call that the kernel of this system does not handle: it fails at run time with ENOSYS.',
  'kernel-abi': 'A crate makes system calls that the kernel of this system does not handle: ENOSYS at run time.',
  'path-at-0': 'A path of a scheme is opened at descriptor 0, which is standard input and not a folder.',
} as const;
export type VersionRule = keyof typeof VERSION_RULES;
