import type { PreTasksExecution } from '@nx/devkit';
import type { Relay } from './relay';

const SERVER = 'NX_SELF_HOSTED_REMOTE_CACHE_SERVER';
/** Seconds that a cache server may take to answer, if not {@link DEFAULT_PATIENCE}. */
const PATIENCE = 'REDOX_CACHE_PATIENCE';
const DEFAULT_PATIENCE = 10;
const LOOPBACK = '127.0.0.1';

/** By the run of Nx that each is for: the relay, and the address in whose place it stands. */
const relays = new Map<string, { relay: Relay; server: string }>();

/**
 * Puts our relay before a self-hosted cache server. Nx reads the address of the server after this; what is written into
 * the environment here gets into its own, whatever process this is.
 */
export const preTasksExecution: PreTasksExecution = async (_, { id }) => {
  const { env } = process;
  const server = env[SERVER];
  // What is no address is Nx's to complain of.
  if (server === undefined || !URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol)) return;
  const warn = (line: string): void => void process.stderr.write(`warning: ${line}\n`);
  const seconds = Number(env[PATIENCE]);
  try {
    // The graph is made without it.
    const { startRelay } = await import('./relay.js');
    const relay = await startRelay({
      server,
      patienceMs: 1000 * (seconds > 0 ? seconds : DEFAULT_PATIENCE),
      warn,
    });
    relays.set(id, { relay, server });
    env[SERVER] = relay.url;
    reachDirectly(env);
  } catch (error) {
    warn(`nothing stands between Nx and its cache server: ${(error as Error).message}`);
  }
};

/** Ends the relay of a run. @param id of the run. */
export async function endRelay(id: string): Promise<void> {
  const found = relays.get(id);
  if (found === undefined) return;
  relays.delete(id);
  // The daemon's process goes on.
  if (process.env[SERVER] === found.relay.url) process.env[SERVER] = found.server;
  await found.relay.close();
}

/** The relay is reached without a proxy. */
function reachDirectly(env: NodeJS.ProcessEnv): void {
  if (!Object.keys(env).some((name) => /^(https?|all)_proxy$/i.test(name))) return;
  const names = ['NO_PROXY', 'no_proxy'].filter((name) => env[name] !== undefined);
  for (const name of names.length > 0 ? names : ['NO_PROXY']) {
    const hosts = (env[name] ?? '').split(',').filter(Boolean);
    if (!hosts.includes(LOOPBACK)) env[name] = [...hosts, LOOPBACK].join(',');
  }
}
