import type { ExecutorContext } from '@nx/devkit';
import { asExecutor, type Backend, type ExecutorResult, toJson } from '@nx-redox/kit';
import { readBuiltStage } from '../../built-stage';
import { formatStageSizes, type StageSizes, stageSizes } from '../../sizes';
import type { SizeExecutorSchema } from './schema';

const LABELS: Readonly<Record<Backend, string>> = { cranelift: 'Cranelift', llvm: 'LLVM' };

/** `@nx-redox/cargo:size`: how large a component's files are, with one backend beside the other. */
export default function sizeExecutor(
  { arch, backends, outputPath, json }: SizeExecutorSchema,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async () => {
    const sizes: StageSizes[] = [];
    for (const backend of backends)
      sizes.push(stageSizes(await readBuiltStage(context.root, outputPath, { arch, backend })));
    const [first, second] = sizes as [StageSizes, StageSizes?];
    process.stdout.write(
      json
        ? toJson(Object.fromEntries(backends.map((backend, index) => [backend, sizes[index]])))
        : formatStageSizes(
            first,
            second,
            backends.map((backend) => LABELS[backend]),
          ),
    );
  });
}
