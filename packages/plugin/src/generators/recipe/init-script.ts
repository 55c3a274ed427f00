import { redox } from '@nx-redox/redox';

/** What a new component does in the system. */
export const COMPONENT_KINDS = ['service', 'driver', 'program'] as const;
export type ComponentKind = (typeof COMPONENT_KINDS)[number];

/** Where init finds the initfs, and in it programs and drivers. */
const INITFS = redox.init.mount.replace(/\/$/, '');
const FOLDERS = { service: 'bin', program: 'bin', driver: 'lib/drivers' } as const satisfies Record<
  ComponentKind,
  string
>;

/** What a word of init.rc does; undefined for the name of a program. */
const meaningOf = (word: string) => (Object.hasOwn(redox.init.words, word) ? redox.init.words[word] : undefined);

/** A line of init.rc that starts a program. */
interface Start {
  /** From 0. */
  line: number;
  /** As it is written: a name or a path. */
  program: string;
  /** The last part of the path, under which its boot stage is found. */
  name: string;
  waitedFor: boolean;
}

/** An edited init.rc and what runs around the new line. */
export interface AddedStart {
  text: string;
  /** Programs that are started before the new one and waited for, the nearest first. */
  before: string[];
  /** Programs that are started after it, the nearest first. */
  after: string[];
}

/** Path of a component's program in the initfs. */
export function placeInInitfs(name: string, kind: ComponentKind): string {
  return `${FOLDERS[kind]}/${name}`;
}

/** The lines of an init.rc that start programs, in their order. */
export function startsOf(text: string): Start[] {
  return text.split('\n').flatMap((content, line): Start[] => {
    const words = content.trim().split(/\s+/);
    const meaning = meaningOf(words[0]!) ?? 0;
    const program = typeof meaning === 'number' ? words[meaning] : undefined;
    if (!program || words[0]!.startsWith('#')) return [];
    // Init does not wait for what stands behind "nowait" only.
    return [{ line, program, name: program.split('/').at(-1)!, waitedFor: words[0] !== 'nowait' }];
  });
}

/**
 * Adds the line that starts a component to the text of an init.rc: a driver behind the drivers (before everything
 * else, if it is the first one), others before the last program, which is the one that everything is started for.
 */
export function addStart(text: string, name: string, kind: ComponentKind): AddedStart {
  const starts = startsOf(withoutConsole(text));
  const drivers = starts.filter(({ program }) => program.includes(`/${FOLDERS.driver}/`));
  const next = kind !== 'driver' ? starts.at(-1) : starts[drivers.length > 0 ? starts.indexOf(drivers.at(-1)!) + 1 : 0];
  const lines = text === '' ? [] : text.split(/(?<=\n)/);
  const at = next === undefined ? endOfText(lines) : behindCommandBefore(lines, next.line);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const missing = at > 0 && !lines[at - 1]!.endsWith('\n') ? eol : '';
  const edited = [...lines.slice(0, at), `${missing}${callOf(text, name, kind)}${eol}`, ...lines.slice(at)].join('');
  const earlier = starts.filter(({ line, waitedFor }) => line < at && waitedFor);
  return {
    text: edited,
    before: earlier.map((start) => start.name).reverse(),
    after: startsOf(text)
      .filter(({ line }) => line >= at)
      .map((start) => start.name),
  };
}

/** The text up to the point where it goes back to the serial line, for a shell: that waits for its user. */
function withoutConsole(text: string): string {
  const [last, ...others] = [...text.matchAll(/^[ \t]*stdio[ \t]+\/scheme\/debug[ \t]*$/gm)].reverse();
  const rest = last === undefined ? '' : text.slice(0, last.index);
  return others.length === 0 && startsOf(rest).length > 0 ? rest : text;
}

/** How init calls a program: by its name if PATH leads to it. */
function callOf(text: string, name: string, kind: ComponentKind): string {
  const folder = `${INITFS}/${FOLDERS[kind]}`;
  const folders = /^\s*export\s+PATH\s+(\S+)/m.exec(text)?.[1]?.split(':') ?? [];
  return folders.includes(folder) && meaningOf(name) === undefined ? name : `${folder}/${name}`;
}

function isCommand(line: string): boolean {
  return !/^\s*(#|$)/.test(line);
}

/** The line behind the last command before a line: comments between the two belong to the later one. */
function behindCommandBefore(lines: readonly string[], line: number): number {
  let at = line;
  while (at > 0 && !isCommand(lines[at - 1]!)) at--;
  return at > 0 ? at : line;
}

function endOfText(lines: readonly string[]): number {
  let at = lines.length;
  while (at > 0 && lines[at - 1]!.trim() === '') at--;
  return at;
}
