import { type CargoLock, parseCargoLock } from '@nx-redox/cargo-read';
import { TomlDocument } from '@nx-redox/kit/toml';
import { tablesText } from '@nx-redox/kit/toml-edit';
import type { ReplaceFix, VersionFinding } from './finding';
import { generationOf, newestOf, pinCommand, pinsTo, rowOf, type Pin } from './pins';
import { replacementTables } from './recipe-edit';
import { CARRIERS, GENERATIONS, OWNERS, RAW_CALLERS, RUNTIME, SYSTEM_CALLS, type Generation } from './table';
import { compareVersions, compatibilityOf, isWithin } from './version';

/** What the rules have to know besides the lock file. */
export interface LockContext {
  /** Packages of the workspace that count, with all that they reach; undefined for all. */
  packages?: readonly string[];
  /** redox_syscall of the system's kernel; undefined if that is not known. */
  kernel?: string;
  /** The programs link the C library, which has a redox-rt in it. */
  linksLibc: boolean;
  /** Crates that the build replaces by the one of another recipe, such as redox-rt. */
  replaced: ReadonlySet<string>;
  /** The recipe of the system's C library. */
  libc?: Libc;
  /** The recipe is built in a way that heeds `[nx.patch]`. */
  heedsPatches: boolean;
}

/** The C library that programs of a system link. */
export interface Libc {
  recipe: string;
  /** Commit that it is locked to; undefined for a source without one. */
  commit?: string;
  /** Folder of redox-rt in its source; undefined if that is not there. */
  runtime?: string;
}

/** A lock file with where its packages stand. */
class Lock {
  readonly packages: CargoLock['packages'];
  readonly #document: TomlDocument;

  constructor(
    readonly lock: CargoLock,
    text: string,
    readonly file: string,
  ) {
    this.packages = lock.packages;
    this.#document = new TomlDocument(text, file);
  }

  name(index: number): string {
    const { name, version } = this.packages[index]!;
    return `${name} ${version}`;
  }

  place(index: number) {
    const path = ['package', index, 'version'];
    return { file: this.file, ...(this.#document.locations.key(path) ?? this.#document.locations.nearest(path)) };
  }

  /** Indexes of what the packages named reach, themselves included. */
  reached(names: readonly string[] | undefined): Set<number> {
    const start = this.packages.flatMap(({ name, source }, index) =>
      source === undefined && (names === undefined || names.includes(name)) ? [index] : [],
    );
    const found = new Set(start);
    for (const index of found) this.packages[index]!.dependencies.forEach((next) => found.add(next));
    return found;
  }

  /** Copies of the type owners in the interface of a package. */
  exposed(index: number): Set<number> {
    const found = new Set<number>();
    const handsOn = CARRIERS[this.packages[index]!.name]?.types ?? [];
    for (const next of this.packages[index]!.dependencies) {
      const { name } = this.packages[next]!;
      if (handsOn.some((owner) => owner === name)) found.add(next);
      if (Object.hasOwn(CARRIERS, name)) this.exposed(next).forEach((owner) => found.add(owner));
    }
    return found;
  }

  /** Copies of the type owners that a package gets to see; `surely`: not only in errors of a library. */
  seen(index: number, surely = false): Set<number> {
    const found = new Set<number>();
    for (const next of this.packages[index]!.dependencies) {
      const { name } = this.packages[next]!;
      const carrier = Object.hasOwn(CARRIERS, name) ? CARRIERS[name] : undefined;
      if (OWNERS.some((owner) => owner === name)) found.add(next);
      if (carrier !== undefined && !(surely && carrier.errorsOnly)) {
        this.exposed(next).forEach((owner) => found.add(owner));
      }
    }
    return found;
  }
}

/** Checks the text of a Cargo.lock. */
export function checkLock(text: string, file: string, context: LockContext): VersionFinding[] {
  const { lock, diagnostics } = parseCargoLock(text, file);
  if (lock === undefined) {
    return diagnostics.map((diagnostic) => ({ ...diagnostic, rule: 'unreadable', why: 'cargo cannot read it either' }));
  }
  const view = new Lock(lock, text, file);
  const reached = view.reached(context.packages);
  return [...mixed(view, reached), ...severalRuntimes(view, reached, context), ...rawCallers(view, reached, context)];
}

/** Several copies of one crate that a package sees at once, and all packages that do. */
interface Mix {
  owner: (typeof OWNERS)[number];
  copies: number[];
  packages: number[];
}

function mixesIn(view: Lock, reached: ReadonlySet<number>): Mix[] {
  const found = new Map<string, Mix>();
  for (const index of reached) {
    const seen = [...view.seen(index)];
    for (const owner of OWNERS) {
      const copies = seen.filter((copy) => view.packages[copy]!.name === owner).sort((a, b) => a - b);
      if (copies.length < 2) continue;
      const key = copies.join();
      const mix = found.get(key) ?? { owner, copies, packages: [] };
      mix.packages.push(index);
      found.set(key, mix);
    }
  }
  return [...found.values()];
}

function mixed(view: Lock, reached: ReadonlySet<number>): VersionFinding[] {
  const mixes = mixesIn(view, reached);
  const syscalls = mixes.filter(({ owner }) => owner === 'redox_syscall');
  // Two libredox for two redox_syscall are the same mistake, told once.
  const others = mixes.filter(
    ({ owner, packages }) =>
      owner !== 'redox_syscall' && !packages.every((index) => syscalls.some((mix) => mix.packages.includes(index))),
  );
  return [
    ...syscalls.map((mix) => syscallFinding(view, reached, mix)),
    ...others.map((mix) => libredoxFinding(view, mix)),
  ];
}

/** The first package with the direct dependencies that bring each copy: what a reader has to look at. */
function explain(view: Lock, { copies, packages }: Mix): string {
  const [first] = packages;
  const brought = copies.map((copy) => {
    const by = view.packages[first!]!.dependencies.filter(
      (next) => next !== copy && Object.hasOwn(CARRIERS, view.packages[next]!.name) && view.exposed(next).has(copy),
    );
    const direct = view.packages[first!]!.dependencies.includes(copy);
    const ways = [...(direct ? ['itself'] : []), ...by.map((next) => view.name(next))];
    return `${view.name(copy)} (${ways.join(', ')})`;
  });
  return `${view.name(first!)} sees ${brought.join(' and ')}`;
}

function others(view: Lock, packages: readonly number[]): string {
  if (packages.length < 2) return '';
  const names = packages.slice(1, 4).map((index) => view.packages[index]!.name);
  const more = packages.length - 1 - names.length;
  return `; so ${packages.length === 2 ? 'does' : 'do'} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function syscallFinding(view: Lock, reached: ReadonlySet<number>, mix: Mix): VersionFinding {
  // A crate from elsewhere may use the two for different things; those of the table are known not to.
  const fails = (index: number) => {
    const { source, name } = view.packages[index]!;
    if (source !== undefined && !Object.hasOwn(CARRIERS, name)) return false;
    const seen = view.seen(index, true);
    return mix.copies.filter((copy) => seen.has(copy)).length > 1;
  };
  // What fails first is told first: a library with a mix in itself breaks all that use it.
  const depth = (index: number) => (view.packages[index]!.source === undefined ? 1 : 0);
  const packages = [...mix.packages].sort((a, b) => depth(a) - depth(b) || a - b);
  const generations = generationsFor(view, mix);
  const related = [...reached].filter((index) => Object.hasOwn(CARRIERS, view.packages[index]!.name));
  const choices = generations.flatMap((generation) => {
    const pins = pinsTo(view.lock, related, generation);
    return pins === undefined || pins.length === 0 ? [] : [{ generation, pins }];
  });
  const wrong = choices[0]?.pins[0];
  const culprit =
    wrong === undefined
      ? mix.copies.at(-1)!
      : view.packages.findIndex(({ name, version }) => name === wrong.name && version === wrong.from);
  const told = { ...mix, packages };
  return {
    rule: 'mixed-syscall',
    severity: packages.some(fails) ? 'error' : 'warning',
    message: `${explain(view, told)}${others(view, packages)}`,
    why:
      'does not compile where the two meet: "the trait `From<syscall::error::Error>` is not implemented for ' +
      '`syscall::Error`" or "mismatched types"',
    ...view.place(culprit),
    advice:
      choices.length > 0
        ? choices.map(({ generation, pins }) => pinAdvice(generation, pins))
        : requirementAdvice(view, packages[0]!, generations),
    ...(choices.length === 0
      ? {}
      : { fix: { kind: 'pin' as const, lock: view.file, choices: choices.map(({ pins }) => pins) } }),
  };
}

/** Rows that the crates could be brought to, best first: what packages of the workspace ask for themselves counts most. */
function generationsFor(view: Lock, { copies, packages }: Mix): Generation[] {
  const weight = (copy: number) =>
    packages.reduce((sum, index) => {
      const { dependencies, source } = view.packages[index]!;
      return sum + (dependencies.includes(copy) ? (source === undefined ? 1000 : 1) : 0);
    }, 0);
  const rows = [...copies]
    .sort((a, b) => weight(b) - weight(a) || compareVersions(view.packages[a]!.version, view.packages[b]!.version))
    .flatMap((copy) => generationOf(view.packages[copy]!.version) ?? []);
  return [...new Set(rows)];
}

function pinAdvice({ syscall }: Generation, pins: readonly Pin[]): string {
  return [`pin them to redox_syscall ${syscall}:`, ...pins.map(pinCommand)].join('\n');
}

function requirementAdvice(view: Lock, index: number, generations: readonly Generation[]): string[] {
  const { dependencies } = view.packages[index]!;
  const direct = dependencies.map((next) => view.packages[next]!).filter(({ name }) => Object.hasOwn(CARRIERS, name));
  const rows = generations.length > 0 ? generations : GENERATIONS.slice(-1);
  return rows.slice(0, 2).map((row) => {
    const wanted = direct.flatMap(({ name, version }) => {
      const newest = newestOf(row, name);
      return newest === undefined || rowOf(name, version) === row ? [] : [`${name} = "${newest}"`];
    });
    const syscall = dependencies.some(
      (next) =>
        view.packages[next]!.name === 'redox_syscall' && compatibilityOf(view.packages[next]!.version) !== row.syscall,
    );
    const lines = [...(syscall ? [`redox_syscall = "${row.syscall}"`] : []), ...wanted];
    return lines.length === 0
      ? `no release fits: a [patch] by a crate made for redox_syscall ${row.syscall} is needed`
      : `no pin can fix it; requirements for redox_syscall ${row.syscall} in Cargo.toml: ${lines.join(', ')}`;
  });
}

function libredoxFinding(view: Lock, mix: Mix): VersionFinding {
  return {
    rule: 'mixed-libredox',
    severity: 'warning',
    message: `${explain(view, mix)}${others(view, mix.packages)}`,
    why: 'does not compile if a value such as libredox::Fd goes from one to the other: "mismatched types"',
    ...view.place(mix.copies.at(-1)!),
    advice: [
      `ask for the releases of one libredox in Cargo.toml: ${mix.copies.map((copy) => compatibilityOf(view.packages[copy]!.version)).join(' or ')}`,
    ],
  };
}

function severalRuntimes(view: Lock, reached: ReadonlySet<number>, context: LockContext): VersionFinding[] {
  if (context.replaced.has(RUNTIME.crate)) return [];
  const copies = [...reached].filter((index) => view.packages[index]!.name === RUNTIME.crate).sort((a, b) => a - b);
  const described = copies.map((index) => {
    const { source, hash } = view.packages[index]!;
    return source === undefined ? 'of this source' : (hash?.slice(0, 12) ?? source);
  });
  const mending = replacement(view, copies, context);
  if (copies.length > 1) {
    return [
      {
        rule: 'several-redox-rt',
        severity: 'error',
        message: `${copies.length} copies of ${RUNTIME.crate}: ${described.join(', ')}`,
        why: 'each has statics of its own and only one is set up: "cannot use ForkArgs::Managed", or a crash at fork',
        ...view.place(copies[1]!),
        ...mending,
      },
    ];
  }
  const [only] = copies;
  if (only === undefined) return [];
  if (!context.linksLibc) return runtimeOfOtherDays(view, only, context, mending);
  const users = [...reached].filter((index) => view.packages[index]!.dependencies.includes(only));
  return [
    {
      rule: 'redox-rt-beside-libc',
      severity: 'warning',
      message: `${users.map((index) => view.packages[index]!.name).join(', ')} brings ${RUNTIME.crate} (${described[0]}) beside the one in the C library`,
      why: 'its statics are never set up: functions for processes panic at run time ("cannot use ForkArgs::Managed")',
      ...view.place(only),
      advice: ['use only what needs no process state of it, or call the C library'],
    },
  ];
}

/** The runtime of a program without C library, against the one that all others have in theirs. */
function runtimeOfOtherDays(
  view: Lock,
  copy: number,
  { libc, heedsPatches }: LockContext,
  mending: Pick<VersionFinding, 'advice' | 'fix'>,
): VersionFinding[] {
  const { source, hash } = view.packages[copy]!;
  // Whether a script builds the program, and with which one, its recipe does not tell.
  if (!heedsPatches || libc?.commit === undefined) return [];
  if (hash === undefined || source?.startsWith('git+') !== true || hash === libc.commit) return [];
  return [
    {
      rule: 'several-redox-rt',
      severity: 'warning',
      message: `${RUNTIME.crate} is that of commit ${hash.slice(0, 12)}, and the system's ${libc.recipe} is at ${libc.commit.slice(0, 12)}`,
      why: 'compiles; if they disagree on what processes tell each other, the first program that starts another one crashes',
      ...view.place(copy),
      ...mending,
    },
  ];
}

/** How all copies become the one in the source of the C library. */
function replacement(
  view: Lock,
  copies: readonly number[],
  { libc, heedsPatches }: LockContext,
): Pick<VersionFinding, 'advice' | 'fix'> {
  const urls = copies.flatMap((index) => {
    const { source } = view.packages[index]!;
    return source?.startsWith('git+') === true ? source.slice('git+'.length).replace(/[?#].*$/, '') : [];
  });
  const sources = urls.length === 0 ? [RUNTIME.repository] : [...new Set(urls)];
  const by = { recipe: libc?.recipe ?? 'relibc', path: libc?.runtime ?? RUNTIME.crate };
  const fix: ReplaceFix = { kind: 'replace', sources, crate: RUNTIME.crate, by };
  const isCertain = heedsPatches && libc?.runtime !== undefined && urls.length > 0;
  return {
    advice: [`one for all, in recipe.toml:\n${tablesText(replacementTables(fix)).trim()}`],
    ...(isCertain ? { fix } : {}),
  };
}

function rawCallers(view: Lock, reached: ReadonlySet<number>, context: LockContext): VersionFinding[] {
  const { kernel } = context;
  if (kernel === undefined) return [];
  return [...reached].flatMap((index): VersionFinding[] => {
    const { name, version, dependencies } = view.packages[index]!;
    const syscall = dependencies.find((next) => view.packages[next]!.name === 'redox_syscall');
    if (syscall === undefined || context.replaced.has(name)) return [];
    const syscallVersion = view.packages[syscall]!.version;
    const caller = RAW_CALLERS.find(
      ({ crate, by, span }) => crate === name && isWithin(by === 'version' ? version : syscallVersion, span),
    );
    const missing = SYSTEM_CALLS.filter(
      (call) => caller?.calls.includes(call.constant) === true && !isWithin(kernel, call.kernel),
    );
    if (missing.length === 0) return name === RUNTIME.crate ? otherGeneration(view, index, syscallVersion, kernel) : [];
    const names = missing.map(({ constant }) => constant).join(', ');
    const row = generationOf(kernel);
    const release = row === undefined ? undefined : newestOf(row, name);
    return [
      {
        rule: 'kernel-abi',
        severity: 'error',
        message: `${view.name(index)} with redox_syscall ${syscallVersion} calls ${names}, which a kernel with redox_syscall ${kernel} does not handle`,
        why: 'fails when it runs: ENOSYS, "Function not implemented (os error 38)"',
        ...view.place(index),
        advice: [
          release === undefined
            ? `take the ${name} that is made for redox_syscall ${compatibilityOf(kernel)}, from the same days as the kernel; or a kernel of its time`
            : `${name} = "${release}" is made for this kernel's redox_syscall; or take a kernel that fits this one`,
        ],
      },
    ];
  });
}

/** Calls are not all that a runtime and a kernel have to agree on. */
function otherGeneration(view: Lock, index: number, syscall: string, kernel: string): VersionFinding[] {
  if (compatibilityOf(syscall) === compatibilityOf(kernel)) return [];
  return [
    {
      rule: 'kernel-abi',
      severity: 'warning',
      message: `${view.name(index)} has redox_syscall ${syscall}, and the kernel of this system ${kernel}`,
      why: 'all calls are there, but flags, structures and who keeps namespaces changed between the two: a hang or a panic early in the boot',
      ...view.place(index),
      advice: [`take the ${RUNTIME.crate} from the same days as the kernel`],
    },
  ];
}
