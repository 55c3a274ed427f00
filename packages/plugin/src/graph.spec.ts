import { existsSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readGraph } from './graph';
import type { Graph } from './inferred-graph';
import { normalizeOptions } from './options';
import { SMALL_SYSTEM, TestWorkspace } from './testing/workspace';

const OPTIONS = normalizeOptions({ systems: ['mini', 'book'] }, {});

/** What a recipe of a collection can say. */
const BOOK = [
  '[build]\ntemplate = "custom"\nscript = ""\ndependencies = ["a", "host:b"]\n',
  '[build]\ntemplate = "custom"\nscript = ""\ndependencies = ["b", "c"]\n',
  '[source]\npath = "."\n[build]\ntemplate = "cargo"\n[nx]\nkind = "library"\n',
  '[source]\nsame_as = "../a"\n[build]\ntemplate = "remote"\n',
  '[build]\ntemplat = "cargo"\n',
];

/** Files whose content, presence or absence changes the graph, with what they can hold. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'recipes/book/a/recipe.toml': BOOK,
  'recipes/book/b/recipe.toml': BOOK,
  'recipes/book/c/recipe.toml': BOOK,
  'recipes/book/c/Cargo.toml': ['[package]\nname = "c"\n', '[package]\nname = "other"\n'],
  'recipes/mini/logd/recipe.toml': [
    SMALL_SYSTEM['recipes/mini/logd/recipe.toml']!,
    `${SMALL_SYSTEM['recipes/mini/logd/recipe.toml']}linker-script = "logd.ld"\n`,
  ],
  'recipes/mini/logd/logd.ld': [''],
  'recipes/mini/logd/Cargo.toml': [
    '[package]\nname = "logd"\n',
    '[package]\nname = "logd"\n[dependencies]\nrt = { path = "../rt" }\n',
  ],
  'recipes/mini/initfs/etc/init.rc': ['logd\n'],
  'recipes/mini/Cargo.lock': [
    'version = 4\n',
    'version = 4\n[[package]]\nname = "logd"\nversion = "0.0.0"\ndependencies = ["bit"]\n[[package]]\nname = "bit"\nversion = "1.0.0"\nsource = "registry+x"\nchecksum = "00"\n',
  ],
  'recipes/toolchain/toolchain.toml': ['[toolchain]\nrust = "1.95.0"\n', '[toolchain]\nrust = 1\n'],
  'package-lock.json': ['{}', '"@nx-redox/kit @nx-redox/recipe"'],
};

describe('readGraph', () => {
  let workspace: TestWorkspace;
  let time: number;
  beforeEach(() => {
    workspace = new TestWorkspace({ ...SMALL_SYSTEM, 'recipes/book/a/recipe.toml': BOOK[0]! });
    time = 1_000;
    // All files of a test were changed long ago.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  const write = (file: string, text: string | undefined) => {
    if (text === undefined) {
      if (existsSync(join(workspace.root, file))) workspace.remove(file);
      return;
    }
    workspace.write(file, text);
    // Two writes within one tick of the clock would look the same.
    time++;
    utimesSync(join(workspace.root, file), time, time);
  };
  const read = async (caches: string): Promise<Graph> => {
    vi.stubEnv('NX_WORKSPACE_DATA_DIRECTORY', caches);
    return readGraph(
      workspace.files().filter((file) => file.endsWith('.toml') && !file.endsWith('Cargo.toml')),
      OPTIONS,
      workspace.root,
    );
  };
  const plain = (graph: Graph): unknown => JSON.parse(JSON.stringify(graph));
  const cacheFile = () => join(workspace.root, '.nx/kept/nx-redox-graph.json');

  it('makes a graph once', async () => {
    const made = await read('.nx/kept');
    expect(made.edges.length).toBeGreaterThan(0);
    const { ino } = statSync(cacheFile());
    expect(await read('.nx/kept')).toEqual(plain(made));
    expect(statSync(cacheFile()).ino).toBe(ino);
  });

  it.each<[string, (file: string) => void]>([
    ['is removed', (file) => workspace.remove(file)],
    [
      'changes',
      (file) => {
        workspace.write(file, BOOK[1]!);
        const soon = Date.now() / 1_000 + 1;
        utimesSync(join(workspace.root, file), soon, soon);
      },
    ],
  ])('keeps nothing of a file that %s before the caches are written', async (_, change) => {
    vi.stubEnv('NX_WORKSPACE_DATA_DIRECTORY', '.nx/kept');
    const file = 'recipes/book/a/recipe.toml';
    const files = workspace.files().filter((name) => /(recipe|system|toolchain)\.toml$/.test(name));
    let write = (): void => expect.unreachable();
    const before = plain(await readGraph(files, OPTIONS, workspace.root, (work) => (write = work)));
    change(file);
    write();
    const kept = plain(await readGraph(files, OPTIONS, workspace.root));
    expect(kept).not.toEqual(before);
    vi.stubEnv('NX_WORKSPACE_DATA_DIRECTORY', '.nx/fresh');
    expect(kept).toEqual(plain(await readGraph(files, OPTIONS, workspace.root)));
  });

  it('gives the same graph with caches as without, whatever happens to the files', async () => {
    const edit = fc
      .constantFrom(...Object.keys(FILES))
      .chain((file) => fc.tuple(fc.constant(file), fc.constantFrom(undefined, ...FILES[file]!)));
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        for (const [file, text] of edits) write(file, text);
        const fresh = plain(await read(`.nx/fresh-${runs++}`));
        expect(plain(await read('.nx/kept'))).toEqual(fresh);
        expect(plain(await read('.nx/kept'))).toEqual(fresh);
      }),
      { numRuns: 60 },
    );
  });
});
