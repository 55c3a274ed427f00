/*
 * Entry point `@nx-redox/kit/toml`: TOML files whose mistakes have a place and advice. It loads nothing but the parser,
 * since a graph that is known needs none of the rest.
 */
export {
  formatDiagnostic,
  formatKeyPath,
  hasErrors,
  type Diagnostic,
  type KeyPath,
  type Position,
} from './diagnostics';
export { TomlDocument } from './document';
export { locate, offsetOf, positionOf, type Locations } from './locate';
export {
  boolean,
  count,
  describeValue,
  formatTable,
  isTable,
  list,
  mapOf,
  oneOf,
  optional,
  positive,
  required,
  string,
  table,
  text,
  wrongType,
  type Field,
  type Finding,
  type Report,
  type Rule,
  type RuleOutput,
  type TableOutput,
} from './rules';
export { tomlString } from './quote';
export { schemaOf, withSchema, type JsonSchema } from './schema';
export { didYouMean, suggest } from './suggest';
