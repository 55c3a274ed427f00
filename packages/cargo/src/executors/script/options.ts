import { executorOptions, type z } from '@nx-redox/kit/options';
import { IN_WORKSPACE, scriptShape } from '../../options';

export const schema = executorOptions(
  {
    title: 'Build a recipe by its script',
    description: `Runs the build script of a recipe (template cargo, configure, cmake, meson, python or custom) with the cookbook's shell API, checks what it installed and stages it. ${IN_WORKSPACE}`,
  },
  scriptShape,
);

/** Options of `@nx-redox/cargo:script`, as they are written. */
export type ScriptExecutorOptions = z.input<typeof schema>;
