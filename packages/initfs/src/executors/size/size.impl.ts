import type { ExecutorContext } from '@nx/devkit';
import { asExecutor, toJson } from '@nx-redox/kit';
import { builtImage } from '../../built-image';
import { formatSizeReport } from '../../present';
import { sizeReport } from '../../size';
import type { SizeExecutorSchema } from './schema';

/** `@nx-redox/initfs:size`: the image that Cranelift's programs make beside that of LLVM's. */
export default function sizeExecutor(
  { arch, image, json }: SizeExecutorSchema,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return asExecutor(async () => {
    const cranelift = await builtImage(context.root, image, { arch, backend: 'cranelift' });
    const llvm = await builtImage(context.root, image, { arch, backend: 'llvm' });
    const report = sizeReport(cranelift.image, llvm.image);
    const titles = { name: 'file', size: 'Cranelift', against: 'LLVM' };
    process.stdout.write(
      json
        ? toJson({ cranelift: cranelift.file, llvm: llvm.file, ...report })
        : `${cranelift.file} beside ${llvm.file}, in bytes\n\n${formatSizeReport(report, titles)}`,
    );
  });
}
