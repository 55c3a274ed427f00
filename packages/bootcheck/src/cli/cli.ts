import { basename } from 'node:path';
import {
  type Elf,
  ELF_TYPES,
  FormatError,
  hex,
  isAr,
  isElf,
  isPe,
  type Machine,
  machineName,
  MACHINES,
  parseElf,
  parsePe,
  peMachineName,
  producerOf,
  SEGMENT_TYPES,
  type SizeBreakdown,
  formatWhy,
  sizeBreakdown,
  whyReport,
} from '@nx-redox/binary';
import {
  BACKENDS,
  type Dialect,
  formatTable,
  oneOf,
  type Output,
  parseCommandLine,
  readNamedFile,
  runCommand,
  toJson,
  UsageError,
} from '@nx-redox/kit';
import { formatFindings } from '../rules/format';
import { checkElf } from '../rules';
import { checkPe } from '../rules/pe';
import { ALL_KINDS, type ElfKind, type Finding } from '../rules/rule';

const USAGE = `Usage: redox-elf check [options] FILE…   can these files boot on Redox?
       redox-elf info [--json] FILE…     headers, segments, sections, who compiled it
       redox-elf size [--json] FILE…     what the bytes are for
       redox-elf size --why [options] FILE   its largest functions and data, by crate, and who refers to them

FILE is an ELF file; "check" and "info" also take UEFI programs (.efi), "info" also rlibs and static libraries.

Options of check:
  --kind=kernel|bootstrap|program   default: by the file's name, else program
  --machine=${Object.keys(MACHINES).join('|')}
                                    default: what the file is for
  --backend=cranelift|llvm          the backend that all code must come from
  --verbose                         also what is only worth knowing
  --json                            for scripts

Options of size --why, for a program as it was linked, with symbols (debug/NAME beside stage/):
  --against=FILE                    the same program by the other backend: what only one of them has
  --top=N                           how many functions and data (default: 15)
  --json                            for scripts
Exit status: 0 all files pass, 1 a rule is broken or a file cannot be read, 2 wrong command line.
`;

/** The command-line tool `redox-elf`; gives its exit status. */
export function main(args: string[], output: Output, dialect: Dialect): Promise<number> {
  const checkFor = (rest: string[]) => check(rest, output, dialect);
  return runCommand(USAGE, output, args, { check: checkFor, info, size });
}

function filesOf(positionals: string[]): string[] {
  if (positionals.length === 0) throw new UsageError('a file is missing');
  return positionals;
}

/** Calls `inspect` for each file; one that is damaged is a result of its own and does not hide the others. */
async function eachFile<T>(
  files: string[],
  output: Output,
  inspect: (bytes: Uint8Array, file: string) => T,
): Promise<{ results: T[]; failed: boolean }> {
  const results: T[] = [];
  let failed = false;
  for (const file of files) {
    const bytes = await readNamedFile(file);
    try {
      results.push(inspect(bytes, file));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      failed = true;
      output.err(`${file}: ${error.message}\n`);
    }
  }
  return { results, failed };
}

async function check(args: string[], output: Output, { memory }: Dialect): Promise<number> {
  const { values, positionals } = parseCommandLine(args, {
    kind: { type: 'string' },
    machine: { type: 'string' },
    backend: { type: 'string' },
    verbose: { type: 'boolean' },
    json: { type: 'boolean' },
  });
  const kind = oneOf('kind', values.kind, ALL_KINDS);
  const machine = oneOf('machine', values.machine, Object.keys(MACHINES) as Machine[]);
  const backend = oneOf('backend', values.backend, BACKENDS);
  const { results, failed } = await eachFile(filesOf(positionals), output, (bytes, file) => {
    if (isPe(bytes)) {
      const pe = parsePe(bytes, file);
      return {
        file,
        kind: 'efi',
        findings: checkPe(pe, { machine: machine ?? ownMachine(peMachineName(pe.machine), file) }),
      };
    }
    const elf = parseElf(bytes, file);
    const wanted = kind ?? kindByName(file);
    const options = {
      machine: machine ?? ownMachine(machineName(elf.machine), file),
      memory,
      backend,
      info: values.verbose,
    };
    return { file, kind: wanted, findings: checkElf(elf, wanted, options) };
  });
  if (values.json) output.out(toJson(results));
  else for (const result of results) output.out(formatResult(result));
  const broken = results.some(({ findings }) => findings.some((finding) => finding.severity === 'error'));
  return broken || failed ? 1 : 0;
}

function kindByName(file: string): ElfKind {
  const name = basename(file);
  return name === 'kernel' || name === 'bootstrap' ? name : 'program';
}

function ownMachine(name: string, file: string): Machine {
  if (name in MACHINES) return name as Machine;
  throw new FormatError(`Redox does not run on ${name}`, 0, { file });
}

function formatResult({ file, kind, findings }: { file: string; kind: string; findings: Finding[] }): string {
  return findings.length === 0 ? `${file}: ok (${kind})\n` : `${file}: (${kind})\n${formatFindings(findings)}`;
}

async function info(args: string[], output: Output): Promise<number> {
  const { values, positionals } = parseCommandLine(args, { json: { type: 'boolean' } });
  const { results, failed } = await eachFile(filesOf(positionals), output, (bytes, file) => {
    if (isPe(bytes)) {
      const pe = parsePe(bytes, file);
      return { json: { file, format: 'pe', ...pe }, text: formatPe(pe, file) };
    }
    if (isAr(bytes)) {
      const report = producerOf(bytes, file);
      return { json: { file, format: 'ar', ...report }, text: `${file}: archive\n${formatProducer(report)}` };
    }
    const elf = parseElf(bytes, file);
    const producer = producerOf(bytes, file);
    return {
      json: { file, format: 'elf', ...elfFacts(elf), ...producer },
      text: formatElf(elf, file) + formatProducer(producer),
    };
  });
  output.out(
    values.json ? toJson(results.map((result) => result.json)) : results.map((result) => result.text).join('\n'),
  );
  return failed ? 1 : 0;
}

function elfFacts(elf: Elf) {
  return {
    bits: elf.bits,
    endian: elf.littleEndian ? 'little' : 'big',
    type: ELF_TYPES[elf.type] ?? String(elf.type),
    machine: machineName(elf.machine),
    entry: elf.entry,
    segments: elf.segments,
    sections: elf.sections,
    comments: elf.comments(),
    symbols: elf.symbols().length,
    dynamic: elf.dynamic(),
    notes: elf.notes().map(({ owner, type }) => ({ owner, type })),
  };
}

function flagsOf(flags: number): string {
  return `${flags & 4 ? 'r' : '-'}${flags & 2 ? 'w' : '-'}${flags & 1 ? 'x' : '-'}`;
}

function formatElf(elf: Elf, file: string): string {
  const facts = elfFacts(elf);
  const segments = elf.segments.map((s) => [
    SEGMENT_TYPES[s.type] ?? hex(s.type),
    flagsOf(s.flags),
    hex(s.virtualAddress),
    hex(s.physicalAddress),
    hex(s.offset),
    String(s.fileSize),
    String(s.memorySize),
  ]);
  const sections = elf.sections.slice(1).map((s) => [s.name, hex(s.address), hex(s.offset), String(s.size)]);
  return (
    `${file}: ELF ${facts.bits}-bit ${facts.endian} endian, ET_${facts.type}, ${facts.machine}, entry ${hex(elf.entry)}, ` +
    `${facts.symbols} symbols\n\n` +
    formatTable([['segment', 'flags', 'address', 'physical', 'offset', 'in file', 'in memory'], ...segments]) +
    (sections.length > 0 ? `\n${formatTable([['section', 'address', 'offset', 'size'], ...sections])}` : '') +
    '\n'
  );
}

function formatPe(pe: ReturnType<typeof parsePe>, file: string): string {
  const sections = pe.sections.map((s) => [s.name, hex(s.virtualAddress), hex(s.offset), String(s.fileSize)]);
  return (
    `${file}: PE ${pe.bits}-bit, ${peMachineName(pe.machine)}, subsystem ${pe.subsystem}${pe.subsystem === 10 ? ' (EFI application)' : ''}, ` +
    `entry ${hex(pe.entry)}\n\n${formatTable([['section', 'address', 'offset', 'size'], ...sections])}`
  );
}

function formatProducer({ producer, certain, evidence, units }: ReturnType<typeof producerOf>): string {
  const crates = new Map<string, Set<string>>();
  for (const unit of units) {
    const names = crates.get(unit.by) ?? new Set();
    names.add(unit.crate ?? unit.name);
    crates.set(unit.by, names);
  }
  return (
    `compiled by: ${producer}${certain || producer === 'unknown' ? '' : ' (not certain)'}\n` +
    evidence.map((line) => `  ${line}\n`).join('') +
    [...crates].map(([by, names]) => (by === 'assembly' ? '' : `  ${by}: ${[...names].sort().join(', ')}\n`)).join('')
  );
}

const COLUMNS = [
  'code',
  'constants',
  'data',
  'zeros',
  'debug',
  'symbols',
  'other',
  'file',
] as const satisfies readonly (keyof SizeBreakdown)[];

async function size(args: string[], output: Output): Promise<number> {
  const { values, positionals } = parseCommandLine(args, {
    json: { type: 'boolean' },
    why: { type: 'boolean' },
    against: { type: 'string' },
    top: { type: 'string' },
  });
  if (values.why) return why(filesOf(positionals), values, output);
  if (values.against !== undefined || values.top !== undefined) {
    throw new UsageError('--against and --top belong to size --why');
  }
  const { results, failed } = await eachFile(filesOf(positionals), output, (bytes, file) => {
    if (!isElf(bytes)) throw new FormatError('not an ELF file', 0, { file });
    return { name: file, ...sizeBreakdown(parseElf(bytes, file)) };
  });
  if (values.json) {
    output.out(toJson(results));
  } else if (results.length > 0) {
    const rows = results.map((result) => [...COLUMNS.map((column) => String(result[column])), result.name]);
    const total = [
      ...COLUMNS.map((column) => String(results.reduce((sum, result) => sum + result[column], 0))),
      'total',
    ];
    output.out(formatTable([[...COLUMNS, 'name'], ...rows, ...(results.length > 1 ? [total] : [])]));
  }
  return failed ? 1 : 0;
}

async function why(
  files: string[],
  { against, top = '15', json }: { against?: string; top?: string; json?: boolean },
  output: Output,
): Promise<number> {
  if (!/^[1-9]\d{0,5}$/.test(top)) throw new UsageError(`--top=${top}: it must be a number from 1`);
  if (against !== undefined && files.length > 1) throw new UsageError('--against is for one file');
  const load = async (file: string) => parseElf(await readNamedFile(file), file);
  const other = against === undefined ? undefined : await load(against);
  for (const file of files) {
    const elf = await load(file);
    const report = whyReport(elf, { against: other, top: Number(top) });
    const labels = backendLabels(elf, other);
    output.out(json ? toJson({ file, ...report }) : `${file}\n\n${formatWhy(report, labels)}`);
  }
  return 0;
}

/** Columns are called by the backends, if these differ. */
function backendLabels(elf: Elf, other: Elf | undefined): { own: string; against?: string } {
  if (other === undefined) return { own: 'bytes' };
  const [own, against] = [elf, other].map((each) => producerOf(each.bytes, each.file).producer) as [string, string];
  return own === against ? { own: 'bytes', against: 'against' } : { own, against };
}
