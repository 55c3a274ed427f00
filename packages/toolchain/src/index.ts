export { requireOwnCargoSettings, settingsThatCount } from './cargo-settings';
export { encodeRustflags } from './cargo-build';
export { diagnose, formatDiagnosis, type Check, type Diagnosis, type DoctorOptions } from './doctor';
export { toolchainHome, type Home } from './home';
export { examine, identityFile, readIdentity, type Examination } from './identity/identity';
export type { Capabilities, Identity } from './identity/record';
export { installToolchain, type Installation, type InstallOptions } from './install';
export {
  knownLocation,
  locate,
  locationFile,
  PROVIDERS,
  readLocation,
  rustLld,
  type Location,
  type ProviderName,
} from './location';
export { RUST } from './pins';
export {
  backendFlags,
  cargoHome,
  mixedRustcSettings,
  remapFlags,
  requireBackend,
  rustcSettings,
  withoutCompilerSettings,
  type RustcSettings,
} from './settings';
export { SPEC_CHANGES, type SpecChange, type SpecJson } from './specs/catalogue';
export { builtinSpec, deriveSpec, type DerivedSpec, type SpecOptions } from './specs/derive';
export { buildSysroot, type SysrootCrate, type SysrootOptions, type SysrootRecord } from './sysroot';
export { visibleWork, type Work } from './work';
export type { DoctorExecutorOptions } from './executors/doctor/options';
export type { InstallExecutorOptions } from './executors/install/options';
export type { SysrootExecutorOptions } from './executors/sysroot/options';
