export { passwordHash } from './accounts';
export { makeConfigImage, readConfig, type ConfigImage } from './image';
export { planInstallation, type PackageStage, type StageEntry } from './plan';
export { InstallTree, type Content, type Node } from './tree';
