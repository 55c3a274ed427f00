import { BACKEND_NAMES, toJson } from '@nx-redox/kit';
import { executor } from '@nx-redox/kit/options';
import { readBuiltStage } from '../../built-stage';
import { formatStageSizes, type StageSizes, stageSizes } from '../../sizes';
import { schema } from './options';

/** `@nx-redox/cargo:size`: how large a component's files are, with one backend beside the other. */
export default executor(schema, async ({ arch, backends, outputPath, json }, { root }) => {
  const sizes: StageSizes[] = [];
  for (const backend of backends) sizes.push(stageSizes(await readBuiltStage(root, outputPath, { arch, backend })));
  const [first, second] = sizes as [StageSizes, StageSizes?];
  const labels = backends.map((backend) => BACKEND_NAMES[backend]);
  process.stdout.write(
    json
      ? toJson(Object.fromEntries(backends.map((backend, index) => [backend, sizes[index]])))
      : formatStageSizes(first, second, labels),
  );
});
