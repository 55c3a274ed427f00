import type { ExecutorContext } from '@nx/devkit';
import { describeImage } from '@nx-redox/image';
import { asExecutor, type ExecutorResult } from '@nx-redox/kit';
import { makeConfigImage } from '../../image';
import type { ImageExecutorOptions } from './schema';

/** `@nx-redox/installer:image`: an adapter of {@link makeConfigImage}. */
export default function imageExecutor(
  options: ImageExecutorOptions,
  context: ExecutorContext,
): Promise<ExecutorResult> {
  return asExecutor(async (signal) => {
    const show = (text: string): void => void process.stderr.write(`${context.projectName}: ${text}`);
    const record = await makeConfigImage(context.root, options, show, signal);
    process.stdout.write(describeImage(record, options));
  });
}
