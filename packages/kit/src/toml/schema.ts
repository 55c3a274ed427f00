/** As much of JSON Schema (draft 7) as editors need for completion, hover texts and underlined mistakes. */
export interface JsonSchema {
  $schema?: string;
  $id?: string;
  title?: string;
  description?: string;
  type?: string | string[];
  enum?: readonly string[];
  const?: string;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  minItems?: number;
  exclusiveMinimum?: number;
  pattern?: string;
  anyOf?: JsonSchema[];
}

const SCHEMAS = new WeakMap<object, () => JsonSchema>();

/** Says what a rule takes, for editors: a rule is code, and code cannot be read by them. */
export function withSchema<R extends object>(schema: () => JsonSchema, rule: R): R {
  SCHEMAS.set(rule, schema);
  return rule;
}

/**
 * What a rule takes. Values that it refuses for a finer reason may still fit.
 *
 * @throws if the rule, or one that it is made of, does not say it.
 */
export function schemaOf(rule: object): JsonSchema {
  const schema = SCHEMAS.get(rule);
  if (schema === undefined) throw new Error('a rule says nothing of what it takes: withSchema');
  return schema();
}
