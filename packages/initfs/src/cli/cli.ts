import { formatChange, type Machine, machineName, MACHINES, parseElf } from '@nx-redox/binary';
import {
  type Dialect,
  formatTable,
  oneOf,
  type Output,
  parseCommandLine,
  readNamedFile,
  runCommand,
  toJson,
  UsageError,
  UserError,
} from '@nx-redox/kit';
import { checkedBootstrap } from '../bootstrap';
import { type Difference, diffImages } from '../diff';
import { extractInitfs } from '../extract';
import { WRITABLE_FORMATS, type WritableFormat } from '../format';
import { formatSize, INITFS_LAYOUTS } from '../layout';
import { inspectInitfs, type Problem, readInitfs } from '../read';
import { formatInfo, formatList, formatSizeReport, imageFacts, listImage } from '../image-text';
import { scanDirectory } from '../scan';
import { sizeReport } from '../size';
import { formatOfSource } from '../source-format';
import { verifyInitfs } from '../verify';
import { writeInitfs } from '../write';

const USAGE = `Usage: redox-initfs create [options] DIR [BOOTSTRAP] -o IMG
       redox-initfs extract [--bootstrap=FILE] IMG DIR
       redox-initfs list [--json] IMG             what is in it, like "tar tv"
       redox-initfs info [--json] IMG             format, header, parts
       redox-initfs verify [options] IMG…         everything that a boot needs
       redox-initfs diff [--json] IMG1 IMG2       what IMG2 has added, removed and changed
       redox-initfs size [--against=IMG] [--json] IMG

Options of create:
  -o, --output=IMG           the image; it appears whole or not at all
  --format=B|C|D             default: D, what base reads since 2026-04-25
  --base=DIR                 take the format that this checkout of base reads
  --layout=compact|compatible
                             compact (default) shares pages and equal contents,
                             compatible places everything as redox-initfs-ar does
  --max-size=BYTES           default: 67108864 (64 MiB)
  --machine=${Object.keys(MACHINES).join('|')}
                             (also of verify) default: what the bootstrap is for
Exit status: 0 success, 1 a failure, a problem or (diff) a difference, 2 wrong command line.
SOURCE_DATE_EPOCH is the time in images of formats B and C; without it the time is 0.
`;

/** The command-line tool `redox-initfs`; gives its exit status. */
export function main(args: string[], output: Output, dialect: Dialect): Promise<number> {
  return runCommand(USAGE, output, args, {
    create: (rest) => create(rest, output, dialect),
    verify: (rest) => verify(rest, output, dialect),
    ...{ extract, list, info, diff, size },
  });
}

/** The positional arguments, whose number is checked. */
function take(positionals: string[], ...names: string[]): string[] {
  const missing = names[positionals.length];
  if (missing !== undefined && !missing.startsWith('[')) throw new UsageError(`${missing} is missing`);
  if (positionals.length > names.length) throw new UsageError(`there is no place for "${positionals[names.length]}"`);
  return positionals;
}

const machineOption = (value: string | undefined) => oneOf('machine', value, Object.keys(MACHINES) as Machine[]);

async function create(args: string[], output: Output, dialect: Dialect): Promise<number> {
  const { values, positionals } = parseCommandLine(args, {
    output: { type: 'string', short: 'o' },
    format: { type: 'string' },
    base: { type: 'string' },
    layout: { type: 'string' },
    'max-size': { type: 'string' },
    machine: { type: 'string' },
  });
  const [folder = '', bootstrapFile] = take(positionals, 'DIR', '[BOOTSTRAP]');
  if (values.output === undefined) throw new UsageError('-o IMG is missing');
  if (values.format !== undefined && values.base !== undefined)
    throw new UsageError('--format and --base exclude each other');
  const format =
    oneOf('format', values.format, WRITABLE_FORMATS) ?? (values.base === undefined ? 'D' : writableFormat(values.base));
  const budget = values['max-size'];
  if (budget !== undefined && !/^\d{1,15}$/.test(budget))
    throw new UsageError(`--max-size is "${budget}", not a number of bytes`);
  const root = scanDirectory(folder);
  const bootstrap =
    bootstrapFile === undefined
      ? undefined
      : await openBootstrap(bootstrapFile, dialect, machineOption(values.machine));
  const summary = await writeInitfs(
    { root, bootstrap },
    {
      format,
      layout: oneOf('layout', values.layout, INITFS_LAYOUTS),
      output: values.output,
      sizeBudget: budget === undefined ? undefined : Number(budget),
    },
  );
  output.out(`${summary.output}: ${formatSize(summary.size)}, ${summary.inodeCount} inodes, format ${format}\n`);
  if (!bootstrap)
    output.err('warning: without a bootstrap the image cannot boot: the kernel jumps to 0xffffffffffffffff\n');
  return 0;
}

function writableFormat(base: string): WritableFormat {
  const format = formatOfSource(base);
  if (format !== 'A') return format;
  throw new UserError('this checkout of base reads format A, which is not written', {
    file: base,
    advice: 'take a commit of 2025-12-12 or later',
  });
}

async function openBootstrap(file: string, { memory }: Dialect, machine?: Machine) {
  const bytes = await readNamedFile(file);
  const own = (): Machine => {
    const name = machineName(parseElf(bytes, file).machine);
    if (name in MACHINES) return name as Machine;
    throw new UserError(`the bootstrap is for ${name}, on which Redox does not run`, { file });
  };
  return checkedBootstrap(bytes, file, machine ?? own(), memory);
}

async function extract(args: string[], output: Output): Promise<number> {
  const { values, positionals } = parseCommandLine(args, { bootstrap: { type: 'string' } });
  const [file = '', folder = ''] = take(positionals, 'IMG', 'DIR');
  const { files, dirs, links } = await extractInitfs(await readInitfs(file), folder, values.bootstrap);
  output.out(`${folder}: ${files} files, ${dirs} directories, ${links} links\n`);
  return 0;
}

async function list(args: string[], output: Output): Promise<number> {
  const { values, positionals } = parseCommandLine(args, { json: { type: 'boolean' } });
  const [file = ''] = take(positionals, 'IMG');
  const entries = listImage(await readInitfs(file));
  output.out(values.json ? toJson(entries) : formatList(entries));
  return 0;
}

async function info(args: string[], output: Output): Promise<number> {
  const { values, positionals } = parseCommandLine(args, { json: { type: 'boolean' } });
  const [file = ''] = take(positionals, 'IMG');
  const inspected = inspectInitfs(await readNamedFile(file), { file });
  output.out(values.json ? toJson(imageFacts(file, inspected)) : formatInfo(file, inspected));
  const { problems } = inspected;
  if (problems.length > 0) output.err(`${problems.length} problems; "redox-initfs verify ${file}" shows them\n`);
  return 0;
}

async function verify(args: string[], output: Output, dialect: Dialect): Promise<number> {
  const { values, positionals } = parseCommandLine(args, { machine: { type: 'string' }, json: { type: 'boolean' } });
  if (positionals.length === 0) throw new UsageError('IMG is missing');
  const machine = machineOption(values.machine);
  const results: { file: string; format: string; problems: Problem[] }[] = [];
  for (const file of positionals) {
    const { image, problems } = verifyInitfs(await readNamedFile(file), { file, machine, dialect });
    results.push({ file, format: image.format, problems });
  }
  if (values.json) output.out(toJson(results));
  else for (const result of results) output.out(formatProblems(result));
  return results.some(({ problems }) => problems.some((problem) => problem.severity === 'error')) ? 1 : 0;
}

function formatProblems({ file, format, problems }: { file: string; format: string; problems: Problem[] }): string {
  if (problems.length === 0) return `${file}: ok (format ${format})\n`;
  const lines = problems.map(
    ({ severity, code, path, message }) =>
      `  ${severity} ${code}: ${path ? `${path.startsWith('(') ? path : `/${path}`}: ` : ''}${message}\n`,
  );
  return `${file}: (format ${format})\n${lines.join('')}`;
}

const SIGNS: Readonly<Record<Difference['change'], string>> = { added: '+', removed: '-', changed: '~' };

async function diff(args: string[], output: Output): Promise<number> {
  const { values, positionals } = parseCommandLine(args, { json: { type: 'boolean' } });
  const [first = '', second = ''] = take(positionals, 'IMG1', 'IMG2');
  const [before, after] = [await readInitfs(first), await readInitfs(second)];
  const differences = diffImages(before, after);
  const images = {
    before: { format: before.format, size: before.fileSize },
    after: { format: after.format, size: after.fileSize },
  };
  if (values.json) {
    output.out(toJson({ ...images, differences }));
  } else if (differences.length > 0) {
    const rows = differences.map((d) => [
      SIGNS[d.change],
      d.path,
      `${d.before ?? ''}`,
      `${d.after ?? ''}`,
      formatChange(d.before, d.after),
      d.what,
    ]);
    output.out(formatTable([['', 'path', 'before', 'after', 'change', 'what'], ...rows]));
    output.out(
      `image: format ${before.format} → ${after.format}, ${before.fileSize} → ${after.fileSize} bytes (${formatChange(before.fileSize, after.fileSize)})\n`,
    );
  }
  return differences.length > 0 ? 1 : 0;
}

async function size(args: string[], output: Output): Promise<number> {
  const { values, positionals } = parseCommandLine(args, { against: { type: 'string' }, json: { type: 'boolean' } });
  const [file = ''] = take(positionals, 'IMG');
  const report = sizeReport(
    await readInitfs(file),
    values.against === undefined ? undefined : await readInitfs(values.against),
  );
  const titles = { name: 'file', size: 'bytes', against: values.against && 'against' };
  output.out(values.json ? toJson(report) : formatSizeReport(report, titles));
  return 0;
}
