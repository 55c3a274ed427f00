import { UserError } from '@nx-redox/kit';
import { type KeyPath, TomlDocument } from '@nx-redox/kit/toml';
import { isScriptBuild, type ScriptBuild } from '../builder';
import type { Recipe } from '../recipe';
import { stringLines } from './string-lines';

/** A recipe's own part of a build script. */
export interface ShellScript {
  /** For bash, to be run by {@link SHELL_MAIN}. */
  text: string;
  /** The line of recipe.toml that a line of `text` comes from; both count from 1. */
  lineOf(line: number): number | undefined;
}

/** Lines of a script, and the value of recipe.toml that each of them comes from. */
class Lines {
  readonly #lines: { text: string; path: KeyPath }[] = [];

  add(path: KeyPath, ...lines: string[]): void {
    // A value may have several lines.
    for (const line of lines.join('\n').split('\n')) this.#lines.push({ text: line, path });
  }

  /** `NAME+=("flag" …)`, a flag in each line. */
  addArray(name: string, key: string, flags: readonly string[] | undefined): void {
    this.addWords(`${name}+=(`, key, flags, ')');
  }

  addWords(before: string, key: string, words: readonly string[] | undefined, after: string): void {
    if (words === undefined || words.length === 0) return;
    this.add(['build', key], before);
    words.forEach((word, index) => this.add(['build', key, index], inDoubleQuotes(word)));
    this.add(['build', key], after);
  }

  finish(document: TomlDocument): ShellScript {
    return {
      text: this.#lines.map(({ text }) => `${text}\n`).join(''),
      lineOf: (line) => {
        const path = this.#lines[line - 1]?.path;
        return path && document.locations.nearest(path).line;
      },
    };
  }
}

/**
 * A word of recipe.toml in a script: between double quotes and otherwise as it is, as in the cookbook. Bash expands
 * `$NAME`, backticks and backslashes in it, and a `"` in it ends the quotation.
 */
export function inDoubleQuotes(word: string): string {
  return `"${word}"`;
}

/**
 * The bash script by which a recipe is built: that of template `custom`, or calls of the shell API for the other
 * templates.
 *
 * @param text of recipe.toml, for the positions.
 * @param file its name for messages.
 * @throws {UserError} if the template is built without a script.
 */
export function recipeScript(recipe: Recipe, text: string, file: string): ShellScript {
  const { build } = recipe;
  if (!isScriptBuild(build)) {
    throw new UserError(`template "${build?.template ?? 'none'}" has no script to run`, { file });
  }
  const document = new TomlDocument(text, file);
  if (build.template === 'custom') return customScript(build.script, text, document);
  const lines = new Lines();
  lines.add(['build', 'template'], 'DYNAMIC_INIT');
  TEMPLATES[build.template](lines, build as never);
  return lines.finish(document);
}

function customScript(script: string, text: string, document: TomlDocument): ShellScript {
  let lines: number[] | undefined;
  return {
    text: script.endsWith('\n') ? script : `${script}\n`,
    lineOf: (line) => {
      const start = document.locations.value(['build', 'script']);
      if (start === undefined) return undefined;
      lines ??= stringLines(text, offsetOf(text, start));
      return lines[line - 1] ?? lines.at(-1);
    },
  };
}

function offsetOf(text: string, { line, column }: { line: number; column: number }): number {
  let start = 0;
  for (let at = 1; at < line; at++) start = text.indexOf('\n', start) + 1;
  return start + column - 1;
}

type OfTemplate<T extends ScriptBuild['template']> = Extract<ScriptBuild, { template: T }>;

const TEMPLATES: { [T in Exclude<ScriptBuild['template'], 'custom'>]: (lines: Lines, build: OfTemplate<T>) => void } = {
  cargo(lines, build) {
    const { cargopath, cargopackages, cargoexamples } = build;
    if (cargopath !== undefined) {
      lines.add(['build', 'cargopath'], `COOKBOOK_CARGO_PATH=${inDoubleQuotes(cargopath)}`);
    }
    if (build.clearlocked) lines.add(['build', 'clearlocked'], 'COOKBOOK_CARGO_LOCKED=');
    lines.addArray('COOKBOOK_CARGO_FLAGS', 'cargoflags', build.cargoflags);
    const packages = build.cargopackagesprefixed ? 'cookbook_cargo_packages_prefixed' : 'cookbook_cargo_packages';
    addCall(lines, packages, 'cargopackages', cargopackages);
    addCall(lines, 'cookbook_cargo_examples', 'cargoexamples', cargoexamples);
    if (!cargopackages?.length && !cargoexamples?.length) lines.add(['build', 'template'], 'cookbook_cargo');
  },
  configure(lines, { configureflags }) {
    lines.addArray('COOKBOOK_CONFIGURE_FLAGS', 'configureflags', configureflags);
    lines.add(['build', 'template'], 'cookbook_configure');
  },
  cmake(lines, { cmakeflags }) {
    lines.addArray('COOKBOOK_CMAKE_FLAGS', 'cmakeflags', cmakeflags);
    lines.add(['build', 'template'], 'cookbook_cmake');
  },
  meson(lines, { mesonflags }) {
    lines.addArray('COOKBOOK_MESON_FLAGS', 'mesonflags', mesonflags);
    lines.add(['build', 'template'], 'cookbook_meson');
  },
  python(lines, { pyprojectpath, pipflags, legacysetup }) {
    if (pyprojectpath !== undefined) {
      lines.add(['build', 'pyprojectpath'], `COOKBOOK_PYTHON_PYPROJECT_PATH=${inDoubleQuotes(pyprojectpath)}`);
    }
    if (legacysetup) lines.add(['build', 'legacysetup'], 'COOKBOOK_PYTHON_LEGACY_SETUP=1');
    lines.addArray('COOKBOOK_PYTHON_PIP_FLAGS', 'pipflags', pipflags);
    lines.add(['build', 'template'], 'cookbook_python');
  },
};

/** A call with one argument in each line. */
function addCall(lines: Lines, name: string, key: string, words: readonly string[] | undefined): void {
  if (words === undefined || words.length === 0) return;
  lines.addWords('__cookbook_words=(', key, words, ')');
  lines.add(['build', key], `${name} "\${__cookbook_words[@]}"`);
}
