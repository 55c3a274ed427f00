import type { BootStage, FailureWords } from '@nx-redox/kit';
import { patternProblem } from '@nx-redox/kit/pattern';
import { type Arch, ARCHES, type Backend, BACKENDS } from '@nx-redox/kit/target';
import {
  boolean,
  count,
  type Diagnostic,
  isTable,
  list,
  mapOf,
  oneOf,
  optional,
  positive,
  required,
  type Rule,
  type RuleOutput,
  schemaOf,
  string,
  table,
  text,
  TomlDocument,
  withSchema,
  wrongType,
} from '@nx-redox/kit/toml';
import { relativePath, stagedPath } from './fields';

/** A regular expression as the boot report is judged by. */
const pattern = string(patternProblem);

const byArchitecture = <T>(rule: Rule<T>) => {
  const entries = Object.fromEntries(ARCHES.map((arch) => [arch, optional(rule)]));
  return table(entries) as Rule<Partial<Record<Arch, T>>>;
};

const architectures: Rule<Arch[]> = withSchema(
  () => ({ type: 'array', items: schemaOf(oneOf(ARCHES)), minItems: 1 }),
  (value, path, report) => {
    const names = list(oneOf(ARCHES))(value, path, report);
    if (names?.length === 0 && Array.isArray(value) && value.length === 0) {
      report({
        path,
        message: 'system.architectures is empty',
        advice: [`name at least one of ${ARCHES.join(', ')}`],
      });
    }
    return names === undefined || names.length === 0 ? undefined : [...new Set(names)];
  },
);

const systemTable = table({
  name: required(
    string((value) =>
      /^[a-z0-9][a-z0-9_-]*$/.test(value) ? undefined : 'must be made of lower-case letters, digits, - and _',
    ),
  ),
  architectures: required(architectures, 'architectures = ["aarch64"]'),
  kernel: required(text, 'name the recipe of the kernel: kernel = "kernel"'),
  initfs: required(text, 'name the recipe of the initfs: initfs = "initfs"'),
  boot: required(
    oneOf(['direct', 'uefi']),
    'boot = "direct" gives kernel and initfs to QEMU, boot = "uefi" boots a disk image',
  ),
  bootloader: optional(text),
});

const exceptionFields = table({
  use: optional(oneOf(BACKENDS)),
  crates: optional(mapOf(oneOf(BACKENDS))),
  because: required(text, 'say why, for those who wonder: because = "…"'),
});

/** A component, or crates of it, that needs one backend whatever the system's default is, and why. */
const exception: Rule<RuleOutput<typeof exceptionFields>> = withSchema(
  () => schemaOf(exceptionFields),
  (value, path, report) => {
    const checked = exceptionFields(value, path, report);
    if (!isTable(value) || ['use', 'crates'].some((key) => Object.hasOwn(value, key))) return checked;
    return report({
      path,
      at: 'key',
      message: `the exception for "${path.at(-1)}" names no backend`,
      advice: ['use = "llvm" for the whole component, or crates = { name = "llvm" } for some of its crates'],
    });
  },
);

const backend: Rule<{ default: Backend; exceptions: Record<string, BackendException> }> = withSchema(
  () => ({
    type: 'object',
    properties: { default: schemaOf(oneOf(BACKENDS)) },
    additionalProperties: schemaOf(exception),
  }),
  (value, path, report) => {
    if (!isTable(value)) return wrongType(report, path, 'a table', value);
    const { default: chosen, ...rest } = value;
    const name = chosen === undefined ? 'cranelift' : oneOf(BACKENDS)(chosen, [...path, 'default'], report);
    const exceptions = mapOf(exception)(rest, path, report);
    return name === undefined || exceptions === undefined ? undefined : { default: name, exceptions };
  },
);

const spec = table({
  base: required(
    byArchitecture(text),
    'base = { aarch64 = "aarch64-unknown-none" }: the built-in target that the spec starts from',
  ),
  changes: optional(list(text)),
  std: optional(boolean),
  small: optional(boolean),
  libc: optional(text),
});

/** White space counts: what ends the line is typed, too. */
const typed = string((value) =>
  value === '' ? 'must not be empty: leave it out if nothing is to be typed' : undefined,
);

const stage = table({
  name: required(text),
  pattern: required(pattern),
  timeout: required(positive, 'timeout = 20: seconds since the stage before'),
  send: optional(typed),
  architectures: optional(architectures),
});
const fail = table({ pattern: required(pattern), cause: required(text, 'cause = "…": what a user should read') });

const qemu = table({
  machine: required(text),
  cpu: required(text),
  memory: required(count, 'memory = 256: MiB'),
  cpus: optional(count),
  disk: optional(oneOf(['nvme', 'virtio'])),
  network: optional(oneOf(['none', 'e1000'])),
  accelerate: optional(boolean),
  args: optional(list(string())),
});

/**
 * How somebody types commands in the running system: `arguments` of the kernel bring the shell (boot = "direct"), `user`
 * logs in, `prompt` is what a shell prints when it waits.
 */
const shell = table({
  arguments: optional(text),
  user: optional(text),
  password: optional(text),
  prompt: optional(pattern),
});

const imageFile = table({
  from: required(stagedPath, 'from = "recipe:path/in/its/stage", or a path of the folder of system.toml'),
  to: required(relativePath),
});

/** The disk that a system boots from by UEFI. Sizes are in MiB. */
const image = table({
  size: required(count, 'size = 256: MiB of the disk'),
  budget: optional(count),
  boot: optional(relativePath),
  files: optional(list(imageFile, 'an array of tables: [[image.files]]')),
});

/** Rules for a system.toml. */
export const systemFile = table({
  system: required(systemTable, 'a system.toml begins with [system] and name, architectures, kernel, initfs, boot'),
  backend: optional(backend),
  spec: optional(mapOf(spec)),
  image: optional(image),
  stage: optional(list(stage, 'an array of tables: [[stage]]')),
  fail: optional(list(fail, 'an array of tables: [[fail]]')),
  qemu: optional(byArchitecture(qemu)),
  shell: optional(shell),
});

/**
 * A target specification. `std`: its sysroot holds std and not only core and alloc; `small`: these choose small algorithms; `libc`: the recipe that its programs
 * are linked with.
 */
export type SystemSpec = RuleOutput<typeof spec>;
/** The disk: `budget` is how much of it may be used, `boot` the folder of kernel and initfs (default `usr/lib/boot`). */
export type SystemImage = RuleOutput<typeof image>;
/** A stage, on all architectures of the system unless it names some. */
export type SystemStage = BootStage & { architectures?: Arch[] };
export type BackendException = RuleOutput<typeof exception>;
export type SystemShell = RuleOutput<typeof shell>;
export type QemuMachine = RuleOutput<typeof qemu>;

/** A system.toml: which recipes boot together, how they are built and how their boot is judged. */
export interface System extends RuleOutput<typeof systemTable> {
  backend: { default: Backend; exceptions: Record<string, BackendException> };
  specs: Record<string, SystemSpec>;
  /** There is one if the system boots by UEFI. */
  image?: SystemImage;
  stages: SystemStage[];
  fail: FailureWords[];
  qemu: Partial<Record<Arch, QemuMachine>>;
  /** There is one if somebody can type commands. */
  shell?: SystemShell;
}

/**
 * Reads the text of a system.toml. It does not throw: everything wrong is a diagnostic. `system` is undefined if the
 * text is not TOML or its `[system]` table cannot be used.
 */
export function parseSystem(text: string, file: string): { system: System | undefined; diagnostics: Diagnostic[] } {
  const document = new TomlDocument(text, file);
  const value = document.read(systemFile);
  const { diagnostics, report } = document;
  if (value === undefined) return { system: undefined, diagnostics };
  const system: System = {
    ...value.system,
    backend: value.backend ?? { default: 'cranelift', exceptions: {} },
    specs: value.spec ?? {},
    ...(value.image === undefined ? {} : { image: value.image }),
    stages: value.stage ?? [],
    fail: value.fail ?? [],
    qemu: value.qemu ?? {},
    ...(value.shell === undefined ? {} : { shell: value.shell }),
  };
  const needsBootloader = system.boot === 'uefi';
  if (needsBootloader !== (system.bootloader !== undefined) && !diagnostics.some(({ table }) => table === 'system')) {
    report(
      needsBootloader
        ? {
            path: ['system', 'bootloader'],
            at: 'table',
            message: 'the system boots by UEFI, and nothing says what starts its kernel',
            advice: ['name the recipe of the boot loader: bootloader = "bootloader"'],
          }
        : {
            path: ['system', 'bootloader'],
            at: 'key',
            message: 'QEMU starts the kernel itself (boot = "direct"), so there is no boot loader',
            advice: ['boot = "uefi", or remove the key'],
          },
    );
  }
  if (needsBootloader && system.image === undefined && !diagnostics.some(({ table }) => table === 'image')) {
    report({
      path: ['image'],
      at: 'table',
      message: 'the system boots by UEFI, and nothing says how large its disk is',
      advice: ['add [image] with size = 256 (MiB)'],
    });
  }
  for (const arch of system.architectures) {
    if (value.qemu?.[arch] === undefined && !diagnostics.some(({ table }) => table === 'qemu')) {
      report({
        path: ['qemu', arch],
        at: 'table',
        message: `there is no [qemu.${arch}], although ${arch} is one of the architectures`,
        advice: [`add [qemu.${arch}] with machine, cpu and memory`],
      });
    }
    for (const [name, { base }] of Object.entries(system.specs)) {
      if (base[arch] === undefined) {
        report({
          path: ['spec', name, 'base', arch],
          at: 'table',
          message: `spec "${name}" has no base for ${arch}`,
          advice: [`base = { ${arch} = "${arch}-unknown-none" }`],
        });
      }
    }
  }
  const seen = new Set<string>();
  system.stages.forEach(({ name }, index) => {
    if (seen.has(name)) {
      report({
        path: ['stage', index, 'name'],
        message: `stage "${name}" is there twice`,
        advice: ['give each stage a name of its own'],
      });
    }
    seen.add(name);
  });
  if (system.stages.length === 0 && !diagnostics.some(({ table }) => table === 'stage')) {
    report({
      path: ['stage'],
      at: 'table',
      message: 'there is no [[stage]]: a boot without stages can neither pass nor fail',
      advice: ['add [[stage]] with name, pattern and timeout for each line that shows progress'],
    });
  }
  return { system, diagnostics };
}
