import {
  type BootStage,
  type FailureWords,
  fillPath,
  type GuestWords,
  type LoginWords,
  UserError,
} from '@nx-redox/kit';
import { backend, executorOptions, flag, parseOptions, said, target, texts, z } from '@nx-redox/kit/options';
import { PATTERN_ADVICE, patternProblem } from '@nx-redox/kit/pattern';
import { ARCH_FACTS, archesOf, DISKS, METHODS, NETWORKS } from './machine';

/** A file or folder. */
const path = (description: string) =>
  said(`${description.replace(/\.$/, '')}, relative to the workspace root; may hold {arch} and {backend}.`);

const guestSchema = z.strictObject({
  exit: z
    .strictObject({ ok: z.int().describe('All is well.'), failed: z.int().describe('Something failed.') })
    .describe('Exit statuses of QEMU by which a guest says how it went.'),
  kernelPanic: said("The kernel's own panic; group `message` is what it says."),
  death: said('The kernel ended a program; groups `program` and `pid`.'),
  dumpStart: said('The first line of a dump of registers.'),
  owner: said('Names the program that the addresses around it belong to, in group `program`.'),
  frame: said('A return address of a stack trace.'),
  dump: said('A line of registers or frames.'),
  exception: said('How the kernel names an exception where no register says what it was.'),
}) satisfies z.ZodType<GuestWords>;

const machineShape = {
  ...target,
  backend,
  system: said('Name of the system, for messages and reports.'),
  method: z
    .enum(METHODS)
    .default('direct')
    .describe(
      "How the system gets into memory: `direct` is QEMU's own -kernel and -initrd; `uefi` and `bios` are firmware that starts the boot loader of a disk.",
    ),
  kernel: path('For `direct`: kernel, an ELF file or a raw image').optional(),
  initrd: path('For `direct`: initial RAM disk (the initfs)').optional(),
  append: said('For `direct`: arguments of the kernel.').optional(),
  disk: path('For `uefi` and `bios`: raw disk image that stays as it is').optional(),
  firmware: path(
    'For `uefi`: raw firmware image (default: what REDOX_FIRMWARE_AARCH64 or REDOX_FIRMWARE_X86_64 names, else what is found in the usual places)',
  ).optional(),
  qemu: z
    .strictObject({
      machine: said('-M: machine type with its properties.'),
      cpu: said("-cpu: CPU model under emulation; with acceleration it is the host's."),
      memory: z.int().positive().describe('-m: memory in MiB.'),
      cpus: z.int().positive().max(64).default(1).describe('-smp: number of CPUs.'),
      disk: z
        .enum(Object.keys(DISKS) as (keyof typeof DISKS)[])
        .default('virtio')
        .describe('How the disk is connected.'),
      network: z
        .enum(NETWORKS)
        .default('none')
        .describe("Network card; a boot that is judged reaches QEMU's own DHCP only."),
      accelerate: flag(
        "Let the host's processor run the guest where KVM or HVF is there and works; else QEMU emulates one.",
      ),
      args: texts('More arguments, one string each.'),
    })
    .describe('The machine.'),
  guest: guestSchema.describe(
    'How the system tells of what went wrong: patterns (RE2) for lines of the serial output.',
  ),
  output: path('Folder for what the run leaves behind'),
};

const PATTERN = 'Regular expression for a part of a line of the serial output.';
const seconds = z.number().positive().max(86_400);

const stage = z.strictObject({
  name: said('Name of the stage.'),
  pattern: said(PATTERN),
  timeout: seconds.describe("Budget in seconds, counted from the stage before; for the first from QEMU's start."),
  send: said('What is typed on the serial line when the stage is reached.').optional(),
}) satisfies z.ZodType<BootStage>;

const failure = z.strictObject({
  pattern: said(PATTERN),
  cause: said('What such a line means.'),
}) satisfies z.ZodType<FailureWords>;
const fail = z.array(failure).default([]).describe('Lines that mean the boot failed.');

const loginWords = z.strictObject({
  user: said("It asks for the user's name."),
  password: said('It asks for the password.'),
  prompt: said('A shell waits for a command.'),
  enter: said('What ends a typed line.'),
}) satisfies z.ZodType<LoginWords>;

const session = z.strictObject({
  user: said('Who logs in. Without it a shell waits without a login.').optional(),
  password: said("The user's password; without it none is asked for.").optional(),
  words: loginWords.describe('What the system says while somebody logs in: patterns (RE2) for parts of lines.'),
});

/** Options of the executor `run`. */
export const machineSchema = executorOptions(
  { title: 'Runs a system in QEMU', description: 'The serial line is on the terminal: Ctrl-A x ends QEMU.' },
  machineShape,
);

/** Options of the executor `boot`. */
export const bootSchema = executorOptions(
  {
    title: 'Boots a system in QEMU and judges it',
    description:
      "Stages must come in order and in time, no failure line may come, and the guest's exit code counts. Writes report.json, junit.xml and serial.log.",
  },
  {
    ...machineShape,
    stages: z.array(stage).min(1).describe('Points of the boot that must come in this order.'),
    timeout: seconds.optional().describe("Budget in seconds for all stages together, from QEMU's start."),
    fail,
    debugFiles: z
      .array(
        z.union([
          z.string().min(1),
          z.strictObject({
            file: said('The ELF file.'),
            as: z
              .array(z.string().min(1))
              .describe("Names that the program has in the system, if they are not the file's."),
          }),
        ]),
      )
      .default([])
      .describe(
        'Unstripped ELF files for looking up addresses, or folders of them, relative to the workspace root; may hold {arch} and {backend}.',
      ),
  },
);

export type QemuMachine = z.output<typeof machineShape.qemu>;

/** Options of the executor `exec`. */
export const execSchema = executorOptions(
  {
    title: 'Runs a command in a system',
    description:
      "Boots the system in QEMU, logs in on the serial line, runs --command in the shell and prints its output, and nothing else. The task fails if the command's exit status is not 0.",
  },
  {
    ...machineShape,
    session: session.describe('Who types the command.'),
    fail,
    command: z
      .string()
      .min(1)
      .meta({ description: 'What is typed in the shell of the system.', 'x-priority': 'important' }),
    timeout: seconds.default(60).describe('Budget of the command, in seconds.'),
    bootTimeout: seconds.default(600).describe("Budget in seconds from QEMU's start until a shell waits."),
  },
);

/** What is booted, and how. Paths are relative to the workspace root. */
export type BootSource =
  | { method: 'direct'; kernel: string; initrd?: string; append?: string }
  | { method: 'uefi'; disk: string; firmware?: string }
  | { method: 'bios'; disk: string };

type Parsed<S extends z.ZodType, Keys extends keyof z.output<S>> = Pick<z.output<S>, Keys>;
/** What is needed to start a system. Paths are relative to the workspace root. */
export type MachineOptions = { source: BootSource } & Parsed<
  typeof machineSchema,
  'arch' | 'backend' | 'system' | 'qemu' | 'guest' | 'output'
>;
/** {@link MachineOptions} and what is typed. */
export type ExecOptions = MachineOptions &
  Parsed<typeof execSchema, 'session' | 'fail' | 'command' | 'timeout' | 'bootTimeout'>;
/** {@link MachineOptions} and what makes the boot a test. */
export type BootOptions = MachineOptions & Parsed<typeof bootSchema, 'stages' | 'timeout' | 'fail' | 'debugFiles'>;
/** The same as they are written, defaults left out. */
export type MachineInput = z.input<typeof machineSchema>;
export type ExecInput = z.input<typeof execSchema>;
export type BootInput = z.input<typeof bootSchema>;

const ADVICE = 'these options come from the system.toml of the system, unless a project.json sets them';

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
  return machineOptions(parseOptions(machineSchema, input, 'boot options'));
}

/**
 * Checks the options of `boot`, its patterns too, and fills `{arch}` and `{backend}` in paths.
 * @throws {UserError} that names the option or the stage.
 */
export function parseBootOptions(input: unknown): BootOptions {
  const parsed = parseOptions(bootSchema, input, 'boot options');
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
  const parsed = parseOptions(execSchema, input, 'boot options');
  const { session: who, fail, command, timeout, bootTimeout } = parsed;
  for (const [key, text] of Object.entries(who.words)) if (key !== 'enter') checkPattern(`session.words.${key}`, text);
  for (const { pattern: text, cause } of fail) checkPattern(`failure "${cause}"`, text);
  if (/[\r\n\0]/.test(command)) {
    throw new UserError('exec, command: it has more than one line', { advice: 'put ; between commands' });
  }
  return { ...machineOptions(parsed), session: who, fail, command, timeout, bootTimeout };
}
