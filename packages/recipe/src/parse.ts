/*
 * Entry point `@nx-redox/recipe/parse`: what reads recipes, systems and the files of cargo, and does nothing with them. It
 * loads little, since a graph that is known needs none of it.
 */
export {
  formatDiagnostic,
  formatKeyPath,
  hasErrors,
  type Diagnostic,
  type KeyPath,
  type Position,
} from './diagnostics';
export { builderOf, isScriptBuild, type Builder } from './builder';
export {
  cargoManifestsOf,
  parseCargoManifest,
  readCargoFacts,
  type CargoFacts,
  type CargoManifest,
  type CargoPathDependency,
  type ReadCargoManifest,
} from './cargo-manifest';
export { directCratesOf, parseCargoLock, type CargoLock, type LockedPackage } from './cargo-lock';
export { RECIPE_CODE_FOLDER } from './code-folder';
export { parseDependency, type Dependency } from './dependency';
export { TomlDocument } from './document';
export { builderOfFacts, recipeFacts, type BuildFacts, type RecipeFacts } from './facts';
export { locate, type Locations } from './locate';
export {
  KINDS,
  parseRecipe,
  TEMPLATES,
  type Build,
  type CratePatch,
  type InitfsFile,
  type Kind,
  type Recipe,
  type Source,
  type Template,
} from './recipe';
export { sourceFolder, TREE_NAME } from './source-folder';
export { didYouMean, suggest } from './suggest';
export {
  parseSystem,
  type BackendException,
  type BootStage,
  type FailPattern,
  type QemuMachine,
  type System,
  type SystemImage,
  type SystemSpec,
} from './system';
export { parseToolchain, type Toolchain } from './toolchain';
