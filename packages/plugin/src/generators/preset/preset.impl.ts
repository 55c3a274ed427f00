import { formatFiles } from '@nx/devkit';
import { asGenerator } from '../as-generator';
import initGenerator from '../init/init.impl';
import type { PresetGeneratorSchema } from './schema';

/** A new workspace: what `init` does, and a README that says how to go on. */
export const presetGenerator = asGenerator<PresetGeneratorSchema>(async (tree, { name, skipFormat }) => {
  const install = await initGenerator(tree, { addPlugin: true, keepExistingVersions: true, skipFormat: true });
  tree.write('README.md', readme(name));
  if (!skipFormat) await formatFiles(tree);
  return install;
});

export default presetGenerator;

function readme(name: string): string {
  return `# ${name}

A workspace for [Redox OS](https://www.redox-os.org), built with [Nx](https://nx.dev) and @nx-redox/plugin.

Systems are folders of \`recipes/\` with a \`system.toml\`; their components are folders with a \`recipe.toml\`.

\`\`\`sh
nx g @nx-redox/plugin:import DIR     # copies the recipes of a cookbook, from a folder or a git URL
nx g @nx-redox/plugin:use SYSTEM     # makes a system the active one
nx g @nx-redox/plugin:recipe NAME    # adds a component to it: crate, initfs, init.rc, boot stage
nx show projects                     # what there is
nx run SYSTEM:boot                   # compiles, bundles, boots in QEMU, and says how it went
nx run toolchain:doctor              # what the machine needs for that, and what it lacks
\`\`\`
`;
}
