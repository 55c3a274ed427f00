export { directCratesOf, parseCargoLock, type CargoLock, type LockedPackage } from './cargo-lock';
export { configFiles, configIncludes, upwards } from './cargo-config';
export {
  cargoManifestsOf,
  parseCargoManifest,
  readCargoFacts,
  trimSlash,
  type CargoFacts,
  type CargoManifest,
  type ReadCargoManifest,
} from './cargo-manifest';
export { linkerScriptIncludes } from './code-paths';
export { codeFacts, outsideFiles, type CodeTree, type OutsideFiles } from './read-files';
