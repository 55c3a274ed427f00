import { ARCHES } from '@nx-redox/kit/target';
import { schemaOf, type JsonSchema, type Rule } from '@nx-redox/kit/toml';
import { DESCRIPTIONS } from './descriptions';
import { recipeFile } from './recipe';
import { systemFile } from './system';
import { toolchainFile } from './toolchain';

/** The files that have a schema, by the file's name without its ending. */
const FILES: Record<string, { rule: Rule<unknown>; title: string }> = {
  recipe: { rule: recipeFile, title: 'A recipe of Redox’s cookbook, with what nx-redox adds in [nx]' },
  system: { rule: systemFile, title: 'A system that nx-redox builds and boots' },
  toolchain: { rule: toolchainFile, title: 'The Rust of an nx-redox workspace' },
};

const ARCHITECTURE = new RegExp(`\\.(${ARCHES.join('|')})(?=\\.|$)`);

/** Puts the descriptions of keys into a schema. `path` has `*` for any key and any element. */
function described(schema: JsonSchema, path: string): JsonSchema {
  const { properties, items, additionalProperties, anyOf } = schema;
  const own = DESCRIPTIONS[path.replace(ARCHITECTURE, '.*')];
  return {
    ...schema,
    ...(own === undefined ? {} : { description: own }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((each) => described(each, path)) }),
    ...(items === undefined ? {} : { items: described(items, path) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: described(additionalProperties, `${path}.*`) }
      : {}),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [key, described(value, `${path}.${key}`)]),
          ),
        }),
  };
}

/** The JSON schemas of the files that people write, by name: made from the rules that the parsers check them with. */
export function fileSchemas(): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(FILES).map(([name, { rule, title }]) => [
      name,
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        title,
        ...described(schemaOf(rule), name),
      },
    ]),
  );
}
