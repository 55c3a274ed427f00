import { type Backend, blake3Hex, run, UserError } from '@nx-redox/kit';
import { lastLine } from '../stable';
import { SPEC_CHANGES, type SpecJson } from './catalogue';

/** What a system says about one of its target specifications. */
export interface SpecOptions {
  /** Name in system.toml: lower-case letters, digits and dashes. */
  name: string;
  /** A target that rustc has built in, or the name of `json`. */
  base: string;
  /** The specification itself, if rustc has not got it built in: that of a source. */
  json?: SpecJson;
  /** Names from the catalogue, each applied to the base. */
  changes: readonly string[];
}

export interface DerivedSpec {
  /**
   * The name to give to `--target`: `<arch>-<name>-<8 hex digits of the BLAKE3 of json>`. Without a change it is the
   * base's own name, which manifests know (`[target.aarch64-unknown-uefi.dependencies]`).
   */
  target: string;
  /** Content of `<target>.json`, with sorted keys. */
  json: string;
  /** One line for each change: what it did and why. */
  explanation: string[];
}

/** Facts about a built-in target, not part of what it means to compile for it. */
const NOT_DERIVED = ['metadata', 'is-builtin'];

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

function difference(before: SpecJson, after: SpecJson): string {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const show = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
  const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  return changed.map((key) => `${key}: ${show(before[key])} → ${show(after[key])}`).join(', ') || 'is so already';
}

const LABEL: Record<Backend, string> = { cranelift: 'Cranelift', llvm: 'LLVM' };

/** Applies the named changes to a base specification. Pure: the same input gives the same bytes. */
export function changeSpec(base: SpecJson, spec: SpecOptions, arch: string, backend: Backend): DerivedSpec {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(spec.name)) {
    throw new UserError(`the spec's name "${spec.name}" is not usable in a target's name`, {
      advice: 'use lower-case letters, digits and single dashes',
    });
  }
  if (base['arch'] !== arch) {
    throw new UserError(`spec "${spec.name}": ${spec.base} is for ${String(base['arch'])}, not for ${arch}`, {
      advice: `choose a base for ${arch} in system.toml`,
    });
  }
  const result = structuredClone(base);
  for (const key of NOT_DERIVED) delete result[key];
  const explanation = spec.changes.map((name) => {
    const change = SPEC_CHANGES[name];
    if (!change) {
      throw new UserError(`spec "${spec.name}": there is no change "${name}"`, {
        advice: `the catalogue has: ${Object.keys(SPEC_CHANGES).join(', ')}`,
      });
    }
    if (change.backend !== undefined && change.backend !== backend) {
      return `${name}: left out, ${LABEL[backend]} does without; ${change.reason}`;
    }
    const before = structuredClone(result);
    change.apply(result);
    return `${name}: ${difference(before, result)}; ${change.reason}`;
  });
  const json = `${JSON.stringify(sortKeys(result), undefined, 2)}\n`;
  const target =
    spec.changes.length === 0 && spec.json === undefined
      ? spec.base
      : `${arch}-${spec.name}-${blake3Hex(json).slice(0, 8)}`;
  return { target, json, explanation };
}

/** A target specification that rustc has built in. */
export async function builtinSpec(base: string, rustc: string, signal?: AbortSignal): Promise<SpecJson> {
  const result = await run(rustc, ['-Zunstable-options', '--print', 'target-spec-json', '--target', base], {
    env: { RUSTC_BOOTSTRAP: '1' },
    signal,
  });
  if (result.exitCode !== 0) {
    const errors = result.stderr.split('\n').filter((line) => line.startsWith('error'));
    throw new UserError(`rustc has no target "${base}": ${errors[0] ?? lastLine(result.stderr)}`, {
      advice: `see \`${rustc} --print target-list\``,
    });
  }
  return JSON.parse(result.stdout) as SpecJson;
}

/**
 * Derives a target specification from one that rustc has built in, or from that of a source.
 *
 * @throws {UserError} if the base, a change or the name is not possible.
 */
export async function deriveSpec(
  spec: SpecOptions & { arch: string; backend: Backend },
  rustc: string,
  signal?: AbortSignal,
): Promise<DerivedSpec> {
  const base = spec.json ?? (await builtinSpec(spec.base, rustc, signal));
  return changeSpec(base, spec, spec.arch, spec.backend);
}
