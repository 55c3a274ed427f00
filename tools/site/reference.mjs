// Reference pages out of JSON schemas: a table of what may be written, with its type, its default and its meaning.

/** Text for a cell of a table. */
const cell = (text) => text.replace(/\|/g, '\\|').replace(/\s+/g, ' ').trim();
const code = (text) => `\`${cell(String(text))}\``;

function typeOf(schema) {
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants) return [...new Set(variants.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list of ${schema.items ? typeOf(schema.items) : 'anything'}`;
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  return { object: 'table', integer: 'whole number' }[schema.type] ?? String(schema.type ?? 'anything');
}

/** The object schema in which keys of a value are described, and what is written between it and its keys. */
function inside(schema) {
  if (schema.type === 'array' && (schema.items?.properties || schema.items?.oneOf))
    return { schema: schema.items, mark: '[]' };
  return { schema, mark: '' };
}

function* rowsOf(schema, path) {
  const required = new Set(schema.required ?? []);
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    if (value['x-priority'] === 'internal') continue;
    yield* rowOf(value, [...path, key], required.has(key));
  }
  if (typeof schema.additionalProperties === 'object')
    yield* rowOf(schema.additionalProperties, [...path, '<name>'], false);
  for (const variant of schema.oneOf ?? schema.anyOf ?? []) yield* rowsOf(variant, path);
}

function* rowOf(value, path, required) {
  const nested = inside(value);
  const name = path.join('.') + nested.mark;
  const { default: fallback } = value;
  yield {
    name,
    type: typeOf(value),
    fallback: required ? 'required' : fallback === undefined ? '' : `default ${code(JSON.stringify(fallback))}`,
    text: value.description ?? nested.schema.description ?? '',
  };
  yield* rowsOf(nested.schema, [...path.slice(0, -1), path.at(-1) + nested.mark]);
}

/** The keys of an object that a schema describes, as a table of Markdown. Keys of tables in it have dots. */
export function tableOf(schema) {
  const seen = new Set();
  const rows = [...rowsOf(schema, [])].filter(({ name }) => !seen.has(name) && seen.add(name));
  if (rows.length === 0) return 'No options.\n';
  const lines = rows.map(({ name, type, fallback, text }) => {
    const facts = [type, fallback].filter((fact) => fact !== '').join(', ');
    return `| ${code(name)} | ${[`*${facts}*`, cell(text)].join(' — ').replace(/ — $/, '')} |`;
  });
  return ['| key | meaning |', '| --- | --- |', ...lines, ''].join('\n');
}

const examples = ({ examples = [] }) =>
  examples.map(({ command, description }) => `${description}:\n\n\`\`\`sh\n${command}\n\`\`\``).join('\n\n');

/** A page on a schema: what it is, examples, and a table. */
export function referencePage(title, intro, tableTitle, schema) {
  const parts = [`# ${title}`, intro, examples(schema), `## ${tableTitle}`, tableOf(schema)];
  return parts.filter((part) => part !== '').join('\n\n');
}
