import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@nx-redox/kit';
import { git, type Workspace } from './workspace';

const ROOT = join(__dirname, '..', '..', '..');

/** The first Nx whose `affected` can select tasks has no plugins for eslint, so the workspace itself stays with an older one. */
const VERSION = '23.3.2';
const PACKAGES = ['nx', '@nx/devkit'];

/** `nx affected` selects projects by their files, or tasks by their inputs: the default from Nx 24 on. */
export const AFFECTED_MODES = ['projects', 'tasks'] as const;
export type AffectedMode = (typeof AFFECTED_MODES)[number];

/** A folder with node_modules that has that Nx and what it needs; it is kept for the next run. */
async function newerNx(): Promise<string> {
  const folder = join(ROOT, 'tmp', 'e2e', `nx-${VERSION}`);
  if (existsSync(folder)) return folder;
  const made = await mkdtemp(join(ROOT, 'tmp', 'e2e', 'nx-'));
  await writeFile(join(made, 'package.json'), '{}');
  const packages = PACKAGES.map((name) => `${name}@${VERSION}`);
  // Nested: each of the packages is complete in its folder, whatever is beside it.
  const options = ['--install-strategy=nested', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  const result = await run('npm', ['install', `--prefix=${made}`, ...options, ...packages], {
    cwd: made,
    timeoutMs: 120_000,
  });
  if (result.exitCode !== 0) {
    await rm(made, { recursive: true });
    const why = result.timedOut ? 'npm did not end within two minutes' : result.stderr.trim();
    throw new Error(`${packages.join(' and ')}, which have task-level affected, cannot be had from npm: ${why}`);
  }
  await rename(made, folder);
  return folder;
}

/** Gives a workspace the Nx with this mode; returns the variables that `nx` needs for it. */
export async function selectBy(workspace: Workspace, mode: AffectedMode): Promise<Record<string, string | undefined>> {
  const from = mode === 'tasks' ? await newerNx() : ROOT;
  for (const name of PACKAGES) {
    // Removed first: what is there are hard links to the files of this workspace.
    await rm(join(workspace.root, 'node_modules', name), { recursive: true });
    const [source, target] = [from, workspace.root].map((root) => join(root, 'node_modules', name));
    const { exitCode, stderr } = await run('cp', ['-al', source!, target!]);
    if (exitCode !== 0) throw new Error(stderr);
  }
  return { NX_LEGACY_AFFECTED: mode === 'tasks' ? 'false' : undefined };
}

/** A git repository with a crate that programs can depend on. */
export class CrateRepository {
  private constructor(readonly path: string) {}

  static async create(path: string): Promise<CrateRepository> {
    const crate = new CrateRepository(path);
    await git(path, ['init', '--quiet', '--initial-branch=main']);
    await writeFile(
      join(path, 'Cargo.toml'),
      '[package]\nname = "banner"\nversion = "0.1.0"\nedition = "2024"\n\n[lib]\npath = "lib.rs"\n',
    );
    await crate.commit('first');
    return crate;
  }

  get url(): string {
    return `file://${this.path}`;
  }

  async commit(text: string): Promise<void> {
    await writeFile(join(this.path, 'lib.rs'), `#![no_std]\npub const TEXT: &str = "${text}";\n`);
    await git(this.path, ['add', '--all']);
    await git(this.path, ['commit', '--quiet', '--message=change']);
  }
}
