import {
  type Arch,
  ARCHES,
  type Backend,
  BACKENDS,
  fillPath,
  type GuestWords,
  type LoginWords,
  UserError,
} from '@nx-redox/kit';
import { PATTERN_ADVICE, patternProblem } from '@nx-redox/kit/pattern';
import { z } from 'zod';
import { ARCH_FACTS, archesOf, DISKS, METHODS, NETWORKS } from './machine';
import type { DebugFileOptions } from './symbolise';

const path = z.string().min(1);

const pattern = z.string().min(1);

const guestSchema = z.strictObject({
  exit: z.strictObject({ ok: z.number().int(), failed: z.number().int() }),
  kernelPanic: pattern,
  death: pattern,
  dumpStart: pattern,
  owner: pattern,
  frame: pattern,
  dump: pattern,
  exception: pattern,
}) satisfies z.ZodType<GuestWords>;

const machineShape = {
  arch: z.enum(ARCHES),
  backend: z.enum(BACKENDS),
  /** Name of the system, for messages and reports. */
  system: z.string().min(1),
  /** `direct`: QEMU's own `-kernel` and `-initrd`; `uefi` and `bios`: a disk with a boot loader, by that firmware. */
  method: z.enum(METHODS).default('direct'),
  /** For `direct`. */
  kernel: path.optional(),
  /** For `direct`. */
  initrd: path.optional(),
  /** For `direct`: arguments of the kernel. */
  append: z.string().min(1).optional(),
  /** For `uefi` and `bios`: raw image; it is not changed. */
  disk: path.optional(),
  /** For `uefi`: firmware image, instead of the one that is found. */
  firmware: path.optional(),
  qemu: z.strictObject({
    machine: z.string().min(1),
    /** Model under emulation; with acceleration it is the host's. */
    cpu: z.string().min(1),
    /** In MiB. */
    memory: z.number().int().positive(),
    cpus: z.number().int().positive().max(64).default(1),
    /** How a disk is connected. */
    disk: z.enum(Object.keys(DISKS) as (keyof typeof DISKS)[]).default('virtio'),
    network: z.enum(NETWORKS).default('none'),
    /** Whether the host's processor runs the guest where it can (KVM, HVF). */
    accelerate: z.boolean().default(false),
    /** More arguments for QEMU, one string each. */
    args: z.array(z.string()).default([]),
  }),
  /** How the system tells of what went wrong. */
  guest: guestSchema,
  /** Folder for what a run leaves behind. */
  output: path,
};

const seconds = z.number().positive().max(86_400);

const stage = z.strictObject({
  name: z.string().min(1),
  /** Regular expression for a part of a line of the serial output. */
  pattern: z.string().min(1),
  /** Budget in seconds, counted from the stage before (for the first: from QEMU's start). */
  timeout: seconds,
  /** What is typed on the serial line when the stage is reached. */
  send: z.string().min(1).optional(),
});

const failure = z.strictObject({
  pattern: z.string().min(1),
  /** What a line that matches means. */
  cause: z.string().min(1),
});

const loginWords = z.strictObject({
  user: pattern,
  password: pattern,
  prompt: pattern,
  enter: z.string().min(1),
}) satisfies z.ZodType<LoginWords>;

/** Who types commands: the user of a login, or anybody where a shell waits without one. */
const session = z.strictObject({
  user: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  words: loginWords,
});

/** Options of the executor `run`. */
export const machineSchema = z.strictObject(machineShape);
/** Options of the executor `boot`. */
export const bootSchema = z.strictObject({
  ...machineShape,
  stages: z.array(stage).min(1),
  /** Budget in seconds for all stages together, from QEMU's start. */
  timeout: seconds.optional(),
  fail: z.array(failure).default([]),
  /**
   * Unstripped ELF files; addresses in a failed boot's output are looked up in them. `as`: names that the program has in
   * the system, if they are not the file's.
   */
  debugFiles: z.array(z.union([path, z.strictObject({ file: path, as: z.array(z.string().min(1)) })])).default([]),
});

export type QemuMachine = z.output<typeof machineShape.qemu>;

/** Options of the executor `exec`. */
export const execSchema = z.strictObject({
  ...machineShape,
  session,
  fail: z.array(failure).default([]),
  /** What is typed in the shell. */
  command: z.string().min(1),
  /** Budget of the command in seconds. */
  timeout: seconds.default(60),
  /** Budget in seconds from QEMU's start until a shell waits. */
  bootTimeout: seconds.default(600),
});

/** What is booted, and how. Paths are relative to the workspace root. */
export type BootSource =
  | { method: 'direct'; kernel: string; initrd?: string; append?: string }
  | { method: 'uefi'; disk: string; firmware?: string }
  | { method: 'bios'; disk: string };

/** What is needed to start a system. Paths are relative to the workspace root. */
export interface MachineOptions {
  arch: Arch;
  backend: Backend;
  system: string;
  source: BootSource;
  qemu: QemuMachine;
  guest: GuestWords;
  output: string;
}
/** {@link MachineOptions} and what is typed. */
export interface ExecOptions extends MachineOptions {
  session: z.infer<typeof session>;
  fail: FailureOptions[];
  command: string;
  timeout: number;
  bootTimeout: number;
}
export type StageOptions = z.infer<typeof stage>;
export type FailureOptions = z.infer<typeof failure>;
/** {@link MachineOptions} and what makes the boot a test. */
export interface BootOptions extends MachineOptions {
  stages: StageOptions[];
  timeout?: number;
  fail: FailureOptions[];
  debugFiles: (string | DebugFileOptions)[];
}
/** The same as they are written, defaults left out. */
export type MachineInput = z.input<typeof machineSchema>;
export type ExecInput = z.input<typeof execSchema>;
export type BootInput = z.input<typeof bootSchema>;

const ADVICE = 'these options come from the system.toml of the system, unless a project.json sets them';

function check<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue!.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  throw new UserError(`boot options${place ? `, ${place.replace(/^\./, '')}` : ''}: ${issue!.message}`, {
    advice: ADVICE,
  });
}

const SOURCES = { direct: ['kernel', 'initrd', 'append'], uefi: ['disk', 'firmware'], bios: ['disk'] } as const;
const FILES = ['kernel', 'initrd', 'append', 'disk', 'firmware'] as const;

function sourceOf(options: z.output<typeof machineSchema>): BootSource {
  const { method } = options;
  const known: readonly string[] = SOURCES[method];
  const foreign = FILES.find((key) => options[key] !== undefined && !known.includes(key));
  if (foreign) {
    const others = METHODS.filter((other) => (SOURCES[other] as readonly string[]).includes(foreign));
    throw new UserError(
      `boot options, ${foreign}: this belongs to method "${others.join('" or "')}", but the method is "${method}"`,
      { advice: [`method "${method}" takes ${known.join(' and ')}`, ADVICE] },
    );
  }
  const needed = <T>(key: 'kernel' | 'disk', value: T | undefined): T => {
    if (value !== undefined) return value;
    throw new UserError(`boot options, ${key}: method "${method}" needs it`, { advice: ADVICE });
  };
  const fill = (text: string) => fillPath(text, options);
  const filled = (text: string | undefined) => (text === undefined ? undefined : fill(text));
  if (method === 'direct') {
    const { append } = options;
    const kernel = fill(needed('kernel', options.kernel));
    return { method, kernel, initrd: filled(options.initrd), ...(append === undefined ? {} : { append }) };
  }
  const disk = fill(needed('disk', options.disk));
  return method === 'uefi' ? { method, disk, firmware: filled(options.firmware) } : { method, disk };
}

function machineOptions(parsed: z.output<typeof machineSchema>): MachineOptions {
  const { arch, backend, system, method, qemu, guest } = parsed;
  const source = sourceOf(parsed);
  if (!ARCH_FACTS[arch].methods.includes(method)) {
    throw new UserError(`boot options, method: "${method}" is not possible for ${arch}`, {
      advice: [
        `"${method}" is possible for: ${archesOf(method).join(', ')}`,
        `${arch} boots by ${ARCH_FACTS[arch].methods.map((other) => `"${other}"`).join(' or ')}`,
      ],
    });
  }
  for (const [key, text] of Object.entries(guest)) if (typeof text === 'string') checkPattern(`guest.${key}`, text);
  return { arch, backend, system, source, qemu, guest, output: fillPath(parsed.output, parsed) };
}

function checkPattern(what: string, text: string): void {
  const problem = patternProblem(text);
  if (problem !== undefined) throw new UserError(`${what}: the pattern ${problem}`, { advice: PATTERN_ADVICE });
}

/**
 * Checks the options of `run`, and fills `{arch}` and `{backend}` in paths.
 * @throws {UserError} that names the option.
 */
export function parseMachineOptions(input: unknown): MachineOptions {
  return machineOptions(check(machineSchema, input));
}

/**
 * Checks the options of `boot`, its patterns too, and fills `{arch}` and `{backend}` in paths.
 * @throws {UserError} that names the option or the stage.
 */
export function parseBootOptions(input: unknown): BootOptions {
  const parsed = check(bootSchema, input);
  const { stages, timeout, fail } = parsed;
  const names = new Set<string>();
  for (const { name, pattern: text } of stages) {
    if (names.has(name))
      throw new UserError(`stage "${name}" is there twice`, { advice: 'give each stage a name of its own' });
    names.add(name);
    checkPattern(`stage "${name}"`, text);
  }
  for (const { pattern: text, cause } of fail) checkPattern(`failure "${cause}"`, text);
  const debugFiles = parsed.debugFiles.map((given) =>
    typeof given === 'string' ? fillPath(given, parsed) : { ...given, file: fillPath(given.file, parsed) },
  );
  return { ...machineOptions(parsed), stages, timeout, fail, debugFiles };
}

/**
 * Checks the options of `exec` and fills `{arch}` and `{backend}` in paths.
 * @throws {UserError} that names the option.
 */
export function parseExecOptions(input: unknown): ExecOptions {
  const parsed = check(execSchema, input);
  const { session: who, fail, command, timeout, bootTimeout } = parsed;
  for (const [key, text] of Object.entries(who.words)) if (key !== 'enter') checkPattern(`session.words.${key}`, text);
  for (const { pattern: text, cause } of fail) checkPattern(`failure "${cause}"`, text);
  if (/[\r\n\0]/.test(command)) {
    throw new UserError('exec, command: it has more than one line', { advice: 'put ; between commands' });
  }
  return { ...machineOptions(parsed), session: who, fail, command, timeout, bootTimeout };
}
