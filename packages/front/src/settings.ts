import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, Fallback } from '@nx-redox/kit';
import type { Identity, Location } from '@nx-redox/toolchain';

/** The Rust toolchain of a build. */
export interface RustTools {
  location: Location;
  identity: Pick<Identity, 'id' | 'commit' | 'capabilities'>;
  rustLld: string;
}

/** The C library that programs with std are linked with. */
export interface LibcFiles {
  /** Folder with libc.a and the start files. */
  dir: string;
  /** Of the content of these files. */
  hash: string;
}

/** Where programs for C come from. */
export type CTools =
  /** A cross compiler of upstream's build system. */
  | { kind: 'prefix'; bin: string }
  /** This machine's clang and LLVM's tools; a path for each that is there. */
  | { kind: 'llvm'; programs: Readonly<Record<string, string>> };

/** What the programs in front are told about one build; a file that each of them reads. */
export interface FrontSettings {
  schema: 1;
  /** Of the recipe, for messages. */
  recipe: string;
  /** recipe.toml, for messages. */
  recipeFile: string;
  workspaceRoot: string;
  /** As in Redox's target triples. */
  arch: string;
  /** The cookbook's name of the target, which begins the names of programs for C. */
  gnuTarget: string;
  /** Target triple of this machine. */
  host: string;
  backend: Backend;
  fallback: Fallback;
  rust: RustTools;
  c: CTools;
  /** Missing in the build of a C library itself, and of what needs none. */
  libc?: LibcFiles;
  /** What dependencies have staged, put together: headers and libraries for C. */
  sysrootDir: string;
  /** Folders by which compiled programs would tell where they were built, and what they are called instead. */
  remap: readonly (readonly [from: string, to: string])[];
  /** The user's folder for toolchains and what is made once for them. */
  home: string;
  /** Folder of the programs in front, of this file, of the record: that of this build. */
  dir: string;
  verbose: boolean;
}

/** Files and folders of one build's front. */
export const placesOf = (dir: string) => ({
  settings: join(dir, 'settings.json'),
  bin: join(dir, 'bin'),
  /** What was changed in which call: a line of JSON each. */
  record: join(dir, 'record.jsonl'),
  /** What cargo said in its JSON messages. */
  messages: join(dir, 'messages.jsonl'),
  /** For each target of a call, a file that the rustc in front reads. */
  targets: join(dir, 'targets'),
  /** What cargo compiles in calls with build-std in a configuration file, but for what they are for. */
  buildDir: join(dir, 'build-std'),
  /** A file for each crate that the other backend has compiled. */
  fallbacks: join(dir, 'fallbacks'),
  /** A file for each program of this machine that was called. */
  used: join(dir, 'used'),
  /** A link to what takes the place of GCC's libraries for C. */
  runtime: join(dir, 'runtime'),
  /** For each call of rustc since the last build that was compared: its folder, a tab, its file of dependencies. */
  units: join(dir, 'units'),
  /** The same of calls before that. */
  knownUnits: join(dir, 'units.known'),
  /** For each call of a linker that a script or a C compiler made: as in `units`. */
  links: join(dir, 'links'),
  /** Their files of dependencies. */
  linkNotes: join(dir, 'link-notes'),
  /** Programs that were called and are not there. */
  missing: join(dir, 'missing'),
});

/** Reads the settings of a build, which {@link prepareFront} has written. */
export function readSettings(file: string): FrontSettings {
  return JSON.parse(readFileSync(file, 'utf8')) as FrontSettings;
}
