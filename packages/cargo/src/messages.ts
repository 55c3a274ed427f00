import { z } from 'zod';

// The shapes are cargo's "External tools" page, "JSON messages"; only what is used here is described.
const target = z.object({ name: z.string(), kind: z.array(z.string()) });
const schema = z.discriminatedUnion('reason', [
  z.object({
    reason: z.literal('compiler-artifact'),
    package_id: z.string(),
    manifest_path: z.string(),
    target,
    filenames: z.array(z.string()),
    executable: z.string().nullable(),
    fresh: z.boolean(),
  }),
  z.object({ reason: z.literal('build-script-executed'), package_id: z.string(), out_dir: z.string() }),
  z.object({
    reason: z.literal('compiler-message'),
    package_id: z.string(),
    message: z.object({
      level: z.string(),
      message: z.string(),
      rendered: z.string().nullable(),
      code: z.unknown(),
      spans: z.array(
        z.object({
          file_name: z.string(),
          line_start: z.number(),
          column_start: z.number(),
          is_primary: z.boolean(),
        }),
      ),
    }),
  }),
]);

export type CargoMessage = z.infer<typeof schema>;
export type ArtifactMessage = Extract<CargoMessage, { reason: 'compiler-artifact' }>;
export type ScriptMessage = Extract<CargoMessage, { reason: 'build-script-executed' }>;
export type DiagnosticMessage = Extract<CargoMessage, { reason: 'compiler-message' }>;

/** Reads one line of cargo's JSON output; undefined for messages that nobody here needs and for lines that are none. */
export function parseMessage(line: string): CargoMessage | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/**
 * Whether a diagnostic says nothing to the user: for targets without an operating system, Cranelift's rustc warns in every
 * crate that its target features lack `neon`, because the backend does not name the features that it does use.
 */
export function isNoise({ message }: DiagnosticMessage): boolean {
  return (
    message.level === 'warning' &&
    message.spans.length === 0 &&
    /^target feature `\w+` must be enabled to ensure that the ABI of the current target/.test(message.message)
  );
}

/** Name and version in a package id: `registry+https://…#serde@1.0.1`, `path+file:///…/logd#0.1.0`. */
export function packageOf(id: string): { name: string; version: string } {
  const [, url = '', fragment = ''] = /^([^#]*)#?(.*)$/.exec(id) ?? [];
  const at = fragment.lastIndexOf('@');
  if (at >= 0) return { name: fragment.slice(0, at), version: fragment.slice(at + 1) };
  const folder =
    url
      .replace(/[?].*$/, '')
      .replace(/\/+$/, '')
      .split('/')
      .at(-1) ?? '';
  return { name: decodeURIComponent(folder), version: fragment };
}
