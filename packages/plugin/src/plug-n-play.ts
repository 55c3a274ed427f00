/**
 * Yarn's Plug'n'Play has no node_modules: the programs in front of the compilers, which run as processes of their own,
 * would not find their packages.
 *
 * @throws in a process that runs with it.
 */
export function refusePlugNPlay(versions: Readonly<Record<string, string | undefined>> = process.versions): void {
  if (versions['pnp'] === undefined) return;
  throw new Error(
    "@nx-redox/plugin does not work with Yarn's Plug'n'Play: write `nodeLinker: node-modules` into .yarnrc.yml and run `yarn install`",
  );
}
