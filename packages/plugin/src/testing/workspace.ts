import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { loadModel } from '../load-model';
import type { Model } from '../model';
import { normalizeOptions } from '../options';
import { ParseCache } from '../parse-cache';
import { Workspace } from '../workspace';

const SYSTEM = `[system]
name = "mini"
architectures = ["aarch64"]
kernel = "kernel"
initfs = "initfs"
boot = "direct"
[backend]
default = "cranelift"
[spec.mini]
base = { aarch64 = "aarch64-unknown-none" }
changes = ["panic-abort"]
[[stage]]
name = "kernel"
pattern = "starting"
timeout = 20
[[fail]]
pattern = "PANIC"
cause = "The kernel panicked."
[qemu.aarch64]
machine = "virt"
cpu = "cortex-a72"
memory = 256
`;

const MANIFEST = `[build]
template = "none"
[nx]
kind = "initfs"
[nx.initfs]
bootstrap = "bootstrap"
[[nx.initfs.files]]
from = "logd:usr/bin/logd"
to = "bin/logd"
[[nx.initfs.files]]
from = "etc/init.rc"
to = "etc/init.rc"
`;

function component(name: string, kind: string, dependencies = ''): Record<string, string> {
  return {
    [`recipes/mini/${name}/recipe.toml`]: `[source]\npath = "."\n[build]\ntemplate = "cargo"\n[nx]\nkind = "${kind}"\n`,
    [`recipes/mini/${name}/Cargo.toml`]: `[package]\nname = "${name}"\n[dependencies]\n${dependencies}`,
  };
}

/** The files of a small system: kernel, bootstrap, one service, a library that they share, an initfs. */
export const SMALL_SYSTEM: Readonly<Record<string, string>> = {
  'recipes/toolchain/toolchain.toml': '[toolchain]\nrust = "1.95.0"\n',
  'recipes/mini/system.toml': SYSTEM,
  'recipes/mini/Cargo.toml': '[workspace]\nmembers = ["*"]\n[workspace.dependencies]\nabi = { path = "abi" }\n',
  'recipes/mini/Cargo.lock': 'version = 4\n',
  ...component('kernel', 'kernel', 'abi.workspace = true\n'),
  ...component('bootstrap', 'bootstrap', 'rt = { path = "../rt" }\n'),
  ...component('logd', 'program', 'rt = { path = "../rt" }\n'),
  ...component('rt', 'library', 'abi.workspace = true\n'),
  'recipes/mini/abi/Cargo.toml': '[package]\nname = "abi"\n',
  'recipes/mini/initfs/recipe.toml': MANIFEST,
  'recipes/mini/initfs/etc/init.rc': 'logd\n',
};

const folders: string[] = [];
afterAll(async () => {
  // The graph writes its caches when all else is done.
  await new Promise((done) => setTimeout(done));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A workspace in a temporary folder, which is gone after the tests of the file. */
export class TestWorkspace {
  readonly root = mkdtempSync(join(tmpdir(), 'nx-redox-plugin-'));

  constructor(files: Readonly<Record<string, string>> = SMALL_SYSTEM) {
    folders.push(this.root);
    for (const [file, text] of Object.entries(files)) this.write(file, text);
  }

  write(file: string, text: string): void {
    const path = join(this.root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), 'utf8');
  }

  remove(file: string): void {
    rmSync(join(this.root, file), { recursive: true });
  }

  /** All files, as Nx would list them. */
  files(): string[] {
    return readdirSync(this.root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.root.length + 1))
      .sort();
  }

  cache(): ParseCache {
    return new ParseCache(join(this.root, '.nx/cache.json'), () => 'test');
  }

  model(systems: string[] = ['mini']): Model {
    return loadModel(this.files(), normalizeOptions({ systems }, {}), new Workspace(this.root, this.cache()));
  }
}
