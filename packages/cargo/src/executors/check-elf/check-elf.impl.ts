import type { ExecutorContext } from '@nx/devkit';
import { asExecutor, type ExecutorResult, toJson } from '@nx-redox/kit';
import { readBuiltStage } from '../../built-stage';
import { checkStage, formatChecks } from '../../check-elf';
import type { CheckElfExecutorSchema } from './schema';

/** `@nx-redox/cargo:check-elf`: the rules of `@nx-redox/elf` for everything that a build has staged. */
export default function checkElfExecutor(
  { arch, backend, kind, outputPath, json }: CheckElfExecutorSchema,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async () => {
    const checks = checkStage(await readBuiltStage(context.root, outputPath, { arch, backend }), kind, {
      arch,
      backend,
    });
    process.stdout.write(json ? toJson(checks) : formatChecks(checks));
    return checks.every(({ findings }) => findings.every(({ severity }) => severity !== 'error'));
  });
}
