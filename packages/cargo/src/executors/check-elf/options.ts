import { backend, executorOptions, json, target, text, z } from '@nx-redox/kit/options';
import { KINDS } from '../../options';

export const schema = executorOptions(
  {
    title: 'Check the programs of a component',
    description:
      'Runs the boot-readiness rules for every program in the stage of a component, with what is only worth knowing. Fails if a rule is broken.',
  },
  {
    ...target,
    backend,
    kind: z.enum(KINDS).describe('What the programs are for: chooses the rules.'),
    outputPath: text('Output folder of the build, relative to the workspace; {arch} and {backend} are filled in.'),
    json,
  },
);

/** Options of `@nx-redox/cargo:check-elf`, as they are written. */
export type CheckElfExecutorOptions = z.input<typeof schema>;
