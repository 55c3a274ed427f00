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

export const SETTINGS = {
  now: {},
  icf: { link: ['--icf=all'] },
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
  'cgu1+icf+opt-s': { ...base, profile: { ...one, OPT_LEVEL: 's' }, library: { ...one, OPT_LEVEL: 's' } },
  'cgu1+icf+destprop': { ...base, flags: ['-Zmir-enable-passes=+DestinationPropagation,+RenameReturnPlace'] },
  'cgu1+icf+immediate-abort': { ...base, flags: ['-Cpanic=immediate-abort'] },
  'cgu1+icf+cross-crate0': { ...base, flags: ['-Zcross-crate-inline-threshold=0'] },
};
