import { string } from '@nx-redox/kit/toml';
/** A name in a list of dependencies, taken apart: `host:llvm21.dev` is the part `dev` of `llvm21`, built for the host. */
export interface Dependency {
  /** The recipe that builds it; empty for `.suffix`, which means the recipe that says it. */
  recipe: string;
  /** The optional package of that recipe. */
  suffix?: string;
  /** Which machine it is for: the one that builds, or the one that the system is built for whatever is being built. */
  machine?: 'host' | 'target';
}

/** Takes a valid name of a dependency apart (PackageName of Redox's pkgutils). */
export function parseDependency(text: string): Dependency {
  const colon = text.indexOf(':');
  const machine = colon < 0 ? undefined : (text.slice(0, colon) as 'host' | 'target');
  const name = text.slice(colon + 1);
  const dot = name.indexOf('.');
  return {
    recipe: dot < 0 ? name : name.slice(0, dot),
    ...(dot < 0 ? {} : { suffix: name.slice(dot + 1) }),
    ...(machine === undefined ? {} : { machine }),
  };
}

/** What is wrong with the name of a dependency; undefined if it is one. */
function problemOf(text: string, ownParts: boolean): string | undefined {
  const parts = text.split(':');
  const name = parts.at(-1)!;
  if (text.trim() === '') return 'must not be empty';
  if (parts.length > 2) return 'must have at most one colon';
  if (parts.length === 2 && parts[0] !== 'host' && parts[0] !== 'target')
    return `begins with "${parts[0]}:", but only "host:" and "target:" mean something`;
  if (/[/\0\s]/.test(name)) return 'must be the name of a recipe, without /, spaces or control characters';
  if (name.split('.').length > 2) return 'must have at most one dot: recipe.package';
  if (name.endsWith('.')) return 'has no package behind the dot';
  if (name === '' || (name.startsWith('.') && !ownParts)) return 'has no recipe in it';
  return undefined;
}

/** The name of a dependency: `recipe`, `recipe.package`, either of them with `host:` or `target:` before it. */
export const dependencyName = string((text) => problemOf(text, false));

/** The same in `[[optional-packages]]`, where `.package` is another part of the recipe itself. */
export const dependencyOrOwnPart = string((text) => problemOf(text, true));
