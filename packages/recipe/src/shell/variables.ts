import type { Arch } from '@nx-redox/kit';
/** What a build script is told; folders are absolute. */
export interface ScriptFacts {
  /** Of the recipe. */
  name: string;
  arch: Arch;
  /** Target triple of this machine. */
  host: string;
  /** Built for this machine, to be used by builds of others, and not for Redox. */
  isForHost: boolean;
  recipeDir: string;
  workspaceRoot: string;
  buildDir: string;
  stageDir: string;
  /** Undefined for a recipe without source. */
  sourceDir?: string;
  /** What dependencies have staged, put together. */
  sysrootDir: string;
  /** What `host:` dependencies have staged. */
  toolchainDir: string;
  /** The program that `$COOKBOOK_CARGO` calls: cargo for the target. */
  cargo: string;
  jobs: number;
  offline: boolean;
  verbose: boolean;
}

/** The target by the name that scripts of the cookbook know and compare with. */
export function redoxTarget(arch: Arch): string {
  return `${arch}-unknown-redox`;
}

/** Programs for the target's C code, by the name of their variable; the prefix is GNU_TARGET. */
const BINUTILS = {
  AR: 'ar',
  AS: 'as',
  CC: 'gcc',
  CXX: 'g++',
  LD: 'ld',
  NM: 'nm',
  OBJCOPY: 'objcopy',
  OBJDUMP: 'objdump',
  RANLIB: 'ranlib',
  READELF: 'readelf',
  STRIP: 'strip',
};

/** Those of this machine that are called otherwise. */
const OF_HOST: Partial<Record<keyof typeof BINUTILS, string>> = { CC: 'cc', CXX: 'c++' };

/** The variables that a build script of the cookbook finds in its environment. */
export function scriptVariables(facts: ScriptFacts): Record<string, string> {
  const target = facts.isForHost ? facts.host : redoxTarget(facts.arch);
  const flag = (value: boolean): string => (value ? '1' : '');
  const variables: Record<string, string> = {
    TARGET: target,
    GNU_TARGET: target,
    COOKBOOK_NAME: facts.name,
    COOKBOOK_HOST_TARGET: facts.host,
    COOKBOOK_RECIPE: facts.recipeDir,
    COOKBOOK_ROOT: facts.workspaceRoot,
    COOKBOOK_BUILD: facts.buildDir,
    COOKBOOK_STAGE: facts.stageDir,
    COOKBOOK_SOURCE: facts.sourceDir ?? '',
    COOKBOOK_SYSROOT: facts.sysrootDir,
    COOKBOOK_HOST_SYSROOT: facts.toolchainDir,
    COOKBOOK_TOOLCHAIN: facts.toolchainDir,
    COOKBOOK_CARGO: facts.cargo,
    COOKBOOK_REDOXER: facts.cargo,
    COOKBOOK_MAKE_JOBS: String(facts.jobs),
    COOKBOOK_OFFLINE: flag(facts.offline),
    COOKBOOK_VERBOSE: flag(facts.verbose),
    PKG_CONFIG: 'pkg-config',
    // Tools that put a date into files take this one: 1980, the first that every format can hold.
    SOURCE_DATE_EPOCH: '315619200',
  };
  const name = target.replaceAll('-', '_');
  for (const [variable, program] of Object.entries(BINUTILS)) {
    const own = OF_HOST[variable as keyof typeof BINUTILS] ?? program;
    variables[variable] = facts.isForHost ? own : `${target}-${program}`;
    // The cc crate looks for these before it looks for CC.
    variables[`${variable}_${name}`] = variables[variable];
  }
  if (facts.arch === 'aarch64' && !facts.isForHost) {
    // Calls to atomic helpers would need a C runtime library.
    for (const flags of ['CFLAGS', 'CXXFLAGS']) variables[`${flags}_${name}`] = '-mno-outline-atomics';
  }
  return variables;
}
