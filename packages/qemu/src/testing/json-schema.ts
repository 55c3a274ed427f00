/** What is for people, and what only Nx reads. */
const PROSE = new Set(['$schema', 'version', 'title', 'description', 'continuous', 'x-priority']);

/** A JSON schema without what does not say which values it takes; names and values that are lists are sorted. */
export function withoutProse(schema: unknown, inProperties = false): unknown {
  if (Array.isArray(schema)) {
    return schema.every((item) => typeof item === 'string')
      ? [...schema].sort()
      : schema.map((item) => withoutProse(item));
  }
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      // A property may have the name of a keyword.
      .filter(([key]) => inProperties || !PROSE.has(key))
      .map(([key, value]) => [key, withoutProse(value, key === 'properties' && !inProperties)]),
  );
}
