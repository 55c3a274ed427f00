import { devNull } from 'node:os';

export { shellQuote } from './shell-quote';

/**
 * Settings for every run of git on something from outside: no program starts that a repository names (monitors, hooks,
 * remote helpers that are shells). To be put before the command; git hands them on to the gits that it starts.
 */
export const SAFE_GIT: readonly string[] = [
  'core.fsmonitor=false',
  `core.hooksPath=${devNull}`,
  'protocol.ext.allow=never',
].flatMap((setting) => ['-c', setting]);
