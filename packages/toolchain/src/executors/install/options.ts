import { executorOptions, text, z } from '@nx-redox/kit/options';
import { PROVIDERS } from '../../location';

export const schema = executorOptions(
  {
    title: 'Install the toolchain',
    description:
      'Finds, unpacks or builds a rustc with LLVM and Cranelift, and writes dist/toolchain/{identity,location}.json. Without options or variables: what the workspace uses, else the package for this machine, else what is installed, rustup, source.',
  },
  {
    rust: text('The version that the workspace wants, such as 1.95.0. Another one is used with a warning.').optional(),
    provider: z.enum(PROVIDERS).optional().describe('Use this provider and no other.'),
    path: text('A sysroot-like folder with bin/rustc and bin/cargo (variable REDOX_TOOLCHAIN).').optional(),
    archive: text(
      'A .tar.xz or .tar.gz with the Cranelift half of the pinned Rust (variable REDOX_TOOLCHAIN_ARCHIVE).',
    ).optional(),
    sha256: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/)
      .optional()
      .describe('SHA-256 that the archive must have (variable REDOX_TOOLCHAIN_SHA256).'),
    stable: text(
      'Sysroot of the unmodified stable release that the Cranelift half is completed with (variable REDOX_RUST_STABLE).',
    ).optional(),
    source: text(
      "File or URL of rustc's source release, for the source provider (variable REDOX_RUSTC_SOURCE).",
    ).optional(),
  },
);

/** Options of `@nx-redox/toolchain:install`, as they are written. */
export type InstallExecutorOptions = z.input<typeof schema>;
