import { posix } from 'node:path';
import { type Diagnostic, didYouMean, hasErrors } from '@nx-redox/kit/toml';
import {
  type Config,
  type FileEntry,
  type GroupEntry,
  type Origin,
  type PackageEntry,
  parseConfig,
  type Sourced,
  type SourcedGeneral,
  type UserEntry,
} from './config';
/*
 * Includes, as Config::from_file and Config::merge of redox_installer do them: each relative to the file that names it,
 * in order, the file itself last. A file that is included on two ways is applied twice.
 */

/** A config with all that it includes. Every value knows where it is written. */
export interface MergedConfig {
  /** The config's own file. */
  file: string;
  /** The config's name: VARIANT in os-release. */
  name: string;
  general: SourcedGeneral;
  /** By name, sorted by it. */
  packages: ReadonlyMap<string, Sourced<PackageEntry>>;
  /** In the order in which they are applied. */
  files: readonly Sourced<FileEntry>[];
  /** By name, sorted by it: numbers are given out in this order. */
  users: ReadonlyMap<string, Sourced<UserEntry>>;
  groups: ReadonlyMap<string, Sourced<GroupEntry>>;
  /** All files that were read, each once, sorted: what a hash of the config must hold. */
  read: readonly string[];
}

export interface MergeResult {
  /** Undefined if the config or something that it includes cannot be read. */
  config: MergedConfig | undefined;
  diagnostics: Diagnostic[];
}

/** Reads a file of the checkout; undefined if there is none. */
export type ReadFile = (file: string) => string | undefined;

/** Reads configs of one checkout; a file that several include is parsed once. */
export class ConfigReader {
  readonly #read: ReadFile;
  readonly #known: readonly string[];
  readonly #parsed = new Map<string, ReturnType<typeof parseConfig> | undefined>();

  /** @param known configs that there are, for suggestions. */
  constructor(read: ReadFile, known: readonly string[] = []) {
    this.#read = read;
    this.#known = known;
  }

  /** A config and all that it includes, merged. It does not throw: everything wrong is a diagnostic. */
  merge(file: string): MergeResult {
    const diagnostics = new Set<Diagnostic>();
    const order: Config[] = [];
    const read = new Set<string>();
    let complete = true;

    const visit = (path: string, stack: readonly string[], from?: Origin): void => {
      const cycle = stack.indexOf(path);
      if (cycle >= 0) {
        complete = false;
        diagnostics.add({
          severity: 'error',
          ...from!,
          message: `${path} includes itself: ${[...stack.slice(cycle), path].join(' → ')}`,
          advice: ['take one include out of the circle'],
        });
        return;
      }
      read.add(path);
      const parsed = this.#parse(path);
      if (parsed === undefined) {
        complete = false;
        diagnostics.add(this.#missing(path, from));
        return;
      }
      for (const diagnostic of parsed.diagnostics) diagnostics.add(diagnostic);
      if (parsed.config === undefined) {
        complete = false;
        return;
      }
      for (const { path: include, origin } of parsed.config.include) {
        const target = posix.join(posix.dirname(path), include);
        if (posix.isAbsolute(include) || target === '..' || target.startsWith('../')) {
          complete = false;
          diagnostics.add({
            severity: 'error',
            ...origin,
            message: `include "${include}" leads out of the checkout`,
            advice: ['an include is relative to the file that names it, and stays in the checkout'],
          });
        } else {
          visit(target, [...stack, path], origin);
        }
      }
      order.push(parsed.config);
    };

    visit(posix.normalize(file), []);
    const found = [...diagnostics];
    if (!complete || order.length === 0) return { config: undefined, diagnostics: dedupe(found) };
    const { config, warnings } = mergeInOrder(order, [...read].sort());
    return { config, diagnostics: dedupe([...found, ...warnings]) };
  }

  #parse(file: string): ReturnType<typeof parseConfig> | undefined {
    if (!this.#parsed.has(file)) {
      const content = this.#read(file);
      this.#parsed.set(file, content === undefined ? undefined : parseConfig(content, file));
    }
    return this.#parsed.get(file);
  }

  #missing(file: string, from: Origin | undefined): Diagnostic {
    return {
      severity: 'error',
      ...(from ?? { file }),
      message: from === undefined ? 'there is no such config' : `the included file ${file} is not there`,
      advice: [
        ...(this.#known.length === 0 ? [] : [didYouMean(file, this.#known, 'configs')]),
        ...(from === undefined ? [] : ['an include is relative to the file that names it']),
      ],
    };
  }
}

/**
 * Merges configs, the weakest first.
 * @param order as the includes give it; a file that is included twice is there twice.
 */
function mergeInOrder(order: readonly Config[], read: string[]): { config: MergedConfig; warnings: Diagnostic[] } {
  const general: Record<string, unknown> = {};
  const packages = new Map<string, Sourced<PackageEntry>>();
  const files: Sourced<FileEntry>[] = [];
  const users = new Map<string, Sourced<UserEntry>>();
  const groups = new Map<string, Sourced<GroupEntry>>();
  const warnings: Diagnostic[] = [];
  const first = order[0]!;
  for (const config of order) {
    for (const [key, setting] of Object.entries(config.general)) {
      // The installer's merge leaves this one key out, so what the first file says, or does not say, stays.
      if (key !== 'prompt' || config === first) general[key] = setting;
      else if (first.general.prompt?.value !== config.general.prompt!.value)
        warnings.push(uselessPrompt(config, first));
    }
    for (const [name, entry] of Object.entries(config.packages)) packages.set(name, entry);
    files.push(...config.files);
    for (const [name, entry] of Object.entries(config.users)) users.set(name, entry);
    for (const [name, entry] of Object.entries(config.groups)) groups.set(name, entry);
  }
  const own = order.at(-1)!;
  return {
    config: {
      file: own.file,
      name: posix.basename(own.file, '.toml'),
      general: general as SourcedGeneral,
      packages: byName(packages),
      files,
      users: byName(users),
      groups: byName(groups),
      read,
    },
    warnings,
  };
}

function uselessPrompt(config: Config, first: Config): Diagnostic {
  const { value, origin } = config.general.prompt!;
  const { prompt } = first.general;
  return {
    severity: 'warning',
    ...origin,
    message: `prompt = ${value} does nothing: the installer takes it from the first file, ${first.file}`,
    advice: [
      prompt === undefined
        ? `${first.file} does not set it, which means true`
        : `${prompt.origin.file}:${prompt.origin.line} says ${prompt.value}`,
    ],
  };
}

/** As the installer sorts names: by their UTF-8 bytes. */
export const compareNames = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function byName<T>(entries: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...entries].sort(([a], [b]) => compareNames(a, b)));
}

function dedupe(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const { file, line, column, message } = diagnostic;
    const key = JSON.stringify([file, line, column, message]);
    if (!seen.has(key)) seen.set(key, diagnostic);
  }
  return [...seen.values()];
}

/** Whether a config can be built from: it was read whole, and nothing in it is an error. */
export function isUsable(result: MergeResult): result is MergeResult & { config: MergedConfig } {
  return result.config !== undefined && !hasErrors(result.diagnostics);
}
