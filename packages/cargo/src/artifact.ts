import { type Elf, ELF_TYPES, hex, machineName } from '@nx-redox/binary';
import { ARCHES, BACKENDS } from '@nx-redox/kit';
import { z } from 'zod';

/** Schema of `artifact.json`: what a build made, without absolute paths and without time. */
export const artifactSchema = z.object({
  schema: z.literal(1),
  /** Nx project. */
  project: z.string(),
  /** Cargo package. */
  package: z.string(),
  arch: z.enum(ARCHES),
  backend: z.enum(BACKENDS),
  /** Name of the target specification: architecture, spec and a hash of its content. */
  target: z.string(),
  /** Identity of the toolchain. */
  toolchain: z.string(),
  /** What is in `stage/`. */
  files: z.array(
    z.object({
      /** Relative to `stage/`, with `/`. */
      path: z.string(),
      /** In bytes. */
      size: z.number().int(),
      blake3: z.string(),
      /** Of an ELF file: bytes that are loaded, by section and by crate of the program as it was linked. */
      sizes: z
        .object({ sections: z.record(z.string(), z.number()), crates: z.record(z.string(), z.number()) })
        .optional(),
      elf: z
        .object({
          /** As in ET_…: EXEC. */
          type: z.string(),
          machine: z.string(),
          /** Address in hex, with 0x. */
          entry: z.string(),
        })
        .optional(),
      /** A boot loader for UEFI. */
      pe: z
        .object({
          machine: z.string(),
          /** Relative to the image, in hex, with 0x. */
          entry: z.string(),
        })
        .optional(),
    }),
  ),
  /** The crates of the program but those of the standard library; `none` has no code of its own. */
  crates: z.array(z.object({ name: z.string(), version: z.string(), backend: z.enum([...BACKENDS, 'none']) })),
  /** The crates of the C library that were linked in. */
  libc: z.array(z.object({ name: z.string(), backend: z.enum(BACKENDS) })).optional(),
});

export type Artifact = z.infer<typeof artifactSchema>;

/** What artifact.json says of an ELF file. */
export function elfFacts({ type, machine, entry }: Elf): NonNullable<Artifact['files'][number]['elf']> {
  return { type: ELF_TYPES[type] ?? String(type), machine: machineName(machine), entry: hex(entry) };
}
