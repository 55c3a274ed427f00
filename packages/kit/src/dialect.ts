import type { Arch } from './target';

/*
 * What the mechanics (images, rules of files, boots) have to know of the operating system. It is plain data, so it can
 * be written into the options of a task and is part of its hash. The value for Redox is `@nx-redox/redox`.
 */

/** Where the first program finds itself. Nobody loads it: the kernel maps the initfs image, which holds its ELF file. */
export interface MemoryMap {
  /** Address of the image's first byte. */
  image: number;
  /** Address of the first byte of the bootstrap's ELF file. */
  bootstrap: number;
}

/**
 * What a word at the start of a line of init's script does. `builtin`: nothing that starts a program; `variable`: sets
 * one (PATH is where programs are searched); `script` and `scripts`: goes on in a file, or in the files of folders;
 * `leave`: goes on outside the image. A number: the program is so many words further on.
 */
export type InitWord = 'builtin' | 'variable' | 'script' | 'scripts' | 'leave' | number;

/** What init reads to start programs. */
export interface InitWords {
  /** Path of the image's root for programs, with a `/` at its end. */
  mount: string;
  /** The program that the bootstrap starts. Places in the image, here and below. */
  program: string;
  script: string;
  /** Folders of units. */
  units: readonly string[];
  /** Files, or folders of files, that say which device has which driver. */
  drivers: readonly string[];
  words: Readonly<Record<string, InitWord>>;
}

/** How kernel and programs tell of what went wrong: patterns (RE2) for lines of the serial output. */
export interface GuestWords {
  /** Exit statuses of QEMU by which a guest says how it went. */
  exit: { ok: number; failed: number };
  /** The kernel's own panic; `message` is what it says. */
  kernelPanic: string;
  /** The kernel ended a program because of an exception; `program`, and `pid` if it is said. */
  death: string;
  /** The first line of a dump of registers. */
  dumpStart: string;
  /** Names the program that the addresses around it belong to: `program`. */
  owner: string;
  /** A return address of a stack trace. */
  frame: string;
  /** A line of registers or frames, which a symbolised trace says better. */
  dump: string;
  /** How the kernel names an exception where no register says what it was. */
  exception: string;
}

/** A point of a boot that shows in the serial output: wherever stages are written, it is as this. */
export interface BootStage {
  name: string;
  /** RE2, for a part of a line. */
  pattern: string;
  /** Budget in seconds, counted from the stage before; for a machine that emulates another one. */
  timeout: number;
  /** What is typed when it is reached. */
  send?: string;
}

/** A stage of every system that boots so. */
export interface StageWords extends Omit<BootStage, 'send'> {
  /** Where it is to be seen; default: on all. */
  architectures?: readonly Arch[];
  /** It shows only if firmware boots a disk. */
  disk?: true;
}

/** A line that means the boot has failed, and what it means. */
export interface FailureWords {
  pattern: string;
  cause: string;
}

/** How somebody logs in on the serial line. Patterns are RE2. */
export interface LoginWords {
  user: string;
  password: string;
  /** A shell waits for a command. */
  prompt: string;
  /** What ends a typed line. */
  enter: string;
}

/** QEMU's machine for systems that boot from a disk. */
export interface MachineWords {
  machine: string;
  /** Model under emulation. */
  cpu: string;
  /** In MiB. */
  memory: number;
  cpus: number;
  /** How the disk is connected. */
  disk: 'nvme' | 'virtio';
  network: 'e1000' | 'none';
}

/** What makes an operating system itself, as far as the mechanics see it. */
export interface Dialect {
  name: string;
  memory: MemoryMap;
  init: InitWords;
  guest: GuestWords;
  /** In the order of a boot. */
  stages: readonly StageWords[];
  failures: readonly FailureWords[];
  login: LoginWords;
  machines: Readonly<Record<Arch, MachineWords>>;
  /** rustc's names of the targets that its programs are built for. */
  targets: Readonly<Record<Arch, string>>;
}
