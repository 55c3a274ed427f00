import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { run } from '@nx-redox/kit';

const ROOT = join(__dirname, '..', '..', '..');
const TOOLS = join(ROOT, 'tools', 'release');

/** A registry on the loopback address that has our packages, and hands on everything else. */
export interface Registry {
  url: string;
  /** Variables with which npm installs from it, with a cache of its own. */
  env: Record<string, string>;
  /** A folder for what is installed from it; removed by `stop`. */
  folder: string;
  stop(): Promise<void>;
}

async function must(
  command: string,
  args: readonly string[],
  options: Parameters<typeof run>[2] = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await run(command, args, options);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Settings of verdaccio. JSON is YAML, too. */
function settings(folder: string, uplink: string): string {
  const ours = { access: '$all', publish: '$all', unpublish: '$all' };
  return JSON.stringify({
    storage: join(folder, 'storage'),
    uplinks: { public: { url: uplink, cache: false, timeout: '120s' } },
    packages: { '@nx-redox/*': ours, 'nx-redox': ours, '**': { access: '$all', proxy: 'public' } },
    max_body_size: '100mb',
    log: { type: 'stdout', format: 'pretty', level: 'error' },
    web: { enable: false },
  });
}

/** Starts verdaccio in an empty folder and publishes every package to it, as packed from this workspace. */
export async function startRegistry(): Promise<Registry> {
  await must(process.execPath, ['-e', "import('./install.mjs').then((tools) => tools.installReleaseTools())"], {
    cwd: TOOLS,
  });
  await mkdir(join(ROOT, 'tmp', 'e2e'), { recursive: true });
  const folder = await mkdtemp(join(ROOT, 'tmp', 'e2e', 'registry-'));
  const home = join(folder, 'home');
  await mkdir(home);
  const uplink = (await must('npm', ['config', 'get', 'registry'], { cwd: home })).trim();
  const config = join(folder, 'verdaccio.yaml');
  await writeFile(config, settings(folder, uplink));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const server = spawn(
    process.execPath,
    [join(TOOLS, 'node_modules/verdaccio/bin/verdaccio'), '--config', config, '--listen', `127.0.0.1:${port}`],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const stop = async () => {
    server.kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await answers(`${url}-/ping`, server);
    const userconfig = join(home, '.npmrc');
    // npm asks for some token before it publishes; the registry asks for none.
    await writeFile(userconfig, `registry=${url}\n//127.0.0.1:${port}/:_authToken=nobody\nfund=false\naudit=false\n`);
    const env = {
      npm_config_userconfig: userconfig,
      npm_config_cache: join(folder, 'npm-cache'),
    };
    const tarballs = (await must(process.execPath, [join(TOOLS, 'pack.mjs'), join(folder, 'packed')]))
      .trim()
      .split('\n');
    for (const tarball of tarballs) {
      await must('npm', ['publish', tarball, '--ignore-scripts', `--registry=${url}`], { cwd: home, env });
    }
    return { url, env, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function answers(url: string, server: { exitCode: number | null }): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`verdaccio ended with exit code ${server.exitCode}`);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
