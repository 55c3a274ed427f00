import { UserError } from '@nx-redox/kit';
import { PROVIDERS, type ProviderName } from '../location';
import type { ProviderOptions } from './provider';

/** What the user asked for; options come before environment variables. */
export interface Choice {
  /** The one provider to use; without it the automatic order is tried. */
  provider?: ProviderName;
  options: ProviderOptions;
}

/**
 * Decides which provider is meant. A provider that was asked for, by an option or a variable, is the only one.
 *
 * @throws {UserError} if options contradict each other.
 */
export function chooseProvider(given: ProviderOptions & { provider?: ProviderName }, env: NodeJS.ProcessEnv): Choice {
  const { provider } = given;
  if (provider && !PROVIDERS.includes(provider)) {
    throw new UserError(`there is no toolchain provider "${provider}"`, {
      advice: `use one of: ${PROVIDERS.join(', ')}`,
    });
  }
  for (const name of ['path', 'archive'] as const) {
    if (provider && provider !== name && given[name]) {
      throw new UserError(`the options "provider": "${provider}" and "${name}" contradict each other`, {
        advice: 'give one of them',
      });
    }
  }
  if (given.path && given.archive) {
    throw new UserError('the options "path" and "archive" contradict each other', { advice: 'give one of them' });
  }
  const options: ProviderOptions = {
    path: given.path ?? (env.REDOX_TOOLCHAIN || undefined),
    archive: given.archive ?? (env.REDOX_TOOLCHAIN_ARCHIVE || undefined),
    sha256: given.sha256 ?? (env.REDOX_TOOLCHAIN_SHA256 || undefined),
    stable: given.stable ?? (env.REDOX_RUST_STABLE || undefined),
    source: given.source ?? (env.REDOX_RUSTC_SOURCE || undefined),
  };
  const byOption = given.path ? 'path' : given.archive ? 'archive' : undefined;
  const byVariable = options.path ? 'path' : options.archive ? 'archive' : undefined;
  return { provider: provider ?? byOption ?? byVariable, options };
}
