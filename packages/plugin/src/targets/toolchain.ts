import type { Toolchain } from '@nx-redox/recipe/parse';
import type { TargetOf } from '../executor-targets';
import { about } from '../nx';
import type { ToolInputs } from '../tool-inputs';

/** Variables that say which toolchain is meant, and where toolchains are kept. */
const VARIABLES = [
  'REDOX_TOOLCHAIN',
  'REDOX_TOOLCHAIN_ARCHIVE',
  'REDOX_TOOLCHAIN_SHA256',
  'REDOX_TOOLCHAIN_HOME',
  'REDOX_RUST_STABLE',
  'REDOX_RUSTC_SOURCE',
  'XDG_CACHE_HOME',
  'HOME',
];

/**
 * `install`: finds, unpacks or builds the toolchain. Its result lies outside the workspace, so a small program looks each
 * time whether it is still what this machine has; only then the task is taken from the cache.
 */
export function installTarget({ rust }: Toolchain, tools: ToolInputs): TargetOf<'@nx-redox/toolchain:install'> {
  return {
    executor: '@nx-redox/toolchain:install',
    cache: true,
    inputs: [
      { runtime: 'node node_modules/@nx-redox/toolchain/bin/redox-toolchain-state.js' },
      ...VARIABLES.map((env) => ({ env })),
      ...tools('toolchain'),
    ],
    // Where the toolchain lies is a matter of this machine, so no cache gets it.
    outputs: ['{workspaceRoot}/dist/toolchain/identity.json'],
    options: { rust },
    ...about(`Makes Rust ${rust} with both backends ready and writes down what it can do`, 'rust'),
  };
}

/** `doctor`: what of the toolchain and of other programs is there, what is missing and how to get it. */
export function toolchainDoctorTarget(programs: readonly string[]): TargetOf<'@nx-redox/toolchain:doctor'> {
  return {
    executor: '@nx-redox/toolchain:doctor',
    cache: false,
    options: { programs },
    ...about('Says what was found of toolchain and programs, what is missing and how to get it', 'rust'),
  };
}
