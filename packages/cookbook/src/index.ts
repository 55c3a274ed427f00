export { configNames, cookbookOf, lookUpConfig, type Cookbook } from './checkout';
export type { Config } from './config';
export { compareNames, ConfigReader, isUsable, type MergedConfig } from './merge';
export { BOOTLOADER, packageSet } from './package-set';
export { installPlan } from './install-plan';
export type { InstallPlan, PackageStage, StageEntry } from './plan';
