import { toJson } from '@nx-redox/kit';
import { executor } from '@nx-redox/kit/options';
import { readBuiltStage } from '../../built-stage';
import { checkStage, formatChecks } from '../../check-elf';
import { schema } from './options';

/** `@nx-redox/cargo:check-elf`: the rules of `@nx-redox/bootcheck` for everything that a build has staged. */
export default executor(schema, async ({ arch, backend, kind, outputPath, json }, { root }) => {
  const target = { arch, backend };
  const checks = checkStage(await readBuiltStage(root, outputPath, target), kind, target);
  process.stdout.write(json ? toJson(checks) : formatChecks(checks));
  return checks.every(({ findings }) => findings.every(({ severity }) => severity !== 'error'));
});
