import type { InitWords } from '@nx-redox/kit';
import { parse, TomlError } from 'smol-toml';
import { contentSize, type DirNode, findNode, sortedEntries, type TreeNode } from './tree';

/** A program that a file of the image starts. */
export interface NamedProgram {
  /** As it is written there. */
  command: string;
  /** Places in the image where it would be found, in the order of the search; empty if it is outside the image. */
  candidates: string[];
  /** File and line that name it. */
  from: string;
  /** Whether the boot can go on without it: drivers of devices that may not be there. */
  optional: boolean;
}

/** A file of the image that init cannot read. */
interface ConfigProblem {
  from: string;
  message: string;
}

export interface NamedPrograms {
  programs: NamedProgram[];
  problems: ConfigProblem[];
}

// init's files have some kilobytes. What is more than this comes from an image that wants to keep its readers busy.
const MAX_CONFIG_SIZE = 1 << 20;
const MAX_CONFIG_TOTAL = 4 << 20;
const MAX_SCRIPT_DEPTH = 64;
const MAX_SEARCH_PATH = 16;

/**
 * The programs that init's script, its units and the tables of drivers name: what init would start before it switches
 * to the root file system.
 *
 * @param init what init reads, and the words of its scripts
 * @param arch architecture of the system as units name it; units for others are left out
 */
export function namedPrograms(root: DirNode, init: InitWords, arch?: string): NamedPrograms {
  const collector = new Collector(root, init, arch);
  collector.rc(init.script);
  for (const dir of init.units) collector.units(dir);
  for (const path of init.drivers) collector.drivers(path);
  return { programs: collector.programs, problems: collector.problems };
}

class Collector {
  readonly programs: NamedProgram[] = [];
  readonly problems: ConfigProblem[] = [];
  private readonly seen = new Set<string>();
  private searchPath = ['bin'];
  private configBudget = MAX_CONFIG_TOTAL;
  private depth = 0;

  constructor(
    private readonly root: DirNode,
    private readonly init: InitWords,
    private readonly arch?: string,
  ) {}

  /** A script of init: one command on each line, words separated by single spaces. */
  rc(path: string): void {
    if (this.seen.has(path)) return;
    this.seen.add(path);
    const text = this.text(path);
    if (text === undefined) return;
    for (const [index, raw] of text.split('\n').entries()) {
      const line = raw.trim();
      if (line === '' || line.startsWith('#')) continue;
      const words = line.split(' ');
      // Variables for one command come before it.
      while (words.length > 0 && /^\w+=/.test(words[0] as string)) words.shift();
      const from = `${path}:${index + 1}`;
      const command = words[0];
      if (command === undefined) continue;
      const meaning = Object.hasOwn(this.init.words, command) ? this.init.words[command]! : 0;
      if (typeof meaning === 'number') {
        this.program(words[meaning], from);
      } else if (meaning === 'variable' && words[1] === 'PATH') {
        const folders = (words[2] ?? '').split(':');
        if (folders.length > MAX_SEARCH_PATH)
          this.problems.push({
            from,
            message: `PATH has ${folders.length} folders; no more than ${MAX_SEARCH_PATH} are searched`,
          });
        this.searchPath = folders.slice(0, MAX_SEARCH_PATH).flatMap((dir) => this.inside(dir) ?? []);
      } else if (meaning === 'script') {
        const script = this.inside(words[1] ?? '');
        if (script !== undefined && this.file(script, from)) this.script(script, from);
      } else if (meaning === 'scripts') {
        for (const word of words.slice(1)) this.scripts(this.inside(word), from);
      } else if (meaning === 'leave') {
        return;
      }
    }
  }

  /** A script that another one runs. */
  private script(path: string, from: string): void {
    if (this.depth >= MAX_SCRIPT_DEPTH) {
      this.problems.push({ from, message: `scripts run each other more than ${MAX_SCRIPT_DEPTH} deep` });
      return;
    }
    this.depth++;
    this.rc(path);
    this.depth--;
  }

  private scripts(dir: string | undefined, from: string): void {
    const node = dir === undefined ? undefined : findNode(this.root, dir);
    if (node?.kind !== 'dir') return;
    for (const [name] of sortedEntries(node)) this.script(`${dir}/${name}`, from);
  }

  /** Units of init: `.service` and `.target` are TOML, files without an extension are scripts. */
  units(dir: string): void {
    const node = findNode(this.root, dir);
    if (node?.kind !== 'dir') return;
    for (const [name] of sortedEntries(node)) {
      const path = `${dir}/${name}`;
      if (!name.includes('.')) {
        this.rc(path);
        continue;
      }
      if (!name.endsWith('.service') && !name.endsWith('.target')) {
        this.problems.push({
          from: path,
          message: 'init knows units named *.service, *.target and scripts without an extension only',
        });
        continue;
      }
      const unit = this.toml(path);
      const info = tableOf(unit?.['unit']);
      if (!unit) continue;
      if (!info) {
        this.problems.push({ from: path, message: 'the unit has no table [unit]' });
        continue;
      }
      const arches = info['condition_architecture'];
      if (this.arch !== undefined && Array.isArray(arches) && !arches.includes(this.arch)) continue;
      for (const required of listOf(info['requires_weak'])) this.unitExists(required, path);
      if (!name.endsWith('.service')) continue;
      const command = tableOf(unit['service'])?.['cmd'];
      if (typeof command !== 'string') {
        this.problems.push({ from: path, message: 'the service has no "cmd" in its table [service]' });
        continue;
      }
      this.searchPath = ['bin'];
      // A board is only known when the system runs.
      this.program(command, path, Array.isArray(info['condition_board']));
    }
  }

  private unitExists(name: string, from: string): void {
    // An instance, ramfs@logging.service, is made from the template ramfs@.service.
    const at = name.indexOf('@');
    const dot = at < 0 ? -1 : name.indexOf('.', at);
    const file = dot < 0 ? name : name.slice(0, at + 1) + name.slice(dot);
    if (this.init.units.some((dir) => findNode(this.root, `${dir}/${file}`))) return;
    this.problems.push({ from, message: `it requires the unit ${name}, which is not in the image` });
  }

  /** pcid-spawner's table of drivers: a file, or a folder of files. */
  drivers(path: string): void {
    const node = findNode(this.root, path);
    if (node?.kind === 'dir') {
      for (const [name] of sortedEntries(node)) if (name.endsWith('.toml')) this.drivers(`${path}/${name}`);
      return;
    }
    if (!node) return;
    const drivers = this.toml(path)?.['drivers'];
    for (const driver of Array.isArray(drivers) ? drivers : []) {
      const command = tableOf(driver)?.['command'];
      const program = Array.isArray(command) ? command[0] : command;
      if (typeof program === 'string') this.program(program, path, true);
      else this.problems.push({ from: path, message: 'a driver has no "command"' });
    }
  }

  private program(command: string | undefined, from: string, optional = false): void {
    // What a variable holds is only known when the system runs.
    if (command === undefined || command === '' || command.startsWith('$')) return;
    const path = this.inside(command);
    if (path !== undefined) this.programs.push({ command, candidates: [path], from, optional });
    else if (!command.includes('/') && this.searchPath.length > 0) {
      this.programs.push({ command, candidates: this.searchPath.map((dir) => `${dir}/${command}`), from, optional });
    }
  }

  /** The part of a path of a running program that is in the image. */
  private inside(path: string): string | undefined {
    const { mount } = this.init;
    if (!path.startsWith(mount)) return undefined;
    return path
      .slice(mount.length)
      .split('/')
      .filter((part) => part !== '')
      .join('/');
  }

  private file(path: string, from: string): boolean {
    if (findNode(this.root, path)) return true;
    this.problems.push({ from, message: `it runs ${path}, which is not in the image` });
    return false;
  }

  private toml(path: string): Record<string, unknown> | undefined {
    const text = this.text(path);
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      this.problems.push({ from: `${path}:${error.line}`, message: `it is no TOML: ${error.message.split('\n')[0]}` });
      return undefined;
    }
  }

  private text(path: string): string | undefined {
    const node = follow(this.root, path);
    if (node?.kind !== 'file' || !('bytes' in node.content)) return undefined;
    if (contentSize(node.content) > MAX_CONFIG_SIZE) {
      this.problems.push({ from: path, message: 'it is larger than 1 MiB, too large for a configuration' });
      return undefined;
    }
    this.configBudget -= contentSize(node.content);
    if (this.configBudget < 0) {
      this.problems.push({ from: path, message: 'it is not read: the configurations have more than 4 MiB together' });
      return undefined;
    }
    return Buffer.from(node.content.bytes).toString('utf8');
  }
}

/**
 * The node at a path, or what a link there leads to; Redox does not go through links in the middle of a path.
 *
 * @param known what was found before, by path: with it, many links cost no more than each of them once
 */
export function follow(
  root: DirNode,
  path: string,
  known = new Map<string, TreeNode | undefined>(),
): TreeNode | undefined {
  const passed: string[] = [];
  let at = path;
  let found: TreeNode | undefined;
  for (;;) {
    if (known.has(at)) {
      found = known.get(at);
      break;
    }
    // Until the end is known a link leads nowhere, which is what it does if it comes back to itself.
    known.set(at, undefined);
    passed.push(at);
    const node = findNode(root, at);
    if (node?.kind !== 'link') {
      found = node;
      break;
    }
    const parts = at.split('/').slice(0, -1);
    for (const part of node.target.split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    }
    at = parts.join('/');
  }
  for (const link of passed) known.set(link, found);
  return found;
}

function tableOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
