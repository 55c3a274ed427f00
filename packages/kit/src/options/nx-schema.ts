import { z } from 'zod';

/** A JSON schema, as far as this module looks into it. */
type Schema = Record<string, unknown>;

/** The same without the bounds that zod gives every integer. */
function withoutSafeBounds({ jsonSchema }: { jsonSchema: Schema }): void {
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum'];
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum'];
}

/** The `schema.json` of an executor or generator: what may be written, in the words that Nx reads. */
export function toNxSchema(options: z.ZodType): Schema {
  const schema: Schema = z.toJSONSchema(options, { io: 'input', target: 'draft-7', override: withoutSafeBounds });
  schema['$schema'] = 'https://json-schema.org/schema';
  schema['cli'] = 'nx';
  const { properties, required, additionalProperties, ...about } = schema;
  return { ...about, properties, ...(required === undefined ? {} : { required }), additionalProperties };
}
