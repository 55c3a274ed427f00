import { firmwareName, packagesOf, UserError } from '@nx-redox/kit';
import { parseSystem, parseToolchain } from '@nx-redox/recipe/parse';
import { detectPackageManager, formatFiles, readNxJson, type PackageManager, type Tree } from '@nx/devkit';
import { TOOLCHAIN_FILE } from '../../files';
import { asGenerator } from '../as-generator';
import { allSystems, readText, RECIPES } from '../systems';
import { schema } from './options';

/** Actions by the commit of the version that the comment names: a tag can be moved. */
const CHECKOUT = 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2';
const SETUP_NODE = 'actions/setup-node@39370e3970a6d050c480ffad4ff0ed4d3fdee5af # v4.1.0';
const UPLOAD = 'actions/upload-artifact@b4b15b8c7c6ac21ea08fcf65892d2ee8f75cf882 # v4.4.3';

const INSTALL: Record<PackageManager, string> = {
  npm: 'npm ci',
  pnpm: 'corepack enable && pnpm install --frozen-lockfile',
  yarn: 'corepack enable && yarn install --immutable',
  bun: 'npm install --global bun && bun install --frozen-lockfile',
};

/** Writes a workflow that boots what a change affects. */
export const ciWorkflowGenerator = asGenerator('ci-workflow', schema, async (tree, options) => {
  const { name, skipFormat } = options;
  const file = `.github/workflows/${name}.yml`;
  if (tree.exists(file))
    throw new UserError('there is such a workflow already', { file, advice: 'choose another name' });
  const { rust, packages } = needs(tree);
  const branch = readNxJson(tree)?.defaultBase ?? 'main';
  tree.write(file, workflow({ name, branch, rust, packages, install: INSTALL[detectPackageManager(tree.root)] }));
  if (!skipFormat) await formatFiles(tree);
});

export default ciWorkflowGenerator;

/** What machines need to build and boot the systems that are there. */
function needs(tree: Tree): { rust: string; packages: string[] } {
  const { toolchain } = parseToolchain(readText(tree, TOOLCHAIN_FILE), TOOLCHAIN_FILE);
  if (toolchain === undefined)
    throw new UserError('it does not say which Rust is used', {
      file: TOOLCHAIN_FILE,
      advice: 'nx run toolchain:doctor',
    });
  const packages = new Set(['lld']);
  for (const name of allSystems(tree)) {
    const file = `${RECIPES}/${name}/system.toml`;
    const { system } = parseSystem(readText(tree, file), file);
    for (const arch of system?.architectures ?? []) {
      packages.add(packagesOf(`qemu-system-${arch}`)!.apt);
      if (system?.boot === 'uefi') packages.add(packagesOf(firmwareName(arch))!.apt);
    }
  }
  return { rust: toolchain.rust, packages: [...packages].sort() };
}

interface Parts {
  name: string;
  branch: string;
  rust: string;
  packages: readonly string[];
  install: string;
}

function workflow({ name, branch, rust, packages, install }: Parts): string {
  return `# Boots what a change affects: made by nx g @nx-redox/plugin:ci-workflow, yours from now on.
name: ${name}
on:
  push:
    branches: [${branch}]
  pull_request:
permissions:
  contents: read
env:
  NX_DAEMON: 'false'
jobs:
  boot:
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    steps:
      - uses: ${CHECKOUT}
        with:
          # nx affected compares with the commit before.
          fetch-depth: 0
      - uses: ${SETUP_NODE}
        with:
          node-version: 22
      - run: rustup toolchain install ${rust} --profile minimal
      - run: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}
      - run: ${install}
      - run: npx nx affected -t boot --base="$BASE" --head=HEAD
        env:
          BASE: \${{ github.event_name == 'pull_request' && github.event.pull_request.base.sha || github.event.before }}
      - uses: ${UPLOAD}
        if: always()
        with:
          name: boot-reports
          path: dist/*/*/*/boot/
          if-no-files-found: ignore
`;
}
