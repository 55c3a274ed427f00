import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatError } from '@nx-redox/kit';
import type { Location } from '@nx-redox/toolchain';
import type { ScriptExecutorOptions } from '../executors/script/options';
import type { InputsCheck } from '../inputs/coverage';
import { buildByScript } from '../script/build';
import { WORK_FOLDERS } from '../script/task';
import { hostTask, scriptTask } from './tasks';
import { testToolchain } from './tiny-workspace';

/** Options of a build; `machine` is one of recipes only. */
type BenchOptions = Partial<ScriptExecutorOptions> & { machine?: 'host' };

/** Writes recipes into a workspace and builds them. */
export class ScriptBench {
  /** What the hashes of tasks cover; undefined if nobody keeps results. */
  inputs?: InputsCheck;
  /** Where scripts work. */
  workFolder: string = WORK_FOLDERS.system;

  constructor(readonly root: string) {}

  /** What the task toolchain:install leaves. */
  async installToolchain(location?: Location, capabilities: object = {}): Promise<void> {
    const able = { cranelift: true, llvm: true, ...capabilities };
    const identity = { id: '0123456789abcdef', commit: 'test', capabilities: able };
    await this.write('dist/toolchain/location.json', JSON.stringify(location ?? (await testToolchain())));
    await this.write('dist/toolchain/identity.json', JSON.stringify(identity));
  }

  async write(path: string, text: string, mode = 0o644): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text, { mode });
  }

  async build(name: string, { machine, ...more }: BenchOptions = {}, env: NodeJS.ProcessEnv = process.env) {
    let output = '';
    const options = {
      arch: 'aarch64' as const,
      backend: 'llvm' as const,
      recipe: `recipes/${name}/recipe.toml`,
      outputPath: `dist/{arch}/{backend}/${name}`,
      ...more,
    };
    const task =
      machine === 'host'
        ? hostTask({ ...options, machine }, name, this.root, this.workFolder)
        : scriptTask(options, name, this.root, this.workFolder);
    const done = await buildByScript(task, (text) => (output += text), { env, inputs: this.inputs }).then(
      (artifact) => ({ artifact, error: '' }),
      (error: unknown) => ({ artifact: undefined, error: formatError(error) }),
    );
    const staged = (path: string) => join(task.outputDir, 'stage', path);
    return { ...done, output, task, staged, read: (path: string) => readFile(staged(path), 'utf8') };
  }

  /** A recipe of template custom with this script, built. */
  async custom(name: string, script: string, more: BenchOptions = {}, env?: NodeJS.ProcessEnv) {
    await this.write(`recipes/${name}/recipe.toml`, `[build]\ntemplate = "custom"\nscript = '''\n${script}'''\n`);
    return this.build(name, more, env);
  }
}
