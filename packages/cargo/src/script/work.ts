import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders and files of one run, all below the task's work folder. */
export class Work {
  readonly build: string;
  readonly stage: string;
  readonly source: string;
  readonly sysroot: string;
  readonly toolchain: string;
  readonly notes: string;
  readonly standIns: string;
  readonly script: string;
  readonly cargo: string;
  readonly messages: string;
  /** Stand-ins write here what they were called for. */
  readonly missing: string;

  constructor(readonly root: string) {
    this.build = join(root, 'build');
    this.stage = join(root, 'stage');
    this.source = join(root, 'source');
    this.sysroot = join(root, 'sysroot');
    this.toolchain = join(root, 'toolchain');
    this.notes = join(root, 'notes');
    this.standIns = join(root, 'stand-ins');
    this.script = join(root, 'recipe.sh');
    this.cargo = join(root, 'redox-cargo');
    this.messages = join(root, 'notes/cargo.json');
    this.missing = join(root, 'notes/missing');
  }

  async clear(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
    for (const folder of [this.build, this.stage, this.notes, this.standIns]) await mkdir(folder, { recursive: true });
    await writeFile(this.messages, '');
  }
}
