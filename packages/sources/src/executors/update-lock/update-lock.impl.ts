import { executor } from '@nx-redox/kit/options';
import type { RecipeLock } from '../../lock/lock-file';
import { updateLock } from '../../lock/update';
import { sourceTask } from '../../task';
import { schema } from './options';

function pinned(lock: RecipeLock | undefined): string {
  switch (lock?.source.kind) {
    case 'git':
      return `commit ${lock.source.commit.slice(0, 12)}`;
    case 'tar':
      return `archive ${lock.source.blake3.slice(0, 12)}`;
    case 'same-as':
      return `files ${lock.digest.slice('sha256:'.length).slice(0, 12)}`;
    case undefined:
      return 'nothing';
  }
}

/** `@nx-redox/sources:update-lock`: an adapter of {@link updateLock}. */
export default executor(schema, async ({ recipe, ...options }, { root }, signal) => {
  const { done, before, lock } = await updateLock(root, recipe, options, sourceTask({ signal }));
  const file = `${recipe}/recipe.lock`;
  const said = {
    none: `${recipe} has no source that needs a lock.`,
    unchanged: `${file} stays at ${pinned(lock)}: nothing that counts for this recipe is newer.`,
    written: `${file}: from ${pinned(before)} to ${pinned(lock)}.`,
  };
  process.stdout.write(`${said[done]}\n`);
});
