import type { ExecutorContext } from '@nx/devkit';
import { asExecutor, toJson } from '@nx-redox/kit';
import { builtImage } from '../../built-image';
import { formatInfo, formatList, imageFacts, listImage } from '../../present';
import type { InspectExecutorSchema } from './schema';

/** `@nx-redox/initfs:inspect`: what `redox-initfs info` and `list` show. */
export default function inspectExecutor(
  { arch, backend, image, json }: InspectExecutorSchema,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return asExecutor(async () => {
    const { file, ...inspected } = await builtImage(context.root, image, { arch, backend });
    const entries = listImage(inspected.image);
    process.stdout.write(
      json
        ? toJson({ ...imageFacts(file, inspected), entries })
        : `${formatInfo(file, inspected)}\n${formatList(entries)}`,
    );
    for (const { path, message } of inspected.problems) {
      process.stderr.write(`${file}: ${path ? `/${path}: ` : ''}${message}\n`);
    }
    return inspected.problems.length === 0;
  });
}
