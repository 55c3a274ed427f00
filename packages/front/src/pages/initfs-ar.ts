import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { blake3File, UserError } from '@nx-redox/kit';
import { optionsOf, parseCommandLine, valueOf } from '../cargo/command-line';
import { type InitfsEntry, record, recordCall } from '../record';
import type { FrontSettings } from '../settings';

const PROGRAM = 'redox-initfs-ar';

/** Problems of names in files: with them the image can still be read. */
const NAMES: ReadonlySet<string> = new Set(['config', 'program']);

/**
 * `cargo run … --bin redox-initfs-ar -- DIR BOOTSTRAP -o IMG`, which is the writer of this repository: sorted, without
 * time stamps, and checked.
 *
 * @returns undefined if this is another call, or the source does not say in which format it reads its image.
 */
export function initfsArchiver(settings: FrontSettings, argv: readonly string[]): (() => Promise<number>) | undefined {
  const { command, global, args, rest } = parseCommandLine(argv);
  const options = optionsOf([...global, ...args]);
  if (command !== 'run' || valueOf(options, '--bin') !== PROGRAM) return undefined;
  const manifest = valueOf(options, '--manifest-path');
  const types = typesFile(manifest === undefined ? process.cwd() : dirname(resolve(manifest)));
  if (types === undefined) return undefined;
  return async () => {
    const { source, bootstrap, output, maxSize } = archiverOptions(rest.slice(1), settings.recipeFile);
    const { checkedBootstrap, formatOfTypes, scanDirectory, verifyInitfs, walk, writeInitfs } =
      await import('@nx-redox/initfs');
    const { redox } = await import('@nx-redox/redox');
    const format = formatOfTypes(readFileSync(types, 'utf8'), types);
    if (format === 'A')
      throw new UserError('this source reads an initfs of format A, which is not written', { file: types });
    recordCall(settings, {
      program: 'cargo',
      before: argv,
      after: [PROGRAM, ...rest.slice(1)],
      changes: [
        {
          what: `${PROGRAM} is the writer of nx-redox, format ${format}`,
          why: 'its image is sorted, has no time stamp and is checked',
        },
      ],
    });
    const machine = settings.arch === 'x86_64' ? 'x86_64' : 'aarch64';
    const root = scanDirectory(source);
    const tree = {
      root,
      ...(bootstrap === undefined
        ? {}
        : { bootstrap: checkedBootstrap(readFileSync(bootstrap), bootstrap, machine, redox.memory) }),
    };
    const { size, layout } = await writeInitfs(tree, {
      format,
      output,
      ...(maxSize === undefined ? {} : { sizeBudget: maxSize }),
    });
    const { problems } = verifyInitfs(readFileSync(output), { file: output, format, machine, dialect: redox });
    const say = (text: string) => process.stderr.write(`initfs: ${text}\n`);
    // Redox boots without a program that a file of init names; what is damaged it cannot read.
    const isFatal = ({ severity, code }: (typeof problems)[number]) => severity === 'error' && !NAMES.has(code);
    for (const problem of problems) say(`${isFatal(problem) ? 'error' : 'warning'}: ${problem.message}`);
    if (problems.some(isFatal)) {
      throw new UserError('this initfs cannot boot: see above', { file: output });
    }
    const files: InitfsEntry['files'][number][] = [];
    for (const { path, node } of walk(root)) {
      if (node.kind !== 'file' || !('path' in node.content)) continue;
      files.push({ path, size: node.content.size, blake3: await blake3File(node.content.path) });
    }
    record(settings, {
      kind: 'initfs',
      image: relative(settings.dir, output),
      format,
      size,
      files,
      ...(bootstrap === undefined ? {} : { bootstrap: await blake3File(bootstrap) }),
    });
    say(
      `format ${format}, layout ${layout}, ${size} bytes, ${files.length} files: ${files.map(({ path }) => path).join(' ')}`,
    );
    return 0;
  };
}

/** The file of the source that defines the image's format: in the crate beside the tool's, or above it. */
function typesFile(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const found = [join(at, 'src/types.rs'), join(at, 'initfs/src/types.rs')].find((file) => existsSync(file));
    if (found !== undefined && /pub struct Header\b/.test(readFileSync(found, 'utf8'))) return found;
    if (dirname(at) === at) return undefined;
  }
}

interface ArchiverOptions {
  source: string;
  bootstrap?: string;
  output: string;
  maxSize?: number;
}

/** The program's own options. */
export function archiverOptions(words: readonly string[], file: string): ArchiverOptions {
  const positional: string[] = [];
  let output: string | undefined;
  let maxSize: number | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const [, name, glued] = /^(--output|--max-size|-o|-m)(?:=?(.+))?$/s.exec(word) ?? [];
    if (name !== undefined) {
      const value = glued ?? words[++at];
      if (value === undefined) throw new UserError(`${PROGRAM}: ${name} has no value`, { file });
      if (name === '-o' || name === '--output') output = value;
      else maxSize = Number(value);
    } else if (word.startsWith('-') && word !== '-') throw new UserError(`${PROGRAM} has no option ${word}`, { file });
    else positional.push(word);
  }
  if (maxSize !== undefined && !(Number.isSafeInteger(maxSize) && maxSize > 0)) {
    throw new UserError(`${PROGRAM}: the largest size is no number of bytes`, { file });
  }
  const [source, bootstrap, ...more] = positional;
  if (source === undefined || output === undefined || more.length > 0) {
    throw new UserError(`${PROGRAM} is called as: DIR [BOOTSTRAP] -o IMG [-m BYTES]; here: ${words.join(' ')}`, {
      file,
    });
  }
  return {
    source: resolve(source),
    ...(bootstrap === undefined ? {} : { bootstrap: resolve(bootstrap) }),
    output: resolve(output),
    maxSize,
  };
}
