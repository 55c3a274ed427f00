/** A rustc target specification, as `rustc --print target-spec-json` prints it. */
export type SpecJson = Record<string, unknown>;

/** A named change of a target specification. */
export interface SpecChange {
  /** Why somebody wants it, in one sentence. */
  reason: string;
  /** Makes the change in place. A specification that is so already stays as it is. */
  apply: (spec: SpecJson) => void;
}

function text(spec: SpecJson, key: string): string {
  const value = spec[key];
  return typeof value === 'string' ? value : '';
}

/** Target features of the floating-point and vector units that a soft-float specification turns off. */
const FLOAT_FEATURES: Record<string, { remove: RegExp; add: string[] }> = {
  aarch64: { remove: /^[+-](neon|fp-armv8|soft-float)$/, add: ['+neon', '+fp-armv8'] },
  x86_64: { remove: /^[+-](mmx|sse|sse2|sse3|ssse3|sse4\.1|sse4\.2|soft-float)$/, add: [] },
};

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
    apply: (spec) => {
      spec['max-atomic-width'] = 64;
    },
  },
  'panic-abort': {
    reason: 'nothing on the target unwinds, so a panic ends in the panic handler and no unwind tables are needed',
    apply: (spec) => {
      spec['panic-strategy'] = 'abort';
    },
  },
  'frame-pointers': {
    reason: 'a trace after a panic is walked over frame pointers, so every function has to keep one',
    apply: (spec) => {
      spec['frame-pointer'] = 'always';
    },
  },
  'no-soft-float': {
    reason:
      'with the soft-float ABI compiler_builtins does not compile with Cranelift (IncompatibleSignature "__extendhfsf2")',
    apply: (spec) => {
      delete spec['abi'];
      delete spec['rustc-abi'];
      const known = FLOAT_FEATURES[text(spec, 'arch')];
      if (!known) return;
      const kept = text(spec, 'features')
        .split(',')
        .filter((feature) => feature !== '' && !known.remove.test(feature));
      spec['features'] = [...kept, ...known.add].join(',');
    },
  },
  'static-relocation': {
    reason: 'programs are loaded at the addresses that the linker wrote and are never relocated',
    apply: (spec) => {
      spec['relocation-model'] = 'static';
    },
  },
  'no-pie': {
    reason: 'a position-independent executable (ET_DYN) would need somebody to relocate it, and nobody does',
    apply: (spec) => {
      spec['position-independent-executables'] = false;
      delete spec['static-position-independent-executables'];
    },
  },
};
