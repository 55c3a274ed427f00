export {
  configNames,
  cookbookOf,
  findCookbook,
  lookUpConfig,
  requireConfig,
  requireCookbook,
  type ConfigFile,
  type Cookbook,
} from './checkout';
export {
  PACKAGE_RULES,
  parseConfig,
  type Config,
  type FileEntry,
  type General,
  type GroupEntry,
  type Origin,
  type PackageEntry,
  type PackageRule,
  type Sourced,
  type SourcedGeneral,
  type UserEntry,
} from './config';
export { ConfigReader, isUsable, type MergedConfig, type MergeResult, type ReadFile } from './merge';
export {
  BOOTLOADER,
  packageSet,
  type InstalledPackage,
  type PackageSet,
  type PackageSetOptions,
  type RecipeBuild,
  type RecipeLookup,
  type RecipeNeeds,
} from './package-set';
export { filesystemToml } from './filesystem-toml';
export { installPlan, type PlanInput, type PlanResult } from './install-plan';
export type { ContentPart, InstallPlan, PackageStage, PlanDisk, PlanNode, StageEntry } from './plan';
export { COOKBOOK_CODE_FOLDER } from './code-folder';
