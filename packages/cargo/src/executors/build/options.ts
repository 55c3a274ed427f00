import { executorOptions, text, z } from '@nx-redox/kit/options';
import { cargoShape, IN_WORKSPACE, KINDS } from '../../options';

export const schema = executorOptions(
  {
    title: 'Build one program of a recipe with cargo',
    description: `Compiles one bin of one package with the chosen backend, checks who compiled it and whether it can boot, and stages it. ${IN_WORKSPACE}`,
  },
  {
    ...cargoShape,
    bin: text('Binary target of the package; for a bootstrap that is a static library, the name of the program.'),
    kind: z
      .enum(KINDS)
      .describe('What the program is for: chooses the boot-readiness rules. A bootloader is a PE/COFF file for UEFI.'),
    linkerScript: text('Linker script.').optional(),
    libcPath: text('Folder with libc.a, crt0.o, crti.o and crtn.o that the program is linked with.').optional(),
    budget: z
      .int()
      .min(1)
      .optional()
      .describe('How many bytes the program may have without its symbols; the build fails over it and says what grew.'),
    outputPath: text('Gets stage/, debug/ and artifact.json.'),
    stagePath: text('Place of the program in the stage, such as usr/bin/logd.'),
  },
);

/** Options of `@nx-redox/cargo:build`, as they are written. */
export type BuildExecutorOptions = z.input<typeof schema>;
