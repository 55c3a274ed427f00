import { type Arch, ARCHES, type Backend, BACKENDS, fillPath, UserError } from '@nx-redox/kit';
import { PATTERN_ADVICE, patternProblem } from '@nx-redox/kit/pattern';
import { z } from 'zod';
import { ARCH_FACTS, archesOf, METHODS, type MachineDefaults, type Method } from './machine';

const path = z.string().min(1);

const machineShape = {
  arch: z.enum(ARCHES),
  backend: z.enum(BACKENDS),
  /** Name of the system, for messages and reports. */
  system: z.string().min(1),
  /** `direct`: QEMU's own `-kernel` and `-initrd`; `uefi`: a disk with a bootloader, by UEFI firmware. */
  method: z.enum(METHODS).default('direct'),
  /** For `direct`. */
  kernel: path.optional(),
  /** For `direct`. */
  initrd: path.optional(),
  /** For `uefi`: raw image; it is not changed. */
  disk: path.optional(),
  /** For `uefi`: firmware image, instead of the one that is found. */
  firmware: path.optional(),
  qemu: z
    .strictObject({
      machine: z.string().min(1).optional(),
      cpu: z.string().min(1).optional(),
      /** In MiB. */
      memory: z.number().int().positive().optional(),
      /** More arguments for QEMU, one string each. */
      args: z.array(z.string()).default([]),
    })
    .prefault({}),
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

/** Options of the executor `run`. */
export const machineSchema = z.strictObject(machineShape);
/** Options of the executor `boot`. */
export const bootSchema = z.strictObject({
  ...machineShape,
  stages: z.array(stage).min(1),
  /** Budget in seconds for all stages together, from QEMU's start. */
  timeout: seconds.optional(),
  fail: z.array(failure).default([]),
  /** Unstripped ELF files; addresses in a failed boot's output are looked up in them. */
  debugFiles: z.array(path).default([]),
});

/** The machine; those of its properties that the options left open are named in `defaults`. */
export interface QemuMachine extends MachineDefaults {
  args: string[];
  defaults: (keyof MachineDefaults)[];
}

/** What is booted, and how. Paths are relative to the workspace root. */
export type BootSource =
  { method: 'direct'; kernel: string; initrd?: string } | { method: 'uefi'; disk: string; firmware?: string };

/** What is needed to start a system. Paths are relative to the workspace root. */
export interface MachineOptions {
  arch: Arch;
  backend: Backend;
  system: string;
  source: BootSource;
  qemu: QemuMachine;
  output: string;
}
export type StageOptions = z.infer<typeof stage>;
export type FailureOptions = z.infer<typeof failure>;
/** {@link MachineOptions} and what makes the boot a test. */
export interface BootOptions extends MachineOptions {
  stages: StageOptions[];
  timeout?: number;
  fail: FailureOptions[];
  debugFiles: string[];
}
/** The same as they are written, defaults left out. */
export type MachineInput = z.input<typeof machineSchema>;
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

const SOURCES = { direct: ['kernel', 'initrd'], uefi: ['disk', 'firmware'] } as const;

function sourceOf(options: z.output<typeof machineSchema>): BootSource {
  const { method } = options;
  for (const other of METHODS) {
    const foreign = other === method ? undefined : SOURCES[other].find((key) => options[key] !== undefined);
    if (foreign) {
      throw new UserError(
        `boot options, ${foreign}: this belongs to method "${other}", but the method is "${method}"`,
        {
          advice: [`method "${method}" takes ${SOURCES[method].join(' and ')}`, ADVICE],
        },
      );
    }
  }
  const needed = <T>(key: 'kernel' | 'disk', value: T | undefined): T => {
    if (value !== undefined) return value;
    throw new UserError(`boot options, ${key}: method "${method}" needs it`, { advice: ADVICE });
  };
  const fill = (text: string) => fillPath(text, options);
  const filled = (text: string | undefined) => (text === undefined ? undefined : fill(text));
  return method === 'direct'
    ? { method, kernel: fill(needed('kernel', options.kernel)), initrd: filled(options.initrd) }
    : { method, disk: fill(needed('disk', options.disk)), firmware: filled(options.firmware) };
}

function machineOf(arch: Arch, method: Method, given: z.output<typeof machineSchema>['qemu']): QemuMachine {
  const known = ARCH_FACTS[arch].defaults[method];
  if (known === undefined) {
    throw new UserError(`boot options, method: "${method}" is not possible for ${arch}`, {
      advice: [
        `"${method}" is possible for: ${archesOf(method).join(', ')}`,
        ...METHODS.filter((other) => archesOf(other).includes(arch)).map((other) => `${arch} boots by "${other}"`),
      ],
    });
  }
  const { args, ...properties } = given;
  const defaults = (['machine', 'cpu', 'memory'] as const).filter((key) => properties[key] === undefined);
  const { machine = known.machine, cpu = known.cpu, memory = known.memory } = properties;
  return { machine, cpu, memory, args, defaults };
}

function machineOptions(parsed: z.output<typeof machineSchema>): MachineOptions {
  const { arch, backend, system, method } = parsed;
  const source = sourceOf(parsed);
  return {
    arch,
    backend,
    system,
    source,
    qemu: machineOf(arch, method, parsed.qemu),
    output: fillPath(parsed.output, parsed),
  };
}

function checkPattern(what: string, pattern: string): void {
  const problem = patternProblem(pattern);
  if (problem !== undefined) throw new UserError(`${what}: the pattern ${problem}`, { advice: PATTERN_ADVICE });
}

/**
 * Checks the options of `run`, fills `{arch}` and `{backend}` in paths and completes the machine.
 * @throws {UserError} that names the option.
 */
export function parseMachineOptions(input: unknown): MachineOptions {
  return machineOptions(check(machineSchema, input));
}

/**
 * Checks the options of `boot`, its patterns too, fills `{arch}` and `{backend}` in paths and completes the machine.
 * @throws {UserError} that names the option or the stage.
 */
export function parseBootOptions(input: unknown): BootOptions {
  const parsed = check(bootSchema, input);
  const { stages, timeout, fail } = parsed;
  const names = new Set<string>();
  for (const { name, pattern } of stages) {
    if (names.has(name))
      throw new UserError(`stage "${name}" is there twice`, { advice: 'give each stage a name of its own' });
    names.add(name);
    checkPattern(`stage "${name}"`, pattern);
  }
  for (const { pattern, cause } of fail) checkPattern(`failure "${cause}"`, pattern);
  const debugFiles = parsed.debugFiles.map((file) => fillPath(file, parsed));
  return { ...machineOptions(parsed), stages, timeout, fail, debugFiles };
}
