import { UserError } from '@nx-redox/kit';
import { formatFiles, logger } from '@nx/devkit';
import { asGenerator } from '../as-generator';
import { activeSystems, presentSystems, setSystems } from '../nx-json';
import { requireFolder } from '../systems';
import { schema } from './options';

/** Makes a system the active one: its projects get bare names, and new recipes go there. */
export const useGenerator = asGenerator('use', schema, async (tree, { system, only, skipFormat }) => {
  if (!system) throw new UserError('the name of a system is needed', { advice: 'nx g @nx-redox/plugin:use mini' });
  requireFolder(tree, system);
  const before = activeSystems(tree);
  const after = only ? [system] : [system, ...presentSystems(tree).filter((other) => other !== system)];
  if (after.join() === before.join()) {
    logger.info(`${system} is the active system already.`);
    return;
  }
  setSystems(tree, after);
  if (!skipFormat) await formatFiles(tree);
  return () => logger.info(describe(after));
});

function describe([first, ...others]: readonly string[]): string {
  const rest = others.map((name) => `those of ${name} begin with "${name}-"`);
  return [`Projects of ${first} have bare names now`, ...rest].join('; ') + '.';
}

export default useGenerator;
