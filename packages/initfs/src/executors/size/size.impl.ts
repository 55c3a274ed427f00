import { formatWhy, joinWhy, whyReport } from '@nx-redox/binary';
import { toJson } from '@nx-redox/kit';
import { executor } from '@nx-redox/kit/options';
import { builtImage, builtProgram } from '../../built-image';
import { formatSizeReport } from '../../image-text';
import { sizeReport } from '../../size';
import { schema } from './options';

/** `@nx-redox/initfs:size`: the image that Cranelift's programs make beside that of LLVM's, and what is in the programs. */
export default executor(schema, async ({ arch, image, programs, top, json }, { root }) => {
  const cranelift = await builtImage(root, image, { arch, backend: 'cranelift' });
  const llvm = await builtImage(root, image, { arch, backend: 'llvm' });
  const report = sizeReport(cranelift.image, llvm.image);
  const reports = [];
  for (const program of programs) {
    const own = await builtProgram(root, program.cranelift, { arch, backend: 'cranelift' });
    const against = await builtProgram(root, program.llvm, { arch, backend: 'llvm' });
    reports.push({ name: program.name, report: whyReport(own, { against, top: Infinity }) });
  }
  const why = reports.length === 0 ? undefined : joinWhy(reports, top);
  const labels = { own: 'Cranelift', against: 'LLVM' };
  process.stdout.write(
    json
      ? toJson({ cranelift: cranelift.file, llvm: llvm.file, ...report, why })
      : `${cranelift.file} beside ${llvm.file}, in bytes\n\n` +
          formatSizeReport(report, { name: 'file', size: labels.own, against: labels.against }) +
          (why === undefined ? '' : `\nall programs, with their symbols\n\n${formatWhy(why, labels)}`),
  );
});
