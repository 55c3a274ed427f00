import { toJson } from '@nx-redox/kit';
import { executor } from '@nx-redox/kit/options';
import { builtImage } from '../../built-image';
import { formatInfo, formatList, imageFacts, listImage } from '../../image-text';
import { schema } from './options';

/** `@nx-redox/initfs:inspect`: what `redox-initfs info` and `list` show. */
export default executor(schema, async ({ arch, backend, image, json }, { root }) => {
  const { file, ...inspected } = await builtImage(root, image, { arch, backend });
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
