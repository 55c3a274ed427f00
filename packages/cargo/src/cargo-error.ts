import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { UserError } from '@nx-redox/kit';

/** cargo ended with an error; `compile` if a crate did not compile or link. */
export class CargoError extends UserError {
  constructor(
    readonly reason: 'compile' | 'lock' | 'network' | 'other',
    message: string,
    details: { file: string; advice?: string[] },
  ) {
    super(message, details);
  }
}

const NETWORK =
  /spurious network error|failed to download|failed to fetch|download of .* failed|could(?:n't| not) (?:resolve|connect)|attempting to make an HTTP request, but --offline/i;

/** What to tell about a cargo run that failed. */
export function explainFailure(
  task: { workspaceRoot: string; manifestPath: string },
  failed: string[],
  said: string,
  signal?: string,
): CargoError {
  const file = relative(task.workspaceRoot, task.manifestPath);
  const plain = stripVTControlCharacters(said);
  const cargoSaid = said === '' ? '' : `:\n${said}`;
  if (signal !== undefined) {
    const advice = signal === 'SIGKILL' ? ['the system may have run out of memory: set CARGO_BUILD_JOBS=1'] : [];
    return new CargoError('other', `cargo was ended by ${signal}${cargoSaid}`, { file, advice });
  }
  if (/because --locked was passed/.test(plain)) {
    return new CargoError('lock', 'Cargo.lock is missing or does not fit this manifest', {
      file,
      advice: [
        `bring it up to date and commit it: cargo update --workspace --manifest-path ${file}`,
        'if you did not change a manifest, take Cargo.lock from where the source comes from',
      ],
    });
  }
  const repository = /unable to update ((?!registry)[a-z][\w+.-]*:\/\/[^\s?#]+)/.exec(plain)?.[1];
  if (failed.length === 0 && repository !== undefined) {
    const crate = /failed to get `([^`]+)` as a dependency/.exec(plain)?.[1];
    // Git's own words, which cargo's attempts repeat; without them, cargo's last ones.
    const reason = /^fatal: (.*)$/m.exec(plain)?.[1] ?? plain.trimEnd().split('\n').at(-1)!.trim();
    const what = crate === undefined ? 'a git repository' : `crate "${crate}"`;
    return new CargoError('network', `${what} could not be fetched from ${repository}: ${reason}`, {
      file,
      advice: [
        `if there is a mirror: git config --global url."<address of the mirror>".insteadOf ${repository}`,
        "check the network, git's proxy and credentials: git itself fetches, with your configuration",
        `or put another crate in its place: [nx.patch."${repository}"] in the recipe`,
      ],
    });
  }
  if (failed.length === 0 && NETWORK.test(plain)) {
    return new CargoError('network', `a crate that is not on this machine yet could not be fetched${cargoSaid}`, {
      file,
      advice: [
        "check the network, and cargo's proxy and mirrors (HTTPS_PROXY, [source] in cargo's config.toml)",
        `or fetch while the network is there: cargo fetch --locked --manifest-path ${file}`,
      ],
    });
  }
  if (failed.length > 0) {
    return new CargoError('compile', `could not compile ${failed.join(', ')}: see the messages above`, { file });
  }
  // A build script that fails, or a compiler that crashes, is no diagnostic.
  const reason = /could not compile|failed to run custom build command/.test(plain) ? 'compile' : 'other';
  return new CargoError(reason, `cargo failed${cargoSaid}`, { file });
}
