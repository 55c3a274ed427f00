import { join } from 'node:path';
import { blake3Hex, shellQuote, UserError, writeFileWhole } from '@nx-redox/kit';
import { backendFlags, cargoHome, remapFlags } from '@nx-redox/toolchain';
import { type Change, record } from '../record';
import { runtimeFor } from '../runtime/runtime';
import { type FrontSettings, placesOf } from '../settings';
import { prepareSysroot, type PreparedSysroot, type StdWish } from './sysroot';
import type { TheirTarget } from './target';

/** A target as the rustc in front compiles for it. */
export interface PreparedTarget {
  name: string;
  sysroot: PreparedSysroot;
  /** A flag that changes nothing but cargo's idea of a crate: another standard library or C library, another crate. */
  marker: string;
  changes: Change[];
}

/** Flags for every crate of a target, of our own: they come after cargo's. */
function crateFlags(settings: FrontSettings, target: TheirTarget, { dir, backend }: PreparedSysroot): string[] {
  const { location, identity } = settings.rust;
  return [
    '-Zunstable-options',
    ...(backendFlags(location, backend) ?? []),
    `--sysroot=${join(dir, 'sysroot')}`,
    ...remapFlags({ cargoHome: cargoHome(), rustSrc: location.rustSrc, commit: identity.commit }),
    ...settings.remap.map(([from, to]) => `--remap-path-prefix=${from}=${to}`),
    // As redoxer does it: stack traces follow frame pointers.
    ...(target.os === 'redox' ? ['-Cforce-frame-pointers=yes'] : []),
    // What is installed is stripped after it was looked at.
    '-Cstrip=none',
  ];
}

/** Flags for programs that are linked without a C compiler: start files before everything and after it. */
function linkFlags({ libc }: FrontSettings, runtime: string): string[] {
  if (libc === undefined) return [];
  return [
    `-Lnative=${libc.dir}`,
    `-Lnative=${runtime}`,
    ...['crt0.o', 'crti.o'].map((name) => `-Zpre-link-arg=-l:${name}`),
    '-Clink-arg=-l:crtn.o',
    // Redox's page size on every architecture; lld's default for aarch64 is 64 KiB.
    '-Clink-arg=-zmax-page-size=4096',
  ];
}

/** Prepares the standard libraries of a call's targets and tells the rustc in front how to compile for them. */
export async function prepareTargets(
  settings: FrontSettings,
  targets: readonly TheirTarget[],
  wish: StdWish,
): Promise<{ folder: string; targets: PreparedTarget[] }> {
  if (wish.std && settings.libc === undefined) {
    throw new UserError(
      `recipe ${settings.recipe} compiles for Redox with std, which needs a C library, and it has none`,
      {
        file: settings.recipeFile,
        advice: [
          'let it depend on the recipe of the C library: relibc, in Redox',
          'or, for programs without std, give cargo -Z build-std=core,alloc',
        ],
      },
    );
  }
  const prepared: (PreparedTarget & { text: string })[] = [];
  for (const target of targets) prepared.push(await prepareTarget(settings, target, wish));
  const name = blake3Hex(prepared.map(({ name, text }) => `${name}\n${text}`).join('')).slice(0, 16);
  const folder = join(placesOf(settings.dir).targets, name);
  for (const { name, text } of prepared) await writeFileWhole(join(folder, `${name}.sh`), text);
  return { folder, targets: prepared };
}

async function prepareTarget(
  settings: FrontSettings,
  target: TheirTarget,
  wish: StdWish,
): Promise<PreparedTarget & { text: string }> {
  const sysroot = await prepareSysroot(settings, target, wish);
  const { refused } = sysroot;
  if (refused) record(settings, { kind: 'refused', target: target.name, reason: refused.reason, words: refused.words });
  const isLinked = wish.std;
  const { location } = settings.rust;
  const flags = crateFlags(settings, target, sysroot);
  const link = isLinked ? linkFlags(settings, await runtimeFor(settings, sysroot)) : [];
  const quoted = (words: readonly string[]) => words.map(shellQuote).join(' ');
  const llvm = flags.map((word) =>
    location.craneliftBackendFlag?.includes(word) ? location.llvmBackendFlag[0]! : word,
  );
  const text = `# How the rustc in front compiles for ${target.name}.
spec=${shellQuote(sysroot.target)}
backend=${sysroot.backend}
notes=${target.os === 'uefi' ? 0 : 1}
RUST_TARGET_PATH=${shellQuote(sysroot.dir)}
export RUST_TARGET_PATH
by_cranelift() { ${shellQuote(location.rustc)} "$@" ${quoted(flags)}; }
by_llvm() { ${shellQuote(location.rustcLlvm)} "$@" ${quoted(llvm)}; }
linked_by_cranelift() { by_cranelift "$@" ${quoted(link)}; }
linked_by_llvm() { by_llvm "$@" ${quoted(link)}; }
`;
  // Folders differ among machines; what they hold is in the hashes.
  const content = JSON.stringify([sysroot.text, sysroot.backend, wish, isLinked && settings.libc?.hash]);
  return {
    name: target.name,
    sysroot,
    text,
    marker: `-Cmetadata=${blake3Hex(content).slice(0, 16)}`,
    changes: [
      { what: `target ${target.name} as ${sysroot.target}`, why: sysroot.explanation.join('; ') || 'as it is' },
      ...(refused ? [{ what: `all of ${target.name} by LLVM`, why: `it ${refused.reason}: ${refused.words}` }] : []),
    ],
  };
}
