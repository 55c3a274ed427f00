export { directCratesOf, parseCargoLock, type CargoLock, type LockedPackage } from './cargo-lock';
export {
  cargoManifestsOf,
  parseCargoManifest,
  readCargoFacts,
  type CargoFacts,
  type CargoManifest,
  type CargoPathDependency,
  type ReadCargoManifest,
} from './cargo-manifest';
export { CARGO_READ_CODE_FOLDER } from './code-folder';
export { codePaths, linkerScriptIncludes, type CodePaths } from './code-paths';
export {
  codeFacts,
  namesFiles,
  outsideFiles,
  type CodeFacts,
  type CodeRoots,
  type CodeTree,
  type OutsideFiles,
} from './read-files';
