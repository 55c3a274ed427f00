import type { Toolchain } from '@nx-redox/recipe';
import type { Target } from '../nx';

/** `install`: finds, unpacks or builds the toolchain. It looks at the machine each time, so it is never cached. */
export function installTarget({ rust }: Toolchain): Target {
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

/** `doctor`: what of the toolchain and its tools is there, what is missing and how to get it. */
export function doctorTarget({ rust }: Toolchain): Target {
  return {
    executor: '@nx-redox/toolchain:doctor',
    cache: false,
    options: { rust },
    metadata: {
      description: 'Says what was found of the toolchain, what is missing and how to get it',
      technologies: ['rust'],
    },
  };
}
