import { FormatError, isElf, type Machine, MACHINES, parseElf } from '@nx-redox/binary';
import { type CheckOptions, checkElf } from '@nx-redox/bootcheck';
import type { Dialect } from '@nx-redox/kit';
import { BOOTSTRAP_OFFSET, type InitfsFormat, NO_BOOTSTRAP } from './format';
import { findOverlaps } from './overlap';
import { follow, namedPrograms } from './named-programs';
import { type InitfsImage, inspectInitfs, placeOf, type Problem } from './read';
import { linkProblem, type TreeNode, walk } from './tree';

export interface VerifyOptions {
  /** The operating system that the image is for. */
  dialect: Dialect;
  /** Name of the image, for messages. */
  file?: string;
  /** The format to read it as; default: told from the image. */
  format?: InitfsFormat;
  /** Architecture of the system; default: that of the bootstrap. */
  machine?: Machine;
}

export interface VerifiedImage {
  image: InitfsImage;
  /** Errors first. */
  problems: Problem[];
}

/**
 * Checks everything that a boot needs from an image: bounds, overlaps, names, links, the bootstrap's geometry and entry,
 * every program's ELF file, and that the programs which init's files name are there.
 *
 * @throws {FormatError} if the bytes are no initfs image at all.
 */
export function verifyInitfs(bytes: Uint8Array, options: VerifyOptions): VerifiedImage {
  const { image, problems } = inspectInitfs(bytes, options);
  const { dialect } = options;
  const machine = options.machine ?? bootstrapMachine(image);
  const all = [
    ...problems,
    ...findOverlaps(image),
    ...checkEnd(image, bytes),
    ...checkBootstrap(image, bytes, machine, dialect),
    // Without a root there is nothing in which they could be missed.
    ...(problems.some(({ code }) => code === 'inode-table' || code === 'root')
      ? []
      : checkTree(image, machine, dialect)),
  ];
  return {
    image,
    problems: [...all.filter((p) => p.severity === 'error'), ...all.filter((p) => p.severity === 'warning')],
  };
}

function bootstrapMachine(image: InitfsImage): Machine | undefined {
  if (!image.bootstrap) return undefined;
  const { machine } = parseElf(image.bootstrap.bytes);
  return (Object.keys(MACHINES) as Machine[]).find((name) => MACHINES[name] === machine);
}

function checkEnd(image: InitfsImage, bytes: Uint8Array): Problem[] {
  const rest = bytes.subarray(image.header.size);
  if (rest.every((byte) => byte === 0)) return [];
  return [
    {
      code: 'trailing',
      message: `the file goes on for ${rest.length} bytes behind the end that the header says (${image.header.size})`,
      severity: 'warning',
    },
  ];
}

function* checkBootstrap(
  image: InitfsImage,
  bytes: Uint8Array,
  machine: Machine | undefined,
  { name, memory }: Dialect,
): Generator<Problem> {
  const error = (code: string, message: string): Problem => ({ code, message, severity: 'error' });
  const { bootstrapEntry } = image.header;
  if (bootstrapEntry === NO_BOOTSTRAP || bootstrapEntry === 0n) {
    const shown = `0x${bootstrapEntry.toString(16)}`;
    yield error(
      'bootstrap-missing',
      `the header says the entry ${shown}, which means no bootstrap: the kernel has nothing to jump to`,
    );
    return;
  }
  if (!image.bootstrap) {
    if (!isElf(bytes.subarray(BOOTSTRAP_OFFSET))) {
      yield error('bootstrap-missing', `there is no ELF file at ${BOOTSTRAP_OFFSET}, where the bootstrap has to be`);
    }
    return;
  }
  const elf = parseElf(image.bootstrap.bytes);
  if (elf.entry !== bootstrapEntry) {
    yield error(
      'bootstrap-entry',
      `the header says the entry 0x${bootstrapEntry.toString(16)}, the bootstrap's own is 0x${elf.entry.toString(16)}`,
    );
  }
  if (!machine) {
    yield error('bootstrap-machine', `the bootstrap is for a machine (${elf.machine}) that ${name} does not run on`);
    return;
  }
  yield* elfProblems(image.bootstrap.bytes, 'bootstrap', { machine, memory }, '(bootstrap)');
}

function* elfProblems(
  bytes: Uint8Array,
  kind: 'bootstrap' | 'program',
  options: CheckOptions,
  path: string,
): Generator<Problem> {
  try {
    for (const { rule, message, severity } of checkElf(parseElf(bytes), kind, options)) {
      yield { code: rule, message, path, severity: severity === 'error' ? 'error' : 'warning' };
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    yield { code: 'elf', message: error.message, path, severity: 'error' };
  }
}

function* checkTree(image: InitfsImage, machine: Machine | undefined, dialect: Dialect): Generator<Problem> {
  yield* checkLinks(image);
  yield* checkPrograms(image, machine, dialect);
}

function* checkLinks(image: InitfsImage): Generator<Problem> {
  const known = new Map<string, TreeNode | undefined>();
  for (const { path, node } of walk(image.root)) {
    if (node.kind !== 'link') continue;
    const problem = linkProblem(path, node.target);
    if (problem) {
      yield { code: 'link', message: `the link to "${node.target}" ${problem}`, path, severity: 'error' };
    } else if (!follow(image.root, path, known)) {
      yield { code: 'link-dangling', message: `the link to "${node.target}" leads nowhere`, path, severity: 'warning' };
    }
  }
}

function* checkPrograms(
  image: InitfsImage,
  machine: Machine | undefined,
  { init, memory }: Dialect,
): Generator<Problem> {
  const { programs, problems } = namedPrograms(image.root, init, machine === 'i586' ? 'x86' : machine);
  for (const { from, message } of problems) yield { code: 'config', message, path: from, severity: 'error' };
  const wanted = [
    { command: init.program, candidates: [init.program], from: 'the bootstrap', optional: false },
    ...programs,
  ];
  const reported = new Set<string>();
  const known = new Map<string, TreeNode | undefined>();
  for (const { command, candidates, from, optional } of wanted) {
    const found = candidates
      .map((candidate) => ({ candidate, node: follow(image.root, candidate, known) }))
      .find(({ node }) => node);
    const severity = optional ? 'warning' : 'error';
    const message = !found
      ? `${from} starts "${command}", but there is no ${candidates.join(' and no ')} in the image`
      : found.node?.kind !== 'file'
        ? `${from} starts "${command}", but ${found.candidate} is a directory`
        : !found.node.executable
          ? `${from} starts "${command}", but ${found.candidate} is not executable`
          : undefined;
    if (message && !reported.has(message)) {
      reported.add(message);
      yield { code: 'program', message, path: candidates[0], severity };
    }
  }
  if (!machine) return;
  // A program with several names is checked once. What does not fit into the image's size overlaps, which is an error.
  const checked = new Set<string>();
  let budget = image.fileSize;
  for (const { path, node } of walk(image.root)) {
    if (node.kind !== 'file' || !node.executable || !('bytes' in node.content)) continue;
    const place = placeOf(node.content.bytes);
    if (checked.has(place) || budget < node.content.bytes.length) continue;
    checked.add(place);
    budget -= node.content.bytes.length;
    if (isElf(node.content.bytes)) yield* elfProblems(node.content.bytes, 'program', { machine, memory }, path);
  }
}
