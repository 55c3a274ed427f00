import type { Toolchain } from '@nx-redox/recipe/parse';
import type { TargetOf } from '../executor-targets';

/** `install`: finds, unpacks or builds the toolchain. It looks at the machine each time, so it is never cached. */
export function installTarget({ rust }: Toolchain): TargetOf<'@nx-redox/toolchain:install'> {
  return {
    executor: '@nx-redox/toolchain:install',
    cache: false,
    outputs: ['{workspaceRoot}/dist/toolchain'],
    options: { rust },
    metadata: {
      description: `Makes Rust ${rust} with both backends ready and writes down what it can do`,
      technologies: ['rust'],
    },
  };
}

/** `doctor`: what of the toolchain and of other programs is there, what is missing and how to get it. */
export function doctorTarget(programs: readonly string[]): TargetOf<'@nx-redox/toolchain:doctor'> {
  return {
    executor: '@nx-redox/toolchain:doctor',
    cache: false,
    options: { programs },
    metadata: {
      description: 'Says what was found of toolchain and programs, what is missing and how to get it',
      technologies: ['rust'],
    },
  };
}
