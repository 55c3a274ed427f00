import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRecipe } from '../recipe';
import { inDoubleQuotes, recipeScript } from './script';
import { stringLines } from './string-lines';

function scriptOf(text: string) {
  const { recipe, diagnostics } = parseRecipe(text, 'recipes/x/recipe.toml');
  expect(diagnostics).toEqual([]);
  return recipeScript(recipe!, text, 'recipes/x/recipe.toml');
}

/** Each line of the script with the line of recipe.toml that it comes from. */
function numbered(toml: string): string[] {
  const script = scriptOf(toml);
  return script.text
    .trimEnd()
    .split('\n')
    .map((line, index) => `${script.lineOf(index + 1)}: ${line}`);
}

describe('recipeScript', () => {
  it('gives template custom its script, line by line', () => {
    expect(numbered('[build]\ntemplate = "custom"\n\nscript = """\necho a \\\n  b\n\nmake install\n"""\n')).toEqual([
      '5: echo a b',
      '7: ',
      '8: make install',
    ]);
    expect(numbered("[build]\nscript = '''echo \\\n  b'''\ntemplate = 'custom'\n")).toEqual(['2: echo \\', '3:   b']);
    expect(numbered('[build]\ntemplate = "custom"\nscript = "a\\nb"\n')).toEqual(['3: a', '3: b']);
  });

  it('calls the shell API for the other templates', () => {
    expect(numbered('[build]\ntemplate = "cargo"\n')).toEqual(['2: DYNAMIC_INIT', '2: cookbook_cargo']);
    expect(
      numbered(`[build]
template = "cargo"
cargopath = "sub dir"
clearlocked = true
cargoflags = [
  "--features cli",
  "--no-default-features",
]
cargopackages = ["a", "b"]
cargoexamples = ["demo"]
`),
    ).toEqual([
      '2: DYNAMIC_INIT',
      '3: COOKBOOK_CARGO_PATH="sub dir"',
      '4: COOKBOOK_CARGO_LOCKED=',
      '5: COOKBOOK_CARGO_FLAGS+=(',
      '6: "--features cli"',
      '7: "--no-default-features"',
      '5: )',
      '9: __cookbook_words=(',
      '9: "a"',
      '9: "b"',
      '9: )',
      '9: cookbook_cargo_packages "${__cookbook_words[@]}"',
      '10: __cookbook_words=(',
      '10: "demo"',
      '10: )',
      '10: cookbook_cargo_examples "${__cookbook_words[@]}"',
    ]);
    expect(
      scriptOf('[build]\ntemplate = "cargo"\ncargopackages = ["a"]\ncargopackagesprefixed = true\n').text,
    ).toContain('cookbook_cargo_packages_prefixed');
    for (const [template, key, array] of [
      ['configure', 'configureflags', 'COOKBOOK_CONFIGURE_FLAGS'],
      ['cmake', 'cmakeflags', 'COOKBOOK_CMAKE_FLAGS'],
      ['meson', 'mesonflags', 'COOKBOOK_MESON_FLAGS'],
      ['python', 'pipflags', 'COOKBOOK_PYTHON_PIP_FLAGS'],
    ]) {
      expect(scriptOf(`[build]\ntemplate = "${template}"\n${key} = ["-x"]\n`).text).toBe(
        `DYNAMIC_INIT\n${array}+=(\n"-x"\n)\ncookbook_${template}\n`,
      );
    }
  });

  it('refuses a template that runs no script', () => {
    expect(() => scriptOf('[build]\ntemplate = "none"\n')).toThrow('template "none" has no script to run');
  });
});

describe('flags in bash', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nx-redox-shell-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** What a program gets as arguments from an array of flags. */
  async function inBash(flags: readonly string[], expansion: string): Promise<string[]> {
    const file = join(folder, 'script');
    const toml = stringify({ build: { template: 'configure', configureflags: flags } });
    const text = `${scriptOf(toml).text}\n`.replace('cookbook_configure', `printf '%s\\0' ${expansion}`);
    await writeFile(file, `function DYNAMIC_INIT { :; }\n${text}`);
    const { stdout } = await promisify(execFile)('bash', ['-e', file], { env: { PATH: process.env.PATH, V: 'a  b' } });
    return stdout.split('\0').slice(0, -1);
  }

  const QUOTED = '"${COOKBOOK_CONFIGURE_FLAGS[@]}"';
  // Bash itself doubles the characters 1 and 127 in such an array: it marks quoted places with them.
  const special = ['$', '`', '"', '\\', '\0', '\x01', '\x7f'];
  const plain = fc
    .array(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((char) => !special.includes(char)))
    .map((chars) => chars.join(''));

  it('arrive as they are if they hold nothing that bash expands', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plain, { minLength: 1 }), async (flags) => {
        expect(await inBash(flags, QUOTED)).toEqual(flags);
      }),
      { numRuns: 60 },
    );
  });

  it('are expanded as in the cookbook', async () => {
    expect(inDoubleQuotes('-D"x"')).toBe('"-D"x""');
    expect(await inBash(['--with=$V', '--now=`echo c`', '-DA="x y"', '\\$V', '--features cli'], QUOTED)).toEqual([
      '--with=a  b',
      '--now=c',
      '-DA=x',
      'y',
      '$V',
      '--features cli',
    ]);
    // Unquoted, as cargo's.
    expect(await inBash(['--features cli', '-v'], '${COOKBOOK_CONFIGURE_FLAGS[@]}')).toEqual([
      '--features',
      'cli',
      '-v',
    ]);
  });
});

describe('stringLines', () => {
  it('finds the line of each line of any script', () => {
    // Each piece is TOML for part of a string; words are numbered, so that each can be found again in the file.
    const piece = fc.constantFrom('WORD', ' ', '\n', '\\n', '\\\n', '\\  \n   \n  ', '\\t', '\\\\', '\\"', '""x', '#');
    fc.assert(
      fc.property(fc.array(piece), fc.nat(3), fc.boolean(), (pieces, before, first) => {
        let word = 0;
        const body = pieces.map((text) => (text === 'WORD' ? `<${word++}>` : text)).join('');
        const file = `${'\n'.repeat(before)}script = """${first ? '\n' : ''}${body}"""\nend = 1\n`;
        const { script } = parse(file) as { script: string };
        const lines = stringLines(file, file.indexOf('"'));
        const valueLines = script.split('\n');
        expect(lines).toHaveLength(valueLines.length);
        valueLines.forEach((text, index) => {
          const [found] = /<\d+>/.exec(text) ?? [];
          if (found === undefined) return;
          const line = file.slice(0, file.indexOf(found)).split('\n').length;
          // A joined line begins in an earlier line of the file.
          expect(line).toBeGreaterThanOrEqual(lines[index]!);
          expect(line).toBeLessThan(lines[index + 1] === undefined ? Infinity : lines[index + 1]! + 1);
        });
      }),
    );
  });
});
