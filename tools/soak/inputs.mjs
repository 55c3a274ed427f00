/*
 * Random Cargo workspaces against the cache: each has one component that reads files in ways which are drawn by lot, each
 * is edited again and again, and after each edit a build by Nx must give the bytes that a clean build without a cache
 * gives, and `nx affected` must name the component. Many of them lie side by side, so that Nx starts once for all.
 *
 *   node tools/soak/inputs.mjs [--count N] [--seed S] [--edits N] [--side-by-side N] [--keep]
 *
 * Needs what `npm run setup` brings. Prints one line per workspace and a table of counts; ends with 1 if anything was wrong.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';

const execute = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const BACKEND = 'cranelift';

/** A source of numbers that is the same for the same seed (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (end) => Math.floor(next() * end);
  return { below, pick: (list) => list[below(list.length)], chance: (share) => next() < share };
}

/**
 * Ways to read something. Each adds files to a plan: `code` for main.rs, `build` for build.rs, `files`, and `edits`, each of
 * which says what may change and whether the component is affected by it.
 */
const WAYS = {
  include_str: (plan, id) => {
    plan.file(`${plan.group}/assets/${id}.txt`, plan.token(id));
    plan.used(id, `include_str!("../../assets/${id}.txt")`);
    plan.edit(`${plan.group}/assets/${id}.txt`);
  },
  'include_bytes by CARGO_MANIFEST_DIR': (plan, id) => {
    plan.file(`${plan.above}/far/${id}.txt`, plan.token(id));
    plan.code.push(
      `#[used] static ${id}: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../far/", "${id}.txt"));`,
    );
    plan.edit(`${plan.above}/far/${id}.txt`);
  },
  '#[path], with a module and an include of its own': (plan, id) => {
    const name = id.toLowerCase();
    plan.file(`${plan.group}/shared/${name}.rs`, `pub mod deep;\npub const A: &str = include_str!("${name}.in");\n`);
    plan.file(`${plan.group}/shared/${name}.in`, plan.token(`${id}A`));
    plan.file(`${plan.group}/shared/deep.rs`, `pub const B: &str = "${plan.token(`${id}B`)}";\n`);
    plan.code.push(`#[path = "../../shared/${name}.rs"] mod ${name};`);
    plan.used(`${id}A`, `${name}::A`);
    plan.used(`${id}B`, `${name}::deep::B`);
    plan.edit(`${plan.group}/shared/${name}.in`);
    plan.edit(`${plan.group}/shared/deep.rs`);
  },
  'a nested Nx project': (plan, id) => {
    const name = id.toLowerCase();
    plan.file(`${plan.app}/src/${name}/project.json`, JSON.stringify({ name: `nested-${name}`, targets: {} }));
    plan.file(`${plan.app}/src/${name}/mod.rs`, `pub const P: &str = "${plan.token(id)}";\n`);
    plan.code.push(`mod ${name};`);
    plan.used(id, `${name}::P`);
    plan.edit(`${plan.app}/src/${name}/mod.rs`);
  },
  'a link to a file': (plan, id) => {
    const name = id.toLowerCase();
    plan.file(`${plan.group}/shared/l_${name}.rs`, `pub const P: &str = "${plan.token(id)}";\n`);
    plan.link(`${plan.app}/src/${name}.rs`, `../../shared/l_${name}.rs`);
    plan.code.push(`mod ${name};`);
    plan.used(id, `${name}::P`);
    plan.edit(`${plan.group}/shared/l_${name}.rs`);
  },
  'a link to a folder': (plan, id) => {
    const name = id.toLowerCase();
    plan.file(`${plan.group}/linked/${name}/mod.rs`, `pub const P: &str = "${plan.token(id)}";\n`);
    plan.link(`${plan.app}/src/${name}`, `../../linked/${name}`);
    plan.code.push(`mod ${name};`);
    plan.used(id, `${name}::P`);
    plan.edit(`${plan.group}/linked/${name}/mod.rs`);
  },
  'a build script that names its file': (plan, id) => {
    plan.file(`${plan.group}/data/${id}.txt`, plan.token(id));
    plan.build.push(
      `println!("cargo::rerun-if-changed=../data/${id}.txt");`,
      `println!("cargo::rustc-env=${id}={}", std::fs::read_to_string("../data/${id}.txt").unwrap());`,
    );
    plan.used(id, `env!("${id}")`);
    plan.edit(`${plan.group}/data/${id}.txt`);
  },
  'a build script that says nothing': (plan, id) => {
    plan.file(`${plan.group}/quiet/${id}.txt`, plan.token(id));
    plan.build.push(
      `std::fs::copy("../quiet/${id}.txt", format!("{}/${id}.txt", std::env::var("OUT_DIR").unwrap())).unwrap();`,
    );
    plan.used(id, `include_str!(concat!(env!("OUT_DIR"), "/${id}.txt"))`);
    plan.edit(`${plan.group}/quiet/${id}.txt`);
  },
  'a build script that lists a folder': (plan, id) => {
    plan.file(`${plan.group}/list-${id}/0.txt`, plan.token(id));
    plan.build.push(
      `println!("cargo::rerun-if-changed=../list-${id}");`,
      `let mut names: Vec<String> = std::fs::read_dir("../list-${id}").unwrap().map(|e| std::fs::read_to_string(e.unwrap().path()).unwrap()).collect();`,
      `names.sort(); println!("cargo::rustc-env=${id}={}", names.concat());`,
    );
    plan.used(id, `env!("${id}")`);
    plan.edit(`${plan.group}/list-${id}/0.txt`);
    plan.edits.push({ file: `${plan.group}/list-${id}/1.txt`, add: plan.token(`${id}N`) });
  },
  'a build script whose paths nobody can foresee': (plan, id) => {
    plan.file(`${plan.group}/secret/${id}.txt`, plan.token(id));
    plan.build.push(
      `let path = ["..", "/sec", "ret/${id}.txt"].concat(); println!("cargo::rerun-if-changed={path}");`,
      `println!("cargo::rustc-env=${id}={}", std::fs::read_to_string(&path).unwrap());`,
    );
    plan.used(id, `env!("${id}")`);
    plan.edit(`${plan.group}/secret/${id}.txt`);
    plan.foreseen = false;
  },
  'a variable that the recipe names': (plan, id) => {
    plan.env.push(id);
    plan.variables[id] = plan.token(id);
    plan.code.push(`#[used] static ${id}: &str = match option_env!("${id}") { Some(v) => v, None => "none" };`);
    plan.edits.push({ variable: id });
  },
  'a variable that nobody names': (plan, id) => {
    plan.variables[id] = plan.token(id);
    plan.code.push(`#[used] static ${id}: &str = match option_env!("${id}") { Some(v) => v, None => "none" };`);
    plan.edits.push({ variable: id });
  },
  'a crate beside it, with an include of its own': (plan, id) => {
    const name = `lib_${id.toLowerCase()}`;
    plan.file(`${plan.group}/${name}/Cargo.toml`, `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2024"\n`);
    plan.file(
      `${plan.group}/${name}/src/lib.rs`,
      `#![no_std]\npub const P: &str = include_str!("../../../far/${name}.txt");\n`,
    );
    plan.file(`${plan.above}/far/${name}.txt`, plan.token(id));
    plan.members.push(name);
    plan.dependencies.push(`${name} = { path = "../${name}" }`);
    plan.used(id, `${name}::P`);
    plan.edit(`${plan.above}/far/${name}.txt`);
    plan.edit(`${plan.group}/${name}/src/lib.rs`, (text) => `${text}pub const MORE: u32 = ${plan.lot.below(1e9)};\n`);
  },
  'a procedural macro that tells nobody': (plan, id) => {
    const name = `macro_${id.toLowerCase()}`;
    plan.file(
      `${plan.group}/${name}/Cargo.toml`,
      `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2024"\n[lib]\nproc-macro = true\n`,
    );
    plan.file(
      `${plan.group}/${name}/src/lib.rs`,
      [
        'use proc_macro::TokenStream;',
        '#[proc_macro] pub fn text(input: TokenStream) -> TokenStream {',
        "  let path = input.to_string().trim_matches('\"').to_string();",
        '  let dir = std::env::var("CARGO_MANIFEST_DIR").unwrap();',
        '  format!("{:?}", std::fs::read_to_string(format!("{dir}/{path}")).unwrap()).parse().unwrap()',
        '}',
      ].join('\n'),
    );
    plan.file(`${plan.group}/macro-data/${id}.txt`, plan.token(id));
    plan.members.push(name);
    plan.dependencies.push(`${name} = { path = "../${name}" }`);
    plan.used(id, `${name}::text!("../macro-data/${id}.txt")`);
    plan.edit(`${plan.group}/macro-data/${id}.txt`);
  },
  'a linker script with INCLUDE': (plan, id) => {
    plan.scripts.push(`INCLUDE ${id}.x`);
    const beside = plan.lot.chance(0.5);
    const file = beside ? `${plan.app}/${id}.x` : `${plan.group}/${id}.x`;
    plan.file(file, `${id}_SYMBOL = ${plan.lot.below(1e6)};\n`);
    plan.edits.push({ file, change: () => `${id}_SYMBOL = ${plan.lot.below(1e6)};\n` });
  },
  "cargo's own configuration": (plan, id) => {
    plan.config.push(`${id} = "${plan.token(id)}"`);
    plan.used(id, `env!("${id}")`);
    plan.edits.push({
      file: plan.configFile,
      change: (text) => text.replace(new RegExp(`${id} = ".*"`), `${id} = "${plan.token(id)}"`),
    });
  },
  'a crate in a git repository of its own': (plan, id) => {
    const name = `own_${id.toLowerCase()}`;
    plan.file(`${plan.group}/${name}/Cargo.toml`, `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2024"\n`);
    plan.file(`${plan.group}/${name}/src/lib.rs`, `#![no_std]\npub const P: &str = "${plan.token(id)}";\n`);
    plan.repositories.push(`${plan.group}/${name}`);
    plan.members.push(name);
    plan.dependencies.push(`${name} = { path = "../${name}" }`);
    plan.used(id, `${name}::P`);
    plan.edits.push({
      file: `${plan.group}/${name}/src/lib.rs`,
      change: (text) => text.replace(/-\d+/, `-${plan.lot.below(1e9)}`),
      // An edit, or a pointer that moves.
      commitIn: plan.lot.chance(0.5) ? `${plan.group}/${name}` : undefined,
    });
  },
  'the profile of the Cargo workspace': (plan) => {
    plan.edits.push({
      file: `${plan.group}/Cargo.toml`,
      change: (text) => text.replace(/opt-level = \d/, (level) => `opt-level = ${(Number(level.at(-1)) + 1) % 4}`),
    });
  },
};

/**
 * Makes the plan of one workspace: its files, and the edits that come after.
 *
 * @param place number of the folder in which it lies.
 */
export function planOf(seed, place) {
  const lot = random(seed);
  const above = `recipes/mini/g${place}`;
  const group = `${above}/ws`;
  const project = `gen${place}`;
  // One for all lies at the top: no more than one of them can have it.
  const configs = [
    `${above}/.cargo/config.toml`,
    `${group}/.cargo/config.toml`,
    `${group}/${project}/.cargo/config.toml`,
  ];
  const plan = {
    lot,
    seed,
    place,
    project,
    above,
    group,
    app: `${group}/${project}`,
    files: new Map(),
    links: new Map(),
    code: [],
    build: [],
    env: [],
    variables: {},
    members: [],
    dependencies: [],
    repositories: [],
    scripts: [],
    config: [],
    configFile: lot.pick([place === 0 ? '.cargo/config.toml' : configs[0], ...configs.slice(0, 2)]),
    edits: [],
    ways: [],
    foreseen: true,
    token: (id) => `${id}-${lot.below(1e9)}`,
    file: (path, text) => void plan.files.set(path, text),
    link: (path, target) => void plan.links.set(path, target),
    used: (id, value) => void plan.code.push(`#[used] static ${id}: &str = ${value};`),
    edit: (file, change) =>
      void plan.edits.push({
        file,
        change: change ?? ((text) => text.replace(/-\d+/, `-${lot.below(1e9)}`)),
      }),
  };
  const names = Object.keys(WAYS);
  const count = 2 + lot.below(4);
  for (let index = 0; index < count; index++) {
    const way = lot.pick(names);
    plan.ways.push(way);
    WAYS[way](plan, `G${place}W${index}`);
  }
  plan.file(
    `${group}/Cargo.toml`,
    `[workspace]\nresolver = "2"\nmembers = [${[project, ...new Set(plan.members)].map((name) => `"${name}"`).join(', ')}]\n[profile.release]\npanic = "abort"\nopt-level = 1\n`,
  );
  plan.file(
    `${plan.app}/Cargo.toml`,
    `[package]\nname = "${project}"\nversion = "0.1.0"\nedition = "2024"\n[dependencies]\n${[...new Set(plan.dependencies)].join('\n')}\n`,
  );
  const env = plan.env.length === 0 ? '' : `env = [${plan.env.map((name) => `"${name}"`).join(', ')}]\n`;
  plan.file(
    `${plan.app}/recipe.toml`,
    `[source]\npath = "."\n[build]\ntemplate = "cargo"\n[nx]\nkind = "program"\nspec = "mini"\npackage = "${project}"\nlinker-script = "program.ld"\n${env}`,
  );
  plan.file(
    `${plan.app}/src/main.rs`,
    [
      '#![no_std]',
      '#![no_main]',
      '#[panic_handler] fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }',
      '#[unsafe(no_mangle)] pub extern "C" fn _start() -> ! { loop { core::hint::black_box(1); } }',
      ...plan.code,
      '',
    ].join('\n'),
  );
  if (plan.build.length > 0) plan.file(`${plan.app}/build.rs`, `fn main() {\n${plan.build.join('\n')}\n}\n`);
  if (plan.config.length > 0) plan.file(plan.configFile, `[env]\n${plan.config.join('\n')}\n`);
  if (plan.edits.length === 0) plan.edit(`${plan.app}/src/main.rs`, (text) => `${text}// ${lot.below(1e9)}\n`);
  return plan;
}

/** One copy of this repository. */
class Copy {
  constructor(root) {
    this.root = root;
  }

  static async make(parent, name) {
    const root = join(parent, name);
    await mkdir(root, { recursive: true });
    const { stdout } = await execute('git', ['ls-files', '-z'], { cwd: ROOT, maxBuffer: 1 << 28 });
    for (const file of stdout.split('\0').filter(Boolean)) {
      await cp(join(ROOT, file), join(root, file), { verbatimSymlinks: true }).catch(() => undefined);
    }
    await execute('cp', ['-al', join(ROOT, 'node_modules'), join(root, 'node_modules')]);
    for (const folder of await readdir(join(ROOT, 'packages'))) {
      await execute('cp', ['-a', join(ROOT, 'packages', folder, 'dist'), join(root, 'packages', folder, 'dist')]).catch(
        () => undefined,
      );
    }
    await execute('cp', ['-a', join(ROOT, 'dist'), join(root, 'dist')]);
    await execute('cp', ['-a', join(ROOT, '.nx'), join(root, '.nx')]).catch(() => undefined);
    const copy = new Copy(root);
    await copy.git('init', '-q', '-b', 'main');
    await copy.git('add', '--all');
    await copy.git('commit', '-q', '-m', 'start');
    return copy;
  }

  git(...args) {
    const identity = ['-c', 'user.name=soak', '-c', 'user.email=soak@example.invalid', '-c', 'commit.gpgsign=false'];
    return execute('git', [...identity, ...args], { cwd: this.root, maxBuffer: 1 << 28 });
  }

  async nx(args, variables = {}) {
    const env = {
      ...process.env,
      NX_DAEMON: 'false',
      CI: 'true',
      NX_TUI: 'false',
      FORCE_COLOR: undefined,
      NO_COLOR: '1',
      ...variables,
    };
    for (const name of Object.keys(env)) if (/^(NX_(?!DAEMON|TUI)|npm_|VITEST)/.test(name)) delete env[name];
    try {
      const { stdout, stderr } = await execute(process.execPath, ['node_modules/nx/dist/bin/nx.js', ...args], {
        cwd: this.root,
        env,
        maxBuffer: 1 << 28,
      });
      return { ok: true, output: stdout + stderr };
    } catch (error) {
      return { ok: false, output: `${error.stdout ?? ''}${error.stderr ?? error}` };
    }
  }

  async write(path, text) {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text);
  }

  read(path) {
    return readFile(join(this.root, path), 'utf8');
  }

  /** Goes back to the start: files only, results of tasks stay. */
  async clear() {
    await this.git('reset', '-q', '--hard', 'start');
    await this.git('clean', '-q', '-f', '-f', '-d');
  }

  async put(plan) {
    for (const [path, text] of plan.files) await this.write(path, text);
    for (const [path, target] of plan.links) {
      await mkdir(dirname(join(this.root, path)), { recursive: true });
      await symlink(target, join(this.root, path));
    }
    const script = await this.read('recipes/mini/rt/program.ld');
    await this.write(`${plan.app}/program.ld`, [...plan.scripts, script].join('\n'));
    await execute(await cargoOf(this.root), ['generate-lockfile', '--offline'], { cwd: join(this.root, plan.group) });
    for (const folder of plan.repositories) {
      await this.git('init', '-q', '-b', 'main', folder);
      await this.commitIn(folder);
    }
  }

  async commitIn(folder) {
    await this.git('-C', folder, 'add', '--all');
    await this.git('-C', folder, 'commit', '-q', '-m', 'change');
  }

  /** What a component's build has made; undefined if there is nothing. */
  async result({ project }) {
    const hashes = [];
    for (const file of [`stage/usr/bin/${project}`, `debug/${project}`]) {
      const bytes = await readFile(join(this.root, `dist/aarch64/${BACKEND}/${project}`, file)).catch(() => undefined);
      if (bytes === undefined) return undefined;
      hashes.push(createHash('sha256').update(bytes).digest('hex').slice(0, 16));
    }
    return hashes.join(' ');
  }
}

async function cargoOf(root) {
  return JSON.parse(await readFile(join(root, 'dist/toolchain/location.json'), 'utf8')).cargo;
}

/** One command for all components. */
const buildOf = (plans) => ['run-many', '-t', `build-${BACKEND}`, '-p', plans.map(({ project }) => project).join(',')];

/** Builds of another copy with nothing to go on from. */
async function cleanBuilds(oracle, plans, variables) {
  await rm(join(oracle.root, 'target'), { recursive: true, force: true });
  for (const { project } of plans)
    await rm(join(oracle.root, 'dist/aarch64', BACKEND, project), { recursive: true, force: true });
  const args = [...buildOf(plans), '--skip-nx-cache', '--exclude-task-dependencies'];
  return oracle.nx(args, { ...variables, NX_BATCH_MODE: 'true' });
}

/** Changes something as a plan says; what it was, in words. */
async function applyEdit(edit, plan, copy, oracle) {
  const { lot } = plan;
  if (edit.variable !== undefined) {
    plan.variables[edit.variable] = lot.chance(0.3) ? undefined : plan.token(edit.variable);
    return `variable ${edit.variable}`;
  }
  const text = edit.add ?? edit.change(await copy.read(edit.file));
  for (const one of [copy, oracle]) await one.write(edit.file, text);
  // Some come from an archive or another branch, and are older than the last build.
  const isOld = lot.chance(0.4);
  if (isOld) {
    // Never the same one twice: Nx takes a file of the same time for the same file.
    const time = 1e9 + lot.below(1e8);
    await utimes(join(copy.root, edit.file), time, time);
  }
  if (edit.commitIn !== undefined) await copy.commitIn(edit.commitIn);
  return `${edit.file}${isOld ? ', with an old time stamp' : ''}${edit.commitIn === undefined ? '' : ', as a commit'}`;
}

/** Goes through some random workspaces at once. @returns for each its plan, counts, and what was wrong. */
export async function soakSome(seeds, edits, copy, oracle) {
  const rounds = seeds.map((seed, place) => ({
    plan: planOf(seed, place),
    counts: { builds: 0, edits: 0, redone: 0, cached: 0 },
    wrong: [],
  }));
  const plans = rounds.map(({ plan }) => plan);
  await copy.clear();
  await oracle.clear();
  for (const one of [copy, oracle]) for (const plan of plans) await one.put(plan);
  const variables = () =>
    Object.fromEntries(
      plans.flatMap((plan) => Object.entries(plan.variables).filter(([, value]) => value !== undefined)),
    );
  // Every second time in one process for all tasks, as `nx --batch` does it.
  const mode = seeds[0] % 2 === 0 ? { NX_BATCH_MODE: 'true' } : {};
  const build = async (what) => {
    for (const { plan } of rounds)
      await rm(join(copy.root, 'dist/aarch64', BACKEND, plan.project), { recursive: true, force: true });
    let built = await copy.nx(buildOf(plans), { ...variables(), ...mode });
    // What nobody can foresee is told once, and known from then on.
    if (!built.ok && /is built, but its result is not kept/.test(built.output)) {
      for (const { plan, counts, wrong } of rounds) {
        if (!built.output.includes(`${plan.project} is built, but its result is not kept`)) continue;
        counts.redone++;
        if (plan.foreseen) wrong.push(`${what.get(plan)}: not foreseen:\n${built.output}`);
      }
      built = await copy.nx(buildOf(plans), { ...variables(), ...mode });
    }
    for (const { app } of plans) {
      await cp(join(copy.root, app, 'recipe.inputs'), join(oracle.root, app, 'recipe.inputs')).catch(() => undefined);
    }
    const clean = await cleanBuilds(oracle, plans, variables());
    for (const { plan, counts, wrong } of rounds) {
      counts.builds++;
      if (new RegExp(`${plan.project}:build-\\S+ +\\[(local cache|existing outputs)`).test(built.output))
        counts.cached++;
      const [is, should] = [await copy.result(plan), await oracle.result(plan)];
      if (should === undefined) wrong.push(`${what.get(plan)}: the clean build fails:\n${clean.output}`);
      else if (is === undefined) wrong.push(`${what.get(plan)}: the build fails:\n${built.output}`);
      else if (is !== should)
        wrong.push(`${what.get(plan)}: other bytes than a clean build: ${is} instead of ${should}`);
    }
  };
  await build(new Map(plans.map((plan) => [plan, 'first build'])));
  for (let index = 0; index < edits; index++) {
    await copy.git('add', '--all');
    await copy.git('commit', '-q', '--allow-empty', '-m', `edit ${index}`);
    const what = new Map();
    const named = new Set();
    for (const { plan, counts } of rounds) {
      const edit = plan.lot.pick(plan.edits);
      what.set(plan, await applyEdit(edit, plan, copy, oracle));
      counts.edits++;
      if (edit.variable === undefined) named.add(plan);
    }
    const { output } = await copy.nx(['show', 'projects', '--affected', '--base=HEAD']);
    const affected = output.split('\n');
    for (const { plan, wrong } of rounds) {
      if (named.has(plan) && !affected.includes(plan.project))
        wrong.push(`${what.get(plan)}: nx affected names ${affected.join(' ').trim()}`);
    }
    await build(what);
  }
  return rounds;
}

/** Goes through many. @returns all counts together. */
export async function soak({ count, seed, edits, sideBySide = 20, keep = false, say = console.log }) {
  await mkdir(join(ROOT, 'tmp'), { recursive: true });
  const parent = await mkdtemp(join(ROOT, 'tmp', 'inputs-'));
  const total = { workspaces: 0, wrong: 0, builds: 0, edits: 0, redone: 0, cached: 0 };
  const ways = {};
  try {
    const copy = await Copy.make(parent, 'copy');
    const sysroot = await copy.nx(['run', `toolchain:sysroot-mini-${BACKEND}`]);
    if (!sysroot.ok) throw new Error(`no sysroot:\n${sysroot.output}`);
    const oracle = await Copy.make(parent, 'oracle');
    await rm(join(oracle.root, 'dist'), { recursive: true, force: true });
    await execute('cp', ['-a', join(copy.root, 'dist'), join(oracle.root, 'dist')]);
    for (const one of [copy, oracle]) await one.git('tag', 'start');
    for (let index = 0; index < count; index += sideBySide) {
      const started = Date.now();
      const seeds = Array.from({ length: Math.min(sideBySide, count - index) }, (_, at) => seed + index + at);
      for (const { plan, counts, wrong } of await soakSome(seeds, edits, copy, oracle)) {
        total.workspaces++;
        total.wrong += wrong.length > 0 ? 1 : 0;
        for (const key of Object.keys(counts)) total[key] += counts[key];
        for (const way of plan.ways) ways[way] = (ways[way] ?? 0) + 1;
        say(
          `seed ${plan.seed}: ${wrong.length === 0 ? 'good' : 'WRONG'}, ${counts.edits} edits: ${plan.ways.join('; ')}`,
        );
        for (const line of wrong) say(`  ${line.replaceAll('\n', '\n  ')}`);
      }
      say(`${seeds.length} workspaces in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    }
  } finally {
    if (!keep) await rm(parent, { recursive: true, force: true, maxRetries: 5 });
  }
  return { ...total, ways };
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      edits: { type: 'string', default: '3' },
      'side-by-side': { type: 'string', default: '20' },
      keep: { type: 'boolean', default: false },
    },
  });
  const { ways, ...total } = await soak({
    count: Number(values.count),
    seed: Number(values.seed),
    edits: Number(values.edits),
    sideBySide: Number(values['side-by-side']),
    keep: values.keep,
  });
  console.table(ways);
  console.table(total);
  process.exitCode = total.wrong > 0 ? 1 : 0;
}
