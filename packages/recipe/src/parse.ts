/*
 * Entry point `@nx-redox/recipe/parse`: what reads recipes and systems, and does nothing with them. It
 * loads little, since a graph that is known needs none of it.
 */
export { builderOf, isScriptBuild, type Builder } from './builder';
export { dependencyName, parseDependency, type Dependency } from './dependency';
export { builderOfFacts, recipeFacts, type BuildFacts, type RecipeFacts } from './facts';
export { findRecipes, isRecipeFolder } from './find';
export { formatInputs, INPUTS_NAME, parseInputs, USED_NAME } from './inputs-file';
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
export {
  parseSystem,
  type BackendException,
  type QemuMachine,
  type SystemShell,
  type System,
  type SystemImage,
  type SystemSpec,
} from './system';
export { parseToolchain, type Toolchain } from './toolchain';
