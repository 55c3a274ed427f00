import type { Backend } from '@nx-redox/kit';
/** A rustc target specification, as `rustc --print target-spec-json` prints it. */
export type SpecJson = Record<string, unknown>;

/** A named change of a target specification. */
export interface SpecChange {
  /** Why somebody wants it, in one sentence. */
  reason: string;
  /** The only backend that needs it; the other one keeps what the base says. */
  backend?: Backend;
  /** Makes the change in place. A specification that is so already stays as it is. */
  apply: (spec: SpecJson) => void;
}

function text(spec: SpecJson, key: string): string {
  const value = spec[key];
  return typeof value === 'string' ? value : '';
}

function features(spec: SpecJson): string[] {
  return text(spec, 'features')
    .split(',')
    .filter((feature) => feature !== '');
}

/** Target features of the floating-point and vector units that a soft-float specification turns off. */
const FLOAT_FEATURES: Record<string, { remove: RegExp; add: string[] }> = {
  aarch64: { remove: /^[+-](neon|fp-armv8|soft-float)$/, add: ['+neon', '+fp-armv8'] },
  x86_64: { remove: /^[+-](mmx|sse|sse2|sse3|ssse3|sse4\.1|sse4\.2|soft-float)$/, add: [] },
};

function hardFloat(spec: SpecJson): void {
  delete spec['abi'];
  delete spec['rustc-abi'];
  const known = FLOAT_FEATURES[text(spec, 'arch')];
  if (!known) return;
  const kept = features(spec).filter((feature) => !known.remove.test(feature));
  spec['features'] = [...kept, ...known.add].join(',');
}

const sets = (values: SpecJson) => (spec: SpecJson) => void Object.assign(spec, values);

/** Every change that a system's spec can name. */
export const SPEC_CHANGES: Record<string, SpecChange> = {
  'elf-object-format': {
    reason:
      "for a triple that ends in -none Cranelift's target-lexicon does not know the object format; -none-elf says it",
    apply: (spec) => {
      spec['llvm-target'] = text(spec, 'llvm-target').replace(/-none$/, '-none-elf');
    },
  },
  'atomics-64': {
    reason: 'Cranelift has no 128-bit atomic operations, and core must not offer them',
    apply: sets({ 'max-atomic-width': 64 }),
  },
  'panic-abort': {
    reason: 'nothing on the target unwinds, so a panic ends in the panic handler and no unwind tables are needed',
    apply: sets({ 'panic-strategy': 'abort' }),
  },
  'frame-pointers': {
    reason: 'a trace after a panic is walked over frame pointers, so every function has to keep one',
    apply: sets({ 'frame-pointer': 'always' }),
  },
  'no-soft-float': {
    reason:
      'with the soft-float ABI compiler_builtins does not compile with Cranelift (IncompatibleSignature "__extendhfsf2")',
    apply: hardFloat,
  },
  'cranelift-hard-float': {
    reason:
      'with the soft-float ABI compiler_builtins does not compile with Cranelift (IncompatibleSignature "__extendhfsf2"); LLVM keeps it, as it would use vector registers in a kernel that does not save them',
    backend: 'cranelift',
    apply: hardFloat,
  },
  'cpu-x86-64': {
    reason: 'Cranelift knows no processor "generic" (BadName("generic")); x86-64 is the one that LLVM takes it for',
    backend: 'cranelift',
    apply: (spec) => {
      if (spec['arch'] === 'x86_64' && spec['cpu'] === undefined) spec['cpu'] = 'x86-64';
    },
  },
  'softfloat-by-abi': {
    reason: 'this rustc knows the soft-float ABI of aarch64 by the key abi only; rustc-abi came later and is refused',
    apply: (spec) => {
      if (spec['arch'] === 'aarch64' && spec['rustc-abi'] === 'softfloat') delete spec['rustc-abi'];
    },
  },
  'static-relocation': {
    reason: 'programs are loaded at the addresses that the linker wrote and are never relocated',
    apply: sets({ 'relocation-model': 'static' }),
  },
  'no-pie': {
    reason: 'a position-independent executable (ET_DYN) would need somebody to relocate it, and nobody does',
    apply: (spec) => {
      spec['position-independent-executables'] = false;
      delete spec['static-position-independent-executables'];
    },
  },
  'rust-lld': {
    reason:
      "rustc's own linker, called without a C compiler: nobody needs a cross gcc, and what is linked is only what the build names",
    apply: (spec) => {
      spec['linker'] = 'rust-lld';
      spec['linker-flavor'] = 'gnu-lld';
      // Arguments for a C compiler that links.
      for (const key of ['pre-link-args', 'late-link-args', 'post-link-args']) dropCompilerArguments(spec, key);
    },
  },
  'no-relro': {
    reason: 'read-only relocations (PT_GNU_RELRO) are for a dynamic linker; without one their padding only takes room',
    apply: sets({ 'relro-level': 'off' }),
  },
  'no-unwind-tables': {
    reason:
      "nothing unwinds, and the linker script discards .eh_frame: rustc's default of a table for each function only costs time",
    apply: (spec) => {
      delete spec['default-uwtable'];
    },
  },
  'one-codegen-unit': {
    reason:
      'Cranelift inlines nothing across functions, so each codegen unit has its own copy of every small function that it calls: one unit has one',
    backend: 'cranelift',
    apply: sets({ 'default-codegen-units': 1 }),
  },
  'fold-identical-code': {
    reason:
      'functions and constants with the same bytes are one (lld --icf=all); a trace may then name another function with the same code',
    apply: (spec) => addLinkerArgument(spec, '--icf=all'),
  },
  'immediate-abort': {
    reason:
      'a panic ends the program at once, without a message and without the panic handler: nothing that formats messages is linked',
    apply: sets({ 'panic-strategy': 'immediate-abort' }),
  },
  'tpidr-el1': {
    reason: 'at EL1 the thread pointer is TPIDR_EL1; the one of EL0 belongs to the running program',
    apply: (spec) => {
      if (spec['arch'] !== 'aarch64') return;
      spec['features'] = [...features(spec).filter((feature) => feature !== '+tpidr-el1'), '+tpidr-el1'].join(',');
    },
  },
};

/** Adds an argument for lld, whether rustc or a C compiler calls it; once. */
function addLinkerArgument(spec: SpecJson, argument: string): void {
  const flavor = text(spec, 'linker-flavor') || 'gnu-lld';
  const added = flavor.endsWith('-cc') ? `-Wl,${argument}` : argument;
  const lists = (spec['post-link-args'] ?? {}) as Record<string, string[]>;
  if (lists[flavor]?.includes(added)) return;
  spec['post-link-args'] = { ...lists, [flavor]: [...(lists[flavor] ?? []), added] };
}

/** Leaves of link arguments, which are lists by linker flavor, those for linkers. */
function dropCompilerArguments(spec: SpecJson, key: string): void {
  const lists = spec[key];
  if (lists === null || typeof lists !== 'object') return;
  const kept = Object.entries(lists).filter(([flavor]) => !flavor.endsWith('-cc'));
  if (kept.length > 0) spec[key] = Object.fromEntries(kept);
  else delete spec[key];
}
