import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Backend, UserError, withMutex, writeFileWhole } from '@nx-redox/kit';
import { buildSysroot, deriveSpec, type SpecOptions, visibleWork } from '@nx-redox/toolchain';
import { type Refused, refusalIn } from '../refusals';
import type { FrontSettings } from '../settings';
import { changesFor, specNameOf } from './changes';
import type { TheirTarget } from './target';

/** What a call wants of the standard library. */
export interface StdWish {
  std: boolean;
  /** compiler_builtins with memcpy and its like (`compiler-builtins-mem`). */
  mem: boolean;
}

/** A compiled standard library for a target of a call. */
export interface PreparedSysroot {
  /** Name of the derived specification. */
  target: string;
  /** Folder with `<target>.json`, `sysroot/` and sysroot.json. */
  dir: string;
  backend: Backend;
  /** What was changed in the specification, and why; a line each. */
  explanation: readonly string[];
  /** Why all of the target is LLVM's, though Cranelift was asked for. */
  refused?: Refused;
  /** The text of sysroot.json: what is in it. */
  text: string;
}

/** Changes when what is compiled, or how, does. */
const REVISION = 2;

/** Where sysroots of a toolchain are kept, for every workspace of the user. */
const sysrootsOf = ({ home, rust }: Pick<FrontSettings, 'home' | 'rust'>): string =>
  join(home, 'sysroots', rust.identity.id);

/**
 * The standard library for a target: compiled when it is first wanted, by the backend of the build or, if that refuses
 * the target for a known reason, by LLVM.
 *
 * @throws {UserError} if neither compiles it.
 */
export async function prepareSysroot(
  settings: FrontSettings,
  target: TheirTarget,
  wish: StdWish,
): Promise<PreparedSysroot> {
  if (settings.backend === 'llvm') return compiled(settings, target, wish, 'llvm');
  const memory = join(sysrootsOf(settings), `${await keyOf(settings, target, wish, 'cranelift')}.refused.json`);
  let refused = readRefusal(memory);
  if (refused === undefined) {
    try {
      return await compiled(settings, target, wish, 'cranelift');
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused = refusalIn(error.message);
      if (refused === undefined) throw error;
      if (settings.fallback === 'never') {
        throw new UserError(`Cranelift cannot compile for ${target.name}, which ${refused.reason}: ${refused.words}`, {
          advice: 'allow LLVM for it: fallback = "known"',
        });
      }
      await writeFileWhole(memory, `${JSON.stringify(refused)}\n`);
    }
  }
  return { ...(await compiled(settings, target, wish, 'llvm')), refused };
}

function readRefusal(file: string): Refused | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Refused;
  } catch {
    return undefined;
  }
}

function specOf(target: TheirTarget, backend: Backend): SpecOptions {
  return {
    name: specNameOf(target),
    base: target.name,
    ...(target.json === undefined ? {} : { json: target.json }),
    changes: changesFor(target, backend),
  };
}

/** Name of a sysroot's folder: the derived specification's, which has the hash of its content, and what is in it. */
async function keyOf(settings: FrontSettings, target: TheirTarget, wish: StdWish, backend: Backend): Promise<string> {
  const { rustcLlvm } = settings.rust.location;
  const derived = await deriveSpec({ ...specOf(target, backend), arch: target.arch, backend }, rustcLlvm);
  return [derived.target, backend, wish.std ? 'own-std' : 'core', ...(wish.mem ? ['mem'] : []), REVISION].join('-');
}

async function compiled(
  settings: FrontSettings,
  target: TheirTarget,
  wish: StdWish,
  backend: Backend,
): Promise<PreparedSysroot> {
  const dir = join(sysrootsOf(settings), await keyOf(settings, target, wish, backend));
  const file = join(dir, 'sysroot.json');
  if (!existsSync(file)) {
    await withMutex(`${dir}.lock`, { waiting: (line) => void process.stderr.write(`front: ${line}\n`) }, async () => {
      if (existsSync(file)) return;
      await buildSysroot(
        {
          location: settings.rust.location,
          identity: settings.rust.identity,
          arch: target.arch,
          backend,
          spec: specOf(target, backend),
          crates: ['core', 'alloc'],
          ...wish,
          outputPath: dir,
        },
        visibleWork(),
      );
    });
  }
  const text = readFileSync(file, 'utf8');
  const { target: name, spec } = JSON.parse(text) as { target: string; spec: { explanation: string[] } };
  return { target: name, dir, backend, explanation: spec.explanation, text };
}
