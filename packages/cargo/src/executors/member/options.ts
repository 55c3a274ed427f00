import { backend, executorOptions, target, text, z } from '@nx-redox/kit/options';

export const schema = executorOptions(
  {
    title: "A package of a recipe's source",
    description:
      "Takes the programs of one cargo package out of what its recipe's build has made. Paths are relative to the workspace; {arch} and {backend} are filled in.",
  },
  {
    ...target,
    backend,
    package: text('The cargo package.'),
    bins: z.array(z.string()).describe('Its programs.'),
    ownerPath: text("Output folder of the recipe's build."),
    outputPath: text('Gets stage/, debug/ and artifact.json.'),
  },
);

/** Options of `@nx-redox/cargo:member`, as they are written. */
export type MemberExecutorOptions = z.input<typeof schema>;
