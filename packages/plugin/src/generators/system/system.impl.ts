import { UserError } from '@nx-redox/kit';
import { formatFiles, logger } from '@nx/devkit';
import { asGenerator } from '../as-generator';
import initGenerator from '../init/init.impl';
import { presentSystems, setSystems } from '../nx-json';
import { RECIPES } from '../systems';
import { schema } from './options';
import { renamed, templateFiles } from './template';

/** Adds a system that boots, and puts it into the graph behind those that are there. */
export const systemGenerator = asGenerator('system', schema, async (tree, options) => {
  const { name, skipPackageJson, skipFormat } = options;
  checkName(name);
  const folder = `${RECIPES}/${name}`;
  if (tree.children(folder).length > 0) {
    throw new UserError(`the folder ${folder} is there already`, { advice: 'choose another name, or remove it' });
  }
  const install = await initGenerator(tree, {
    addPlugin: true,
    keepExistingVersions: true,
    ...(skipPackageJson === undefined ? {} : { skipPackageJson }),
    skipFormat: true,
  });
  const others = presentSystems(tree);
  setSystems(tree, [...others, name]);
  if (!skipFormat) await formatFiles(tree);
  // Files of the template are taken as they are.
  for (const file of templateFiles()) tree.write(`${folder}/${file.path}`, renamed(file, name));
  tree.write(`${folder}/.gitignore`, 'target/\n');
  return async () => {
    await install?.();
    logger.info(described(name, others));
  };
});

export default systemGenerator;

/** @throws {UserError} if a folder, a project or a system cannot have this name. */
function checkName(name: string | undefined): void {
  if (!name) throw new UserError('the name of a system is needed', { advice: 'nx g @nx-redox/plugin:system mini' });
  if (!/^[a-z][a-z0-9_-]*$/.test(name)) {
    throw new UserError(`"${name}" cannot be the name of a system`, {
      advice: 'lower-case letters, digits, "-" and "_", with a letter first',
    });
  }
  if (name === 'toolchain') {
    throw new UserError('"toolchain" is the project of the Rust toolchain', { advice: 'choose another name' });
  }
}

function described(name: string, others: readonly string[]): string {
  const names =
    others.length === 0 ? '' : ` Its projects begin with "${name}-"; without that: nx g @nx-redox/plugin:use ${name}.`;
  return `System ${name} is in recipes/${name}.${names}\nNext: nx run ${name}:boot`;
}
