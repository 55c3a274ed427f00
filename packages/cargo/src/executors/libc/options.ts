import { executorOptions, text, z } from '@nx-redox/kit/options';
import { cargoShape, IN_WORKSPACE } from '../../options';

export const schema = executorOptions(
  {
    title: 'Build a C library with cargo',
    description: `Compiles a C library that is a Rust static library, each crate by the backend that was chosen for it, hides its Rust symbols, and stages what programs are linked with: libc.a, start files, an unwinder that does nothing, empty libraries. ${IN_WORKSPACE}`,
  },
  {
    ...cargoShape,
    startFiles: z
      .array(z.string().regex(/^[\w-]+$/, 'no name of a package, such as crt0'))
      .default(['crt0', 'crti', 'crtn'])
      .describe(
        'Packages of the same Cargo workspace whose code programs begin and end with; each gives an object file of its name.',
      ),
    outputPath: text('Gets stage/usr/lib and artifact.json.'),
  },
);

/** Options of `@nx-redox/cargo:libc`, as they are written. */
export type LibcExecutorOptions = z.input<typeof schema>;
