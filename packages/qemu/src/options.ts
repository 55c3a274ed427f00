import { ARCHES, BACKENDS, fillPath, UserError } from '@nx-redox/common';
import { z } from 'zod';

const path = z.string().min(1);

const machineShape = {
  arch: z.enum(ARCHES),
  backend: z.enum(BACKENDS),
  /** Name of the system, for messages and reports. */
  system: z.string().min(1),
  /** How the kernel gets into memory; `direct`: QEMU's own `-kernel` and `-initrd`. */
  method: z.enum(['direct']).default('direct'),
  kernel: path,
  initrd: path.optional(),
  qemu: z.strictObject({
    machine: z.string().min(1),
    cpu: z.string().min(1),
    /** In MiB. */
    memory: z.number().int().positive(),
    /** More arguments for QEMU, one string each. */
    args: z.array(z.string()).default([]),
  }),
  /** Folder for what a run leaves behind. */
  output: path,
};

const stage = z.strictObject({
  name: z.string().min(1),
  /** Regular expression for a part of a line of the serial output. */
  pattern: z.string().min(1),
  /** Budget in seconds, counted from the stage before (for the first: from QEMU's start). */
  timeout: z.number().positive().max(86_400),
});

const failure = z.strictObject({
  pattern: z.string().min(1),
  /** What a line that matches means. */
  cause: z.string().min(1),
});

const machineSchema = z.strictObject(machineShape);
const bootSchema = z.strictObject({
  ...machineShape,
  stages: z.array(stage).min(1),
  fail: z.array(failure).default([]),
  /** Unstripped ELF files; addresses in a failed boot's output are looked up in them. */
  debugFiles: z.array(path).default([]),
});

/** What is needed to start a system. Paths are relative to the workspace root. */
export type MachineOptions = z.infer<typeof machineSchema>;
export type StageOptions = z.infer<typeof stage>;
export type FailureOptions = z.infer<typeof failure>;
/** {@link MachineOptions} and what makes the boot a test. */
export type BootOptions = z.infer<typeof bootSchema>;
/** The same as they are written, defaults left out. */
export type MachineInput = z.input<typeof machineSchema>;
export type BootInput = z.input<typeof bootSchema>;

function check<T extends MachineOptions>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (!result.success) {
    const [issue] = result.error.issues;
    const place = issue!.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    throw new UserError(`boot options${place ? `, ${place.replace(/^\./, '')}` : ''}: ${issue!.message}`, {
      advice: 'these options come from the system.toml of the system, unless a project.json sets them',
    });
  }
  const fill = (text: string) => fillPath(text, result.data);
  const { kernel, initrd, output } = result.data;
  return { ...result.data, kernel: fill(kernel), initrd: initrd && fill(initrd), output: fill(output) };
}

function checkPattern(what: string, pattern: string): void {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch (error) {
    throw new UserError(`${what}: ${(error as Error).message}`, {
      advice:
        'patterns are JavaScript regular expressions; characters such as ( [ * + ? . need a \\ to stand for themselves',
    });
  }
  if (expression.test('')) {
    throw new UserError(`${what}: the pattern ${expression} matches the empty text, so every line would match`, {
      advice: 'name at least one character that must be there',
    });
  }
}

/**
 * Checks the options of `run` and fills `{arch}` and `{backend}` in paths.
 * @throws {UserError} that names the option.
 */
export function parseMachineOptions(input: unknown): MachineOptions {
  return check(machineSchema, input);
}

/**
 * Checks the options of `boot`, its patterns too, and fills `{arch}` and `{backend}` in paths.
 * @throws {UserError} that names the option or the stage.
 */
export function parseBootOptions(input: unknown): BootOptions {
  const options = check(bootSchema, input);
  const names = new Set<string>();
  for (const { name, pattern } of options.stages) {
    if (names.has(name))
      throw new UserError(`stage "${name}" is there twice`, { advice: 'give each stage a name of its own' });
    names.add(name);
    checkPattern(`stage "${name}"`, pattern);
  }
  for (const { pattern, cause } of options.fail) checkPattern(`failure "${cause}"`, pattern);
  return { ...options, debugFiles: options.debugFiles.map((file) => fillPath(file, options)) };
}
