import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { v2 as webdav } from 'webdav-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkspace, type Workspace } from './workspace';

/** A task that is cached and does next to nothing. */
const TASK = ['run', 'logd:fetch'];

describe('a cache server', () => {
  let workspace: Workspace;
  let server: webdav.WebDAVServer;
  let store: string;
  let port: number;
  beforeAll(async () => {
    workspace = await createWorkspace();
    store = join(await workspace.scratch('server'), 'v1/cache');
    await mkdir(store, { recursive: true });
    server = new webdav.WebDAVServer({ hostname: '127.0.0.1', port: 0 });
    await server.setFileSystemAsync('/', new webdav.PhysicalFileSystem(join(store, '../..')));
    port = ((await server.startAsync(0)).address() as AddressInfo).port;
  });
  afterAll(async () => {
    await server?.stopAsync().catch(() => undefined);
    await workspace?.remove();
  });

  /** On a machine that has no results of its own. */
  const elsewhere = async (at = port) => {
    const own = await workspace.scratch('machine');
    const { exitCode, output } = await workspace.nx(TASK, {
      env: {
        NX_SELF_HOSTED_REMOTE_CACHE_SERVER: `http://127.0.0.1:${at}`,
        NX_CACHE_DIRECTORY: join(own, 'cache'),
        NX_WORKSPACE_DATA_DIRECTORY: join(own, 'data'),
        REDOX_CACHE_PATIENCE: '2',
      },
    });
    expect(exitCode, output).toBe(0);
    const after = output.slice(output.indexOf('Successfully ran'));
    expect(after, output).not.toMatch(/error|failed|misconfigured/i);
    return output;
  };

  it('brings what another machine has made', async () => {
    expect(await elsewhere()).not.toContain('remote cache');
    expect(await readdir(store)).toHaveLength(1);
    expect(await elsewhere()).toContain('[remote cache]');
  });

  it('that gives nonsense costs time, not the run', async () => {
    const [name] = await readdir(store);
    await writeFile(join(store, name!), '<!doctype html><h1>It works!</h1>');
    expect(await elsewhere()).toMatch(/warning: the cache server .* what it sent is no whole archive/);
    // What was made instead has taken its place.
    expect(await elsewhere()).toContain('[remote cache]');
  });

  it('that is silent, or not there, costs time, not the run', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const other = (silent.address() as AddressInfo).port;
    expect(await elsewhere(other)).toContain('it is silent for 2 s; this run goes on without it');
    silent.close();
    await server.stopAsync();
    expect(await elsewhere()).toMatch(/warning: the cache server .*; this run goes on without it/);
  });
});
