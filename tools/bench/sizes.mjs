#!/usr/bin/env node
// What makes programs by Cranelift smaller, and what it costs: every program of mini, and one with std, compiled in one
// run with each of a list of settings, beside LLVM. `--only=NAME,…` runs some of them, `--std` the program with std,
// `--times=N` compiles the kernel N times with each setting, in turn. Nothing in the workspace changes.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SETTINGS } from './size-settings.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiled = join(root, 'packages/toolchain/dist/index.js');
if (!existsSync(compiled)) {
  process.stderr.write('compile the packages first: npx tsc -b\n');
  process.exit(2);
}
const { builtinSpec, changeSpec } = await import(join(root, 'packages/toolchain/dist/specs/derive.js'));
const { readLocation } = await import(compiled);
const { parseElf, stripElf } = await import(join(root, 'packages/binary/dist/index.js'));

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    std: { type: 'boolean', default: false },
    times: { type: 'string', default: '0' },
    scratch: { type: 'string' },
  },
});
const names = values.only?.split(',') ?? Object.keys(SETTINGS);
const unknown = names.filter((name) => !SETTINGS[name]);
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(', ')}; there are: ${Object.keys(SETTINGS).join(', ')}\n`);
  process.exit(2);
}
const wanted = values.times === '0' ? names : [...new Set(['now', ...names])];

const location = await readLocation(root);
const scratch = values.scratch ?? mkdtempSync(join(tmpdir(), 'bench-sizes-'));
mkdirSync(scratch, { recursive: true });
const PROGRAMS = ['kernel', 'bootstrap', 'init', 'logd', 'zerod', 'ramfs', 'check', 'shell', 'rtcd'];
const mini = join(scratch, 'mini');
if (!existsSync(mini)) cpSync(join(root, 'recipes/mini'), mini, { recursive: true, dereference: true });

/** Runs a program; gives its time by the clock and of the processor, in seconds. */
function timed(program, args, options) {
  const shell = ['-c', 'TIMEFORMAT="@%R %U %S"; time "$@"', 'bash', program, ...args];
  const { status, stderr } = spawnSync('bash', shell, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (status !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')}: ${stderr.slice(-3000)}`);
  const [, wall, user, system] = /@([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(stderr);
  return { wall: Number(wall), cpu: Number(user) + Number(system) };
}

const KINDS = {
  mini: { base: 'aarch64-unknown-none', changes: ['elf-object-format', 'atomics-64', 'panic-abort', 'frame-pointers'] },
  std: {
    base: 'aarch64-unknown-redox',
    changes: ['rust-lld', 'no-pie', 'no-relro', 'frame-pointers', 'atomics-64', 'panic-abort'],
  },
};

async function environment(kind, backend, setting) {
  const { base, changes } = KINDS[kind];
  const json = await builtinSpec(base, location.rustcLlvm);
  const all = [...changes, ...(setting.changes ?? [])];
  const derived = changeSpec(json, { name: kind, base, changes: all }, 'aarch64', backend);
  const spec = { ...JSON.parse(derived.json), ...setting.spec };
  const flag = backend === 'llvm' ? location.llvmBackendFlag : location.craneliftBackendFlag;
  const id = Buffer.from(JSON.stringify([spec, setting.flags, setting.library, setting.features, backend]));
  const { blake3Hex } = await import(join(root, 'packages/kit/dist/index.js'));
  const dir = join(scratch, `${kind}-${backend}-${blake3Hex(id).slice(0, 12)}`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'aarch64-bench.json'), JSON.stringify(spec));
  const rustflags = [
    '-Zunstable-options',
    ...flag,
    '-Cforce-frame-pointers=yes',
    '-Cstrip=none',
    ...(setting.flags ?? []),
  ];
  const env = {
    ...process.env,
    RUSTC: backend === 'llvm' ? location.rustcLlvm : location.rustc,
    RUSTC_BOOTSTRAP: '1',
    RUST_TARGET_PATH: dir,
    CARGO_INCREMENTAL: '0',
    CARGO_PROFILE_RELEASE_LTO: 'off',
    CARGO_UNSTABLE_PROFILE_RUSTFLAGS: 'true',
    CARGO_UNSTABLE_CODEGEN_BACKEND: 'true',
  };
  return { dir, rustflags, env, kind };
}

const profile = (settings = {}) =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [`CARGO_PROFILE_RELEASE_${key}`, String(value)]));

/** The standard library; gives the folder to name as sysroot and the time that it took, if it was not there. */
function sysroot({ dir, rustflags, env, kind }, setting) {
  const to = join(dir, 'sysroot');
  const lib = join(to, 'lib/rustlib/aarch64-bench/lib');
  const record = join(dir, 'time.json');
  if (existsSync(record)) return { to, time: JSON.parse(readFileSync(record, 'utf8')) };
  const library = join(location.rustSrc, 'library');
  const crates = ['compiler_builtins', 'core', 'alloc', ...(kind === 'std' ? ['std', 'panic_abort'] : [])];
  const features = [...(kind === 'std' ? [] : ['compiler_builtins/mem']), ...(setting.features ?? [])];
  const time = timed(
    location.cargo,
    [
      ...['build', '--release', '--locked', '--quiet', '--manifest-path', join(library, 'Cargo.toml')],
      ...['--target', 'aarch64-bench', ...crates.flatMap((crate) => ['--package', crate])],
      ...(features.length > 0 ? ['--features', features.join(',')] : []),
    ],
    {
      cwd: dir,
      env: {
        ...env,
        ...profile(setting.library),
        CARGO_TARGET_DIR: join(dir, 'library'),
        CARGO_ENCODED_RUSTFLAGS: [...rustflags, '-Zforce-unstable-if-unmarked'].join('\x1f'),
      },
    },
  );
  mkdirSync(lib, { recursive: true });
  cpSync(join(dir, 'library/aarch64-bench/release/deps'), lib, {
    recursive: true,
    filter: (path) => !path.includes('.') || /\.rlib$/.test(path) || path.endsWith('deps'),
  });
  rmSync(join(dir, 'library'), { recursive: true });
  writeFileSync(record, JSON.stringify(time));
  return { to, time };
}

function buildArguments(setting, scripts, packages) {
  const link = ['-zmax-page-size=4096', ...(setting.link ?? [])].map((arg) => `-Clink-arg=${arg}`);
  const ofPackage = (name) => [...(setting.programs ?? []), `-Clink-arg=-T${scripts[name]}`, ...link];
  return [
    ...['build', '--release', '--locked', '--quiet', '--target', 'aarch64-bench'],
    ...packages.flatMap((name) => [
      ...['--package', name, '--config'],
      `profile.release.package.${name}.rustflags=${JSON.stringify(ofPackage(name))}`,
    ]),
  ];
}

const scripts = Object.fromEntries(PROGRAMS.map((name) => [name, join(mini, 'rt/program.ld')]));
scripts.kernel = join(mini, 'kernel/kernel.ld');
scripts.bootstrap = join(mini, 'bootstrap/bootstrap.ld');

function prepared(place, to, setting) {
  const target = join(place.dir, `target-${Buffer.from(JSON.stringify(setting)).toString('base64url').slice(-40)}`);
  return {
    cwd: mini,
    target,
    env: {
      ...place.env,
      ...profile(setting.profile),
      CARGO_TARGET_DIR: target,
      CARGO_ENCODED_RUSTFLAGS: [...place.rustflags, `--sysroot=${to}`].join('\x1f'),
    },
  };
}

const stripped = (file) => stripElf(parseElf(readFileSync(file), file)).length;

function miniSizes(place, to, setting) {
  const { target, ...options } = prepared(place, to, setting);
  rmSync(target, { recursive: true, force: true });
  const time = timed(location.cargo, buildArguments(setting, scripts, PROGRAMS), options);
  const file = (name) => join(target, 'aarch64-bench/release', name);
  return { time, sizes: Object.fromEntries(PROGRAMS.map((name) => [name, stripped(file(name))])), file };
}

const STD_PROGRAM = join(scratch, 'std');
function stdSizes(place, to, setting) {
  const { target, ...options } = prepared(place, to, setting);
  if (!existsSync(STD_PROGRAM)) cpSync(join(root, 'tools/bench/std-program'), STD_PROGRAM, { recursive: true });
  // Nothing of the C library counts, and its functions stay undefined.
  const empty = join(scratch, 'empty');
  mkdirSync(empty, { recursive: true });
  for (const name of ['c', 'gcc_eh', 'gcc']) writeFileSync(join(empty, `lib${name}.a`), '!<arch>\n');
  const link = [
    `-L${empty}`,
    '-eentry',
    '-static',
    '--unresolved-symbols=ignore-all',
    '-zmax-page-size=4096',
    ...(setting.link ?? []),
  ];
  const env = {
    ...options.env,
    CARGO_ENCODED_RUSTFLAGS: [
      ...[options.env.CARGO_ENCODED_RUSTFLAGS, ...(setting.programs ?? [])],
      ...link.map((arg) => `-Clink-arg=${arg}`),
    ].join('\x1f'),
  };
  rmSync(target, { recursive: true, force: true });
  const args = ['build', '--release', '--quiet', '--target', 'aarch64-bench'];
  const time = timed(location.cargo, args, { cwd: STD_PROGRAM, env });
  return { time, sizes: { std: stripped(join(target, 'aarch64-bench/release/std-program')) } };
}

const out = (text) => process.stdout.write(text);
const ratio = (a, b) => (a / b).toFixed(2);
try {
  const kind = values.std ? 'std' : 'mini';
  const measure = values.std ? stdSizes : miniSizes;
  const llvm = await environment(kind, 'llvm', {});
  const reference = measure(llvm, sysroot(llvm, {}).to, {});
  const total = (sizes) => Object.values(sizes).reduce((sum, size) => sum + size, 0);
  out(`load ${loadavg()[0].toFixed(1)}\n`);
  const columns = Object.keys(reference.sizes);
  out(['setting', 'all', 'ratio', ...columns, 'library s', 'programs s', 'worst ratio'].join('\t') + '\n');
  const show = (name, { sizes, time }, library) =>
    out(
      [
        name,
        ...[total(sizes), ratio(total(sizes), total(reference.sizes)), ...columns.map((column) => sizes[column])],
        ...[library?.cpu.toFixed(1) ?? '', time.cpu.toFixed(1)],
        Math.max(...columns.map((column) => sizes[column] / reference.sizes[column])).toFixed(2),
      ].join('\t') + '\n',
    );
  show('LLVM', reference);
  const kernels = new Map();
  for (const name of wanted) {
    const setting = SETTINGS[name];
    try {
      const place = await environment(kind, 'cranelift', setting);
      const { to, time } = sysroot(place, setting);
      show(name, measure(place, to, setting), time);
      kernels.set(name, { place, to, setting, times: [] });
    } catch (error) {
      out(`${name}\t${error.message}\n`);
    }
  }
  for (let i = 0; kind === 'mini' && i < Number(values.times); i++) {
    for (const { place, to, setting, times } of kernels.values()) {
      const options = prepared(place, to, setting);
      const now = new Date();
      utimesSync(join(mini, 'kernel/src/main.rs'), now, now);
      times.push(timed(location.cargo, buildArguments(setting, scripts, ['kernel']), options));
    }
  }
  const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
  if (kind === 'mini' && Number(values.times) > 0) {
    const first = median(kernels.get('now').times.map(({ cpu }) => cpu));
    for (const [name, { times }] of kernels) {
      const cpu = median(times.map((time) => time.cpu));
      const wall = median(times.map((time) => time.wall));
      out(`kernel\t${name}\twall ${wall.toFixed(2)} s\tcpu ${cpu.toFixed(2)} s\tratio ${ratio(cpu, first)}\n`);
    }
  }
} finally {
  if (values.scratch === undefined) rmSync(scratch, { recursive: true, force: true });
}
