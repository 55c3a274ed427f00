import { z } from 'zod';
import { ARCHES, BACKENDS } from '../target';

export { z };

/** What people read of an executor or generator: in its page, in `nx show`, in an editor. */
interface About {
  title: string;
  description: string;
  /** Commands, each with what it does. */
  examples?: { command: string; description: string }[];
  /** Whatever else Nx or an editor finds in the schema. */
  [key: string]: unknown;
}

/** All options of an executor: its `schema.json` is made from this. An option that is not in it is a mistake. */
export function executorOptions<Shape extends z.core.$ZodLooseShape>(about: About, shape: Shape) {
  return z.strictObject(shape).meta({ version: 2, ...about });
}

/** All options of a generator, likewise. */
export function generatorOptions<Shape extends z.core.$ZodLooseShape>(about: About, shape: Shape) {
  return z.strictObject(shape).meta(about);
}

/** Those of a preset, which gets whatever else create-nx-workspace was told. */
export function presetOptions<Shape extends z.core.$ZodLooseShape>(about: About, shape: Shape) {
  return z.object(shape).meta(about);
}

/** An option that is a text, one that says something, one that is a list of texts, and one that is off unless it is given. */
export const text = (description: string) => z.string().describe(description);
export const said = (description: string) => z.string().min(1).describe(description);
export const texts = (description: string) => z.array(z.string()).default([]).describe(description);
export const flag = (description: string) => z.boolean().default(false).describe(description);

const arch = z.enum(ARCHES).describe('Architecture of the system; fills {arch} in paths.');
export const backend = z.enum(BACKENDS).describe('Code generation backend; fills {backend} in paths.');

/** Options of every executor that works for one architecture. */
export const target = {
  arch,
  /** The plugin says it in the configuration of an architecture that the system lacks: Nx would drop that silently. */
  refused: z
    .string()
    .optional()
    .meta({ description: 'Why this cannot run: the task fails and says it.', 'x-priority': 'internal' }),
};

export const json = flag('Print JSON for scripts.');
