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

/**
 * redox_syscall is a new, incompatible one in each row, but the others often changed rows in a mere patch release:
 * `cargo update` within their requirements mixes rows.
 */
export const GENERATIONS: readonly Generation[] = [
  {
    syscall: '0.5',
    crates: {
      libredox: [['0.1.2', '0.1.10']],
      'redox-scheme': [
        ['0.2.0', '0.2.4'],
        ['0.3.0', '0.3.0'],
        ['0.4.0', '0.4.0'],
        ['0.5.0', '0.5.0'],
        ['0.6.0', '0.6.2'],
        ['0.7.0', '0.7.0'],
        ['0.8.0', '0.8.2'],
      ],
      redox_event: [['0.4.0', '0.4.1']],
    },
  },
  {
    syscall: '0.6',
    crates: {
      libredox: [['0.1.11', '0.1.11']],
      'redox-scheme': [['0.8.3', '0.8.3']],
      redox_event: [['0.4.2', '0.4.2']],
    },
  },
  {
    syscall: '0.7',
    crates: {
      libredox: [['0.1.12', '0.1.16']],
      'redox-scheme': [
        ['0.9.0', '0.9.1'],
        ['0.10.0', '0.10.0'],
        ['0.11.0', '0.11.0'],
      ],
      redox_event: [['0.4.3', '0.4.6']],
    },
  },
  {
    syscall: '0.8',
    crates: {
      libredox: [['0.1.17', '0.1.17']],
      'redox-scheme': [['0.11.1', '0.11.1']],
      redox_event: [['0.4.7', '0.4.7']],
    },
  },
  {
    syscall: '0.9',
    crates: {
      libredox: [
        ['0.1.18', '0.1.25'],
        ['0.2.0', '0.2.0'],
      ],
      'redox-scheme': [
        ['0.11.2', '0.11.4'],
        ['0.12.0', '0.12.0'],
      ],
      redox_event: [
        ['0.4.8', '0.4.8'],
        ['0.5.0', '0.5.0'],
      ],
    },
  },
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

const NAMESPACE_CALLS = { commit: '5ac00f55', date: '2026-01-21' };
const UNLINK_CALLS = { commit: 'e30ed9ab', date: '2025-12-18' };
// For two days there were kernels with redox_syscall 0.8.0 that had dropped them already: those are not found.
const OBSOLETE_CALLS = { commit: '3e210ff1', date: '2026-06-01' };
const DESCRIPTOR_CALLS = { commit: '6c3d5d28', date: '2026-07-01' };
const BY_STD_FS_CALL = 'the function of the same name in libredox::call, which asks the scheme by SYS_CALL';
const BY_LIBC = 'the function of the same name in libredox::call: the C library chooses the descriptor';

export const SYSTEM_CALLS: readonly SystemCall[] = [
  {
    constant: 'SYS_RMDIR',
    number: 0x1000_0054,
    functions: ['rmdir'],
    crate: { until: '0.6.0' },
    kernel: { until: '0.6.0' },
    dropped: UNLINK_CALLS,
    instead: 'SYS_UNLINKAT with AT_REMOVEDIR, or libredox::call::unlinkat',
  },
  {
    constant: 'SYS_UNLINK',
    number: 0x1000_000a,
    functions: ['unlink'],
    crate: { until: '0.6.0' },
    kernel: { until: '0.6.0' },
    dropped: UNLINK_CALLS,
    instead: 'SYS_UNLINKAT, or libredox::call::unlinkat',
  },
  {
    constant: 'SYS_OPEN',
    number: 0x1010_0005,
    functions: ['open'],
    crate: { until: '0.7.0' },
    kernel: { until: '0.7.0' },
    dropped: NAMESPACE_CALLS,
    instead: 'libredox::call::open, which asks the namespace; or openat with a descriptor of the folder or the scheme',
  },
  {
    constant: 'SYS_MKNS',
    number: 984,
    functions: ['mkns'],
    crate: { until: '0.9.1' },
    kernel: { until: '0.7.0' },
    dropped: NAMESPACE_CALLS,
    instead: 'libredox::call::mkns: namespaces are made by a daemon in user space',
  },
  {
    constant: 'SYS_FCHMOD',
    number: 0x2000_005e,
    functions: ['fchmod'],
    crate: { until: '0.9.1' },
    kernel: { until: '0.8.1' },
    dropped: OBSOLETE_CALLS,
    instead: BY_STD_FS_CALL,
  },
  {
    constant: 'SYS_FSTATVFS',
    number: 0x2200_0064,
    functions: ['fstatvfs'],
    crate: { until: '0.9.1' },
    kernel: { until: '0.8.1' },
    dropped: OBSOLETE_CALLS,
    instead: BY_STD_FS_CALL,
  },
  {
    constant: 'SYS_FTRUNCATE',
    number: 0x2000_005d,
    functions: ['ftruncate'],
    crate: { until: '0.9.1' },
    kernel: { until: '0.8.1' },
    dropped: OBSOLETE_CALLS,
    instead: BY_STD_FS_CALL,
  },
  {
    constant: 'SYS_FUTIMENS',
    number: 0x2100_0140,
    functions: ['futimens'],
    crate: { until: '0.9.1' },
    kernel: { until: '0.8.1' },
    dropped: OBSOLETE_CALLS,
    instead: BY_STD_FS_CALL,
  },
  {
    constant: 'SYS_GETDENTS',
    number: 0x2000_002b,
    functions: [],
    crate: { until: '0.9.1' },
    kernel: { until: '0.8.1' },
    dropped: OBSOLETE_CALLS,
    instead: 'std::fs::read_dir, which asks the scheme by SYS_CALL',
  },
  {
    constant: 'SYS_DUP',
    number: 0x2010_0029,
    functions: ['dup'],
    crate: { until: '0.9.0' },
    kernel: { until: '0.9.0' },
    dropped: DESCRIPTOR_CALLS,
    instead: BY_LIBC,
  },
  {
    constant: 'SYS_OPENAT',
    number: 0x1010_0007,
    functions: ['openat'],
    crate: { until: '0.9.0' },
    kernel: { until: '0.9.0' },
    dropped: DESCRIPTOR_CALLS,
    instead: BY_LIBC,
  },
  {
    constant: 'SYS_OPENAT_WITH_FILTER',
    number: 0x1010_03d9,
    functions: ['openat_with_filter'],
    crate: { since: '0.6.0', until: '0.9.0' },
    kernel: { since: '0.6.0', until: '0.9.0' },
    dropped: DESCRIPTOR_CALLS,
    instead: 'SYS_OPENAT_INTO',
  },
  {
    constant: 'SYS_UNLINKAT_WITH_FILTER',
    number: 0x1000_03da,
    functions: ['unlinkat_with_filter'],
    crate: { since: '0.6.0', until: '0.9.0' },
    kernel: { since: '0.6.0', until: '0.9.0' },
    dropped: DESCRIPTOR_CALLS,
    instead: 'SYS_UNLINKAT',
  },
  {
    constant: 'SYS_SENDFD',
    number: 0x2000_0022,
    functions: ['sendfd'],
    crate: { until: '0.9.0' },
    kernel: { until: '0.9.0' },
    dropped: DESCRIPTOR_CALLS,
    instead: 'SYS_CALL with CallFlags::FD, as syscall::call_wo makes it',
  },
  {
    constant: 'SYS_UNLINKAT',
    number: 0x1000_0107,
    functions: ['unlinkat'],
    crate: { since: '0.6.0' },
    kernel: { since: '0.6.0' },
    instead: 'a redox_syscall that is as old as the kernel',
  },
  {
    constant: 'SYS_DUP_INTO',
    number: 0x2010_03dc,
    functions: ['dup_into'],
    crate: { since: '0.9.0' },
    kernel: { since: '0.9.0' },
    instead: 'a redox_syscall that is as old as the kernel',
  },
  {
    constant: 'SYS_OPENAT_INTO',
    number: 0x1010_03db,
    functions: ['openat_into'],
    crate: { since: '0.9.0' },
    kernel: { since: '0.9.0' },
    instead: 'a redox_syscall that is as old as the kernel',
  },
];

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
