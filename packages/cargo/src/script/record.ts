import type { FrontRecord } from '@nx-redox/front';
import { z } from 'zod';

/** Of `artifact.json`: what was done to the calls of a script, and what was read besides its source. */
export const recordSchema = z.object({
  calls: z.array(
    z.object({
      program: z.string(),
      cwd: z.string(),
      before: z.array(z.string()),
      after: z.array(z.string()),
      changes: z.array(z.object({ what: z.string(), why: z.string() })),
    }),
  ),
  /** Images that were written in the place of redox-initfs-ar. */
  initfs: z.array(
    z.object({
      image: z.string(),
      format: z.string(),
      size: z.number(),
      files: z.array(z.object({ path: z.string(), size: z.number(), blake3: z.string() })),
      /** Hash of the program that the kernel starts. */
      bootstrap: z.string().optional(),
    }),
  ),
  reads: z.array(z.object({ what: z.string(), name: z.string() })),
});

/**
 * The record for `artifact.json`, in an order that does not depend on which of two calls was faster.
 *
 * @param places folders, and the names that they get: they differ among machines.
 */
export function describeRecord(
  { calls, initfs, reads }: FrontRecord,
  places: readonly (readonly [folder: string, name: string])[],
): z.infer<typeof recordSchema> {
  const inner = [...places].sort(([a], [b]) => b.length - a.length);
  const text = JSON.stringify({ calls, initfs, reads }, (_, value: unknown) =>
    typeof value === 'string'
      ? inner.reduce(
          (all, [folder, name]) => all.replaceAll(folder, name),
          value.replace(/^(-Ldependency=.*\/)\d+-\d+$/, '$1…'),
        )
      : value,
  );
  const named = recordSchema.parse(JSON.parse(text));
  const sorted = <T>(list: T[]): T[] =>
    list
      .map((item) => JSON.stringify(item))
      .sort()
      .map((item) => JSON.parse(item) as T);
  return { calls: sorted(named.calls), initfs: sorted(named.initfs), reads: sorted(named.reads) };
}
