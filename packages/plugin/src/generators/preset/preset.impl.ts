import { formatFiles } from '@nx/devkit';
import { ENV_FILE, ENV_TEXT } from '../../env-file';
import { asGenerator } from '../as-generator';
import systemGenerator from '../system/system.impl';
import { schema } from './options';

/** A new workspace: set up, with a system that boots, and a README that says how to go on. */
export const presetGenerator = asGenerator('preset', schema, async (tree, { name, system, skipFormat }) => {
  const callback = await systemGenerator(tree, { name: system, skipFormat: true });
  tree.write('README.md', readme(name, system));
  if (!tree.exists(ENV_FILE)) tree.write(ENV_FILE, ENV_TEXT);
  if (!skipFormat) await formatFiles(tree);
  return callback;
});

export default presetGenerator;

function readme(name: string, system: string): string {
  return `# ${name}

A workspace for [Redox OS](https://www.redox-os.org), built with [Nx](https://nx.dev) and @nx-redox/plugin.

It needs rustup or Rust 1.95.0, QEMU for aarch64 (\`qemu-system-aarch64\`), a C compiler and xz;
\`npx nx run toolchain:doctor\` says what is missing and how to get it.

\`\`\`sh
npx nx run ${system}:boot                  # compiles, bundles, boots in QEMU, and says how it went
npx nx run ${system}:run                   # the same on your terminal
npx nx affected -t boot               # after a change: what it affects, and nothing else
npx nx g @nx-redox/plugin:recipe NAME # adds a component: crate, initfs, init.rc, boot stage
npx nx g @nx-redox/plugin:system NAME # adds another system
npx nx g @nx-redox/plugin:import DIR  # copies the recipes of a cookbook, from a folder or a git URL
npx nx show projects                  # what there is
\`\`\`

Systems are folders of \`recipes/\` with a \`system.toml\`; their components are folders with a \`recipe.toml\`.
`;
}
