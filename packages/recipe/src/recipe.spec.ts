import { describe, expect, it, vi } from 'vitest';
import { builderOf } from './builder';
import { formatDiagnostic, hasErrors, TomlDocument } from '@nx-redox/kit/toml';
import { parseRecipe } from './recipe';

const FILE = 'recipes/mini/x/recipe.toml';

function problems(text: string): string[] {
  return parseRecipe(text, FILE).diagnostics.map(formatDiagnostic);
}

describe('parseRecipe', () => {
  it('reads every key of the cookbook', () => {
    const sources = [
      'same_as = "../other"',
      'path = "src"',
      'git = "https://example.org/x.git"\nupstream = "https://example.org/y"\nbranch = "main"\nrev = "v1"\nshallow_clone = true\npatches = ["a.patch"]\nscript = """\ntrue\n"""',
      `tar = "https://example.org/x.tar.xz"\nblake3 = "${'0a'.repeat(32)}"\npatches = []\nscript = "true"`,
    ];
    const builds = [
      'template = "none"',
      'template = "remote"',
      'template = "cargo"\ncargopath = "x"\ncargoflags = ["--features a"]\ncargopackages = ["a"]\ncargoexamples = ["b"]\nclearlocked = true\ncargopackagesprefixed = false',
      'template = "configure"\nconfigureflags = [""]',
      'template = "cmake"\ncmakeflags = ["-DX=1"]',
      'template = "meson"\nmesonflags = ["-Dx=1"]',
      'template = "python"\npyprojectpath = "p"\npipflags = ["-v"]\nlegacysetup = true',
      'template = "custom"\nscript = "make"\ndependencies = ["host:zlib", "llvm21.dev"]\ndev-dependencies = ["ecm"]',
    ];
    for (const source of sources) {
      for (const build of builds) {
        const text = `[source]\n${source}\n[build]\n${build}\n[package]\ndependencies = ["a"]\nversion = "1"\ndescription = "d"\n[[optional-packages]]\nname = "dev"\ndependencies = [".x"]\nfiles = ["usr/include/**"]\n`;
        expect(problems(text)).toEqual([]);
      }
    }
  });

  it('reads the table of nx-redox', () => {
    const { recipe, diagnostics } = parseRecipe(
      `[source]
path = "."
[build]
template = "cargo"
[nx]
kind = "kernel"
package = "k"
bin = "kernel"
spec = "mini"
linker-script = "linkers/{arch}.ld"
features = ["acpi"]
default-features = false
rustflags = ["--cfg=x"]
cfgs = ["soft"]
submodules = []
[nx.patch.crates-io]
libc = { recipe = "relibc-crate" }
[nx.patch."https://example.org/relibc.git"]
redox-rt = { recipe = "relibc", path = "redox-rt" }
generic-rt = { path = "crates/generic-rt" }
goblin = { version = "0.10.0" }
`,
      FILE,
    );
    expect(diagnostics).toEqual([]);
    expect(recipe).toEqual({
      source: { kind: 'path', path: '.' },
      build: { template: 'cargo' },
      package: {},
      optionalPackages: [],
      kind: 'kernel',
      nx: {
        kind: 'kernel',
        package: 'k',
        bin: 'kernel',
        spec: 'mini',
        'linker-script': 'linkers/{arch}.ld',
        features: ['acpi'],
        'default-features': false,
        rustflags: ['--cfg=x'],
        cfgs: ['soft'],
        submodules: [],
        patch: {
          'crates-io': { libc: { recipe: 'relibc-crate', path: '.' } },
          'https://example.org/relibc.git': {
            'redox-rt': { recipe: 'relibc', path: 'redox-rt' },
            'generic-rt': { path: 'crates/generic-rt' },
            goblin: { version: '0.10.0' },
          },
        },
      },
      initfsLines: [],
    });
  });

  it('reads the manifest of an initfs, with the line of each entry', () => {
    const { recipe, diagnostics } = parseRecipe(
      `[build]
template = "none"
[nx.initfs]
format = "D"
bootstrap = "bootstrap"
[[nx.initfs.files]]
from = "zerod:usr/bin/zerod"
to = "bin/nulld"

[[nx.initfs.files]]
from = "etc/init.rc"
to = "etc/init.rc"
[[nx.initfs.files]]
link = "../bin/init"
to = "sbin/init"
`,
      FILE,
    );
    expect(diagnostics).toEqual([]);
    expect(recipe?.kind).toBe('initfs');
    expect(recipe?.nx.initfs?.files).toEqual([
      { entry: 0, recipe: 'zerod', path: 'usr/bin/zerod', to: 'bin/nulld' },
      { entry: 1, path: 'etc/init.rc', to: 'etc/init.rc' },
      { entry: 2, link: '../bin/init', to: 'sbin/init' },
    ]);
    expect(recipe?.initfsLines).toEqual([6, 10, 13]);
  });

  it('takes an empty file for a recipe that builds nothing', () => {
    const { recipe, diagnostics } = parseRecipe('', FILE);
    expect(diagnostics).toEqual([]);
    expect(recipe?.build).toEqual({ template: 'none' });
    expect(recipe?.kind).toBe('program');
  });

  it('keeps the columns when the file begins with a byte order mark', () => {
    expect(problems('\uFEFFbuld = 1')).toEqual([
      `${FILE}:1:2: unknown table "buld" in the file\n  → did you mean "build"?`,
    ]);
  });

  // Each mistake with the whole message that a user reads.
  it.each<[string, string, string[]]>([
    [
      'a typo in a key',
      '[build]\ntemplat = "cargo"',
      ['2:1: unknown key "templat" in [build]\n  → did you mean "template"?'],
    ],
    [
      'a typo in a table',
      '[biuld]\ntemplate = "cargo"',
      ['1:2: unknown table "biuld" in the file\n  → did you mean "build"?'],
    ],
    [
      'a key that nothing is like',
      '[nx]\ncolour = 1',
      [
        '2:1: unknown key "colour" in [nx]\n  → keys of [nx]: kind, tags, package, bin, spec, linker-script, features, default-features, rustflags, cfgs, env, inputs, submodules, budget, patch, initfs',
      ],
    ],
    [
      'b3sum',
      '[source]\ntar = "https://x/y.tar"\nb3sum = "0"',
      ['3:1: unknown key "b3sum" in [source]\n  → did you mean "blake3"?'],
    ],
    [
      'configure for configureflags',
      '[build]\ntemplate = "configure"\nconfigure = ["--x"]',
      ['3:1: unknown key "configure" in [build]\n  → did you mean "configureflags"?'],
    ],
    [
      'a key of another template',
      '[build]\ntemplate = "custom"\nscript = ""\ncargopath = "x"',
      ['4:1: warning: "cargopath" does nothing in [build]: it belongs to template "cargo", not "custom"'],
    ],
    [
      'a shallow tar',
      '[source]\ntar = "https://x/y.tar"\nshallow_clone = true',
      ['3:1: warning: "shallow_clone" does nothing in [source]: only a git source can be cloned shallowly'],
    ],
    [
      'a wrong type',
      '[build]\ntemplate = "cargo"\ndependencies = "rt"',
      ['3:16: build.dependencies must be a list of strings, not the string "rt"\n  → write it as a list: ["rt"]'],
    ],
    [
      'a wrong type in a list',
      '[build]\ntemplate = "cargo"\ndependencies = ["rt",\n  3]',
      ['4:3: build.dependencies[2] must be a string, not the number 3'],
    ],
    ['a table where text belongs', '[source]\npath = { a = 1 }', ['2:8: source.path must be a string, not a table']],
    ['a missing template', '[build]\ndependencies = []', ['1:2: [build] lacks the key "template"']],
    [
      'a missing script',
      '[build]\ntemplate = "custom"',
      ['1:2: [build] lacks the key "script"\n  → template "custom" runs a shell script: script = """..."""'],
    ],
    [
      'an unknown template',
      '[build]\ntemplate = "crago"',
      ['2:12: build.template = "crago" is unknown\n  → did you mean "cargo"?'],
    ],
    [
      'a template that upstream never had',
      '[build]\ntemplate = "go"',
      [
        '2:12: build.template = "go" is unknown\n  → known values: none, remote, cargo, configure, cmake, meson, python, custom',
      ],
    ],
    [
      'an empty source',
      '[source]',
      [
        '1:2: [source] does not say where the source is\n  → one of these keys is needed: same_as, path, git, tar\n  → leave the table out if the recipe has no source',
      ],
    ],
    [
      'a short hash',
      '[source]\ntar = "https://x/y.tar"\nblake3 = "abc"',
      ['3:10: source.blake3 must be a BLAKE3 hash: 64 hexadecimal digits'],
    ],
    [
      'invalid TOML',
      '[build]\ntemplate = cargo',
      [
        '2:12: invalid TOML: invalid value\n  → TOML wants `key = "value"` lines under `[table]` headers: strings in quotes, lists in brackets, no table twice',
      ],
    ],
    [
      'a table twice',
      '[build]\ntemplate = "none"\n[build]',
      [
        '3:2: invalid TOML: trying to redefine an already defined table or value\n  → TOML wants `key = "value"` lines under `[table]` headers: strings in quotes, lists in brackets, no table twice',
      ],
    ],
    [
      'an unknown kind',
      '[nx]\nkind = "deamon"',
      [
        '2:8: nx.kind = "deamon" is unknown\n  → known values: kernel, bootstrap, program, library, libc, bootloader, initfs',
      ],
    ],
    [
      'an absolute linker script',
      '[nx]\nlinker-script = "/k.ld"',
      ['2:17: nx.linker-script must be a relative path, without a leading /'],
    ],
    [
      'a budget that is no size, and one for something that no program is',
      '[nx]\nbudget = "96 KB"',
      ['2:10: nx.budget must be a number of bytes, or text such as "96 KiB" or "1.5 MiB", not the string "96 KB"'],
    ],
    [
      'a budget of a backend that there is not',
      '[nx.budget]\nclif = 100\nllvm = 0',
      [
        '3:8: nx.budget.llvm must be a number of bytes, or text such as "96 KiB" or "1.5 MiB", not the number 0',
        '2:1: unknown key "clif" in [nx.budget]\n  → keys of [nx.budget]: cranelift, llvm',
      ],
    ],
    [
      'a budget of a library',
      '[nx]\nkind = "library"\nbudget = 100',
      [
        '3:1: a recipe of kind "library" has no budget: what of it is in programs counts there\n  → give the programs one, or remove the key',
      ],
    ],
    [
      'a patch without a place, and one of something that is no source',
      '[nx.patch.relibc]\nredox-rt = {}',
      [
        '2:1: the patch of crate "redox-rt" does not say where the other crate is\n  → { recipe = "name", path = "folder/in/its/source" }, { path = "folder/of/this/recipe" } for a crate beside the recipe.toml, or { version = "1.2.3" } for one of crates.io',
        '1:11: "relibc" is neither crates-io nor a URL\n  → [nx.patch."https://…"] has the URL from which crates of the source come, as in [patch] of cargo',
      ],
    ],
    [
      'a patch that leads out',
      '[nx.patch.crates-io]\nlibc = { recipe = "a", path = "../b" }',
      ['2:31: nx.patch.crates-io.libc.path must be a plain path without ., .. or //'],
    ],
    [
      'a manifest without bootstrap',
      '[nx.initfs]\nformat = "D"',
      [
        '1:5: [nx.initfs] lacks the key "bootstrap"\n  → name the recipe that is started first: bootstrap = "bootstrap"',
      ],
    ],
    [
      'a manifest in a program',
      '[nx]\nkind = "program"\n[nx.initfs]\nbootstrap = "b"',
      ['3:5: [nx.initfs] belongs to kind "initfs", not "program"\n  → set [nx] kind = "initfs", or remove the table'],
    ],
    [
      'an entry of nothing',
      '[nx.initfs]\nbootstrap = "b"\n[[nx.initfs.files]]\nto = "bin/x"',
      [
        '3:13: the entry for "bin/x" says neither "from" nor "link"\n  → from = "recipe:usr/bin/program" or from = "etc/file" copies a file, link = "target" makes a symlink',
      ],
    ],
    [
      'an entry of two things',
      '[nx.initfs]\nbootstrap = "b"\n[[nx.initfs.files]]\nto = "bin/x"\nfrom = "a"\nlink = "b"',
      [
        '3:13: the entry for "bin/x" has both "from" and "link"\n  → from = "recipe:usr/bin/program" or from = "etc/file" copies a file, link = "target" makes a symlink',
      ],
    ],
    [
      'an absolute place',
      '[nx.initfs]\nbootstrap = "b"\n[[nx.initfs.files]]\nto = "/bin/x"\nfrom = "a"',
      ['4:6: nx.initfs.files[1].to must be a relative path, without a leading /'],
    ],
  ])('reports %s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected.map((line) => `${FILE}:${line}`));
  });

  it.each([
    ['1000', { cranelift: 1000, llvm: 1000 }],
    ['"96 KiB"', { cranelift: 98304, llvm: 98304 }],
    ['{ cranelift = "1.5 MiB", llvm = 40_000 }', { cranelift: 1572864, llvm: 40000 }],
    ['{ llvm = "1 B" }', { llvm: 1 }],
  ])('reads the budget %s', (text, expected) => {
    const { recipe, diagnostics } = parseRecipe(`[nx]\nbudget = ${text}`, FILE);
    expect(diagnostics).toEqual([]);
    expect(recipe?.nx.budget).toEqual(expected);
  });

  it('keeps what it can read of a recipe with mistakes', () => {
    const { recipe, diagnostics } = parseRecipe(
      '[build]\ntemplate = "cargo"\ncargoflags = 1\n[nx]\nkind = "kernel"\nspek = "mini"',
      FILE,
    );
    expect(hasErrors(diagnostics)).toBe(true);
    expect(recipe?.kind).toBe('kernel');
    expect(recipe?.build).toEqual({ template: 'cargo' });
    expect(parseRecipe('[build]\ntemplat = "cargo"', FILE).recipe?.build).toBeUndefined();
  });

  it('looks for no places in files without mistakes, which costs as much again: 3,467 recipes', () => {
    const texts = Array.from(
      { length: 3467 },
      (_, index) => `#TODO not compiled or tested
[source]
tar = "https://example.org/package-${index}.tar.xz"
blake3 = "${'0a'.repeat(32)}"
patches = ["redox.patch"]
[build]
template = "custom"
dependencies = ["zlib", "openssl3", "host:python312"]
script = """
DYNAMIC_INIT
COOKBOOK_CONFIGURE_FLAGS+=(
    --without-x
)
cookbook_configure
"""
[package]
dependencies = ["ca-certificates"]
`,
    );
    const places = vi.spyOn(TomlDocument.prototype, 'locations', 'get');
    const found = texts.map((text, index) => parseRecipe(text, `recipes/x/${index}/recipe.toml`).diagnostics.length);
    expect(found.every((count) => count === 0)).toBe(true);
    expect(places).not.toHaveBeenCalled();
    places.mockRestore();
  });
});

describe('builderOf', () => {
  const git = '[source]\ngit = "https://x"\n[build]\ntemplate = "cargo"';
  it.each([
    ['', undefined],
    ['[build]\ntemplate = "remote"', undefined],
    ['[build]\ntemplate = "meson"', 'script'],
    ['[build]\ntemplate = "custom"\nscript = "make"\n[nx]\nspec = "mini"', 'script'],
    [git, 'script'],
    [`${git}\ncargopath = "x"\n[nx]\nspec = "mini"`, 'cargo'],
    [`${git}\ncargoflags = ["--features x"]\n[nx]\nspec = "mini"`, 'script'],
  ])('%j', (text, expected) => {
    expect(builderOf(parseRecipe(text, FILE).recipe!)).toBe(expected);
  });
});
