export { requireOwnCargoSettings } from './cargo-settings';
export { encodeRustflags } from './cargo-build';
export { toolchainHome } from './home';
export { readIdentity } from './identity/identity';
export type { Identity } from './identity/record';
export { knownLocation, locate, locationFile, readLocation, rustLld, type Location } from './location';
export { RUST } from './pins';
export {
  backendFlags,
  cargoHome,
  mixedRustcSettings,
  remapFlags,
  requireBackend,
  rustcSettings,
  withoutCompilerSettings,
} from './settings';
export type { SpecJson } from './specs/catalogue';
export { builtinSpec, deriveSpec, type SpecOptions } from './specs/derive';
export { buildSysroot } from './sysroot';
export { visibleWork } from './progress';
export type { DoctorExecutorOptions } from './executors/doctor/options';
export type { InstallExecutorOptions } from './executors/install/options';
export type { SysrootExecutorOptions } from './executors/sysroot/options';
