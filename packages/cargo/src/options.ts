import { BACKENDS, FALLBACKS } from '@nx-redox/kit';
import { backend, flag, target, text, texts, z } from '@nx-redox/kit/options';

/** What a program is for. */
export const KINDS = ['kernel', 'bootstrap', 'program', 'bootloader'] as const;
export type BuildKind = (typeof KINDS)[number];

/** What a recipe is built for: Redox, or the machine that builds. */
export const MACHINES = ['target', 'host'] as const;
export type Machine = (typeof MACHINES)[number];

export const IN_WORKSPACE = 'Paths are relative to the workspace; {arch} and {backend} are filled in.';

/** Options of what cargo compiles: a program or a C library. */
export const cargoShape = {
  ...target,
  backend: backend.describe(
    'Code generation backend of every crate that crateBackends does not name. The build fails if another one compiled a crate.',
  ),
  manifestPath: text('Cargo.toml of the source.'),
  package: text('Cargo package.'),
  spec: z
    .strictObject({ name: z.string(), base: z.string(), changes: z.array(z.string()) })
    .describe('Target specification that the sysroot was made for: a built-in target and named changes.'),
  sysrootPath: text('Output of @nx-redox/toolchain:sysroot: target specification and compiled standard library.'),
  features: texts('Features of the package to turn on.'),
  defaultFeatures: z.boolean().default(true).describe("Whether the package's default features are on."),
  rustflags: texts('Flags for rustc, for the crates of this package only.'),
  cfgs: z
    .array(z.string().regex(/^[A-Za-z_]\w*(="[^"\\]*")?$/, 'no condition as rustc takes it, such as name="value"'))
    .default([])
    .describe('Conditions (--cfg) for every crate of the target, such as aes_force_soft or name="value".'),
  env: texts("Variables of the user's environment that cargo and build scripts get; they must be inputs of the task."),
  reads: texts(
    'Files and folders outside the crates that are read, relative to the workspace; inputs of the task, too.',
  ),
  crateBackends: z
    .record(z.string(), z.enum(BACKENDS))
    .default({})
    .describe('Backends of single Cargo packages, by name, where they differ from that of the build.'),
  patches: z
    .array(
      z.strictObject({
        source: text('Where the replaced crate comes from: crates-io, or the URL of a git repository or registry.'),
        crate: text('Name of the crate.'),
        path: text('Folder of the crate that takes its place.').optional(),
        version: text('Version on crates.io that takes its place, in full.').optional(),
      }),
    )
    .default([])
    .describe(
      "Crates that take the place of others, as [patch] of cargo. The source's Cargo.lock stays as it is: a copy is used, in which every other crate keeps its version.",
    ),
};

/** Options of what a recipe's script builds. */
export const scriptShape = {
  ...target,
  backend: backend.describe(
    'Code generation backend for Rust. A crate that it is known to refuse is compiled by LLVM, if fallback allows it, and the reason is recorded; else the build fails if a crate was compiled by the other one.',
  ),
  recipe: text('The recipe.toml.'),
  sourcePath: text('Folder of the source; none for a recipe without [source].').optional(),
  fallback: z
    .enum(FALLBACKS)
    .default('known')
    .describe('When LLVM may compile a crate in a build by Cranelift: for the reasons that are known, or never.'),
  libcPath: text(
    'Stage of the C library that programs are linked with (usr/lib/libc.a, crt0.o, crti.o, crtn.o; usr/include), or the folder with these files.',
  ).optional(),
  dependencies: texts(
    'Stage folders of the dependencies, their own dependencies included: they become COOKBOOK_SYSROOT. `a/{b,c}/d` stands for two of them.',
  ),
  hostDependencies: texts(
    'Stage folders of host: dependencies, written in the same way: they become COOKBOOK_TOOLCHAIN.',
  ),
  outputPath: text('Gets stage/, debug/ and artifact.json.'),
  clean: flag('Begin with an empty work folder.'),
};
