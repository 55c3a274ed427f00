/**
 * Settings to compare. `flags` are rustc's for all crates, `programs` those for programs only, `link` the linker's,
 * `library` and `profile` keys of cargo's release profile for the standard library and for programs, `changes` and
 * `spec` those of the target specification, `features` of the standard library.
 */
const one = { CODEGEN_UNITS: '1' };
const base = { profile: one, library: one, link: ['--icf=all'] };

const small = ['core/optimize_for_size', 'alloc/optimize_for_size'];
const inline = (threshold, hint, ...more) => [
  `-Zinline-mir-threshold=${threshold}`,
  `-Zinline-mir-hint-threshold=${hint}`,
  ...more,
];

/** What is the default now. */
const chosen = { profile: one, library: one, features: small, flags: ['-Zshare-generics=y'] };

export const SETTINGS = {
  now: {},
  icf: { link: ['--icf=all'] },
  // For --std.
  'no-unwind-tables': { changes: ['no-unwind-tables'] },
  'no-unwind-tables+cgu1+share': { changes: ['no-unwind-tables', 'one-codegen-unit'], flags: ['-Zshare-generics=y'] },
  'no-unwind-tables+cgu1+share+icf': {
    changes: ['no-unwind-tables', 'one-codegen-unit'],
    flags: ['-Zshare-generics=y'],
    link: ['--icf=all'],
  },
  cgu1: { profile: one, library: one },
  'cgu1+icf': base,
  'cgu1+icf+mir3': { ...base, flags: ['-Zmir-opt-level=3'] },
  'cgu1+icf+inline25/50': { ...base, flags: inline(25, 50) },
  'cgu1+icf+inline100/200': { ...base, flags: inline(100, 200) },
  'cgu1+icf+share+small': { ...base, features: small, flags: ['-Zshare-generics=y'] },
  'cgu1+icf+share+small+inline50/200': { ...base, features: small, flags: inline(50, 200, '-Zshare-generics=y') },
  'cgu1+share+small': { ...base, link: [], features: small, flags: ['-Zshare-generics=y'] },
  'cgu1+icf+share-generics': { ...base, flags: ['-Zshare-generics=y'] },
  'cgu1+icf+jump-tables=no': { ...base, flags: ['-Cjump-tables=no'] },
  'cgu1+icf+inline50/200': { ...base, flags: inline(50, 200) },
  'cgu1+icf+optimize_for_size': { ...base, features: small },
  'cgu1+icf+immediate-abort': { ...base, flags: ['-Cpanic=immediate-abort'] },
  chosen,
  'chosen+opt-s': { ...chosen, profile: { ...one, OPT_LEVEL: 's' }, library: { ...one, OPT_LEVEL: 's' } },
  'chosen+opt-s+inline': {
    ...chosen,
    profile: { ...one, OPT_LEVEL: 's' },
    library: { ...one, OPT_LEVEL: 's' },
    flags: [...chosen.flags, '-Zinline-mir=yes'],
  },
  'chosen+programs-opt-s+inline': {
    ...chosen,
    profile: { ...one, OPT_LEVEL: 's' },
    flags: [...chosen.flags, '-Zinline-mir=yes'],
  },
  'chosen+library-opt-s': { ...chosen, library: { ...one, OPT_LEVEL: 's' } },
  'chosen+mir4': { ...chosen, flags: [...chosen.flags, '-Zmir-opt-level=4'] },
  'chosen+destprop': {
    ...chosen,
    flags: [...chosen.flags, '-Zmir-enable-passes=+DestinationPropagation,+RenameReturnPlace'],
  },
  'chosen+cross-crate0': { ...chosen, flags: [...chosen.flags, '-Zcross-crate-inline-threshold=0'] },
  'chosen+cross-crate300': { ...chosen, flags: [...chosen.flags, '-Zcross-crate-inline-threshold=300'] },
  // For the linker alone.
  'chosen+icf=safe': { ...chosen, link: ['--icf=safe'] },
  'chosen+lld-O2': { ...chosen, link: ['-O2'] },
  'chosen+start-stop-gc': { ...chosen, link: ['-zstart-stop-gc'] },
  'chosen+build-id=none': { ...chosen, link: ['--build-id=none'] },
  'chosen+compressed': { ...chosen, link: ['--compress-debug-sections=zlib'] },
};
