#!/usr/bin/env node
// Writes a tree of recipes as large and as mixed as Redox's cookbook, for measurements: the same seed gives the same tree.
//   node tools/bench/cookbook-tree.mjs DIR [recipes]
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The cookbook's own count (August 2026); the shares below are per this many recipes. */
export const COOKBOOK = 3467;

const CATEGORIES = {
  wip: 3162,
  libs: 70,
  dev: 34,
  tools: 27,
  games: 23,
  core: 22,
  tests: 16,
  groups: 16,
  demos: 14,
  emulators: 11,
  cosmic: 9,
  net: 7,
  text: 7,
  other: 7,
  fonts: 6,
  gui: 5,
  tui: 5,
  archives: 5,
  terminal: 4,
  data: 4,
  sound: 3,
  icons: 3,
  artwork: 2,
  math: 1,
  web: 1,
  dri: 1,
  video: 1,
  graphics: 1,
};
const TEMPLATES = { custom: 1006, cargo: 1205, configure: 487, cmake: 458, meson: 252, python: 22, go: 12, none: 16 };
const ARCHIVES = {
  '.tar.xz': 579,
  '.tar.gz': 390,
  '.tar.bz2': 116,
  '': 40,
  '.tgz': 9,
  '.tar.lz': 5,
  '.php': 3,
  '.tar.zst': 1,
};
const WIP = [
  'net/http',
  'net/dns',
  'tools/fs',
  'tools/text',
  'games/emulators',
  'games/puzzle',
  'gui/editors',
  'libs/gnome',
  'libs/kde',
  'dev/lang',
  'dev/build',
  'math',
  'sound/players',
  'video/codecs',
  'science/biology/tools',
  'web',
];
const DEPENDENCIES = { build: 5010, dev: 173, package: 360, host: 123, target: 21, unknown: 19, suffix: 60 };
/** Recipes with optional packages. */
const IN_PARTS = 11;
const COMMENTS = [
  '#TODO not compiled or tested',
  '#TODO compiled but not tested',
  '#TODO missing script',
  '#TODO port to Redox',
];

/** A small generator of numbers (mulberry32): the tree must not differ from run to run. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/** Picks keys in the proportion of their values. */
function weighted(weights, random) {
  const entries = Object.entries(weights);
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  return () => {
    let at = random() * total;
    for (const [key, weight] of entries) if ((at -= weight) < 0) return key;
    return entries.at(-1)[0];
  };
}

const SYLLABLES = [
  'lib',
  'gl',
  'net',
  'ro',
  'ki',
  'ta',
  'mo',
  'ze',
  'py',
  'rust',
  'sd',
  'qu',
  'ar',
  'en',
  'win',
  'fo',
  'ba',
  'xu',
];

function names(count, random) {
  const taken = new Set(['openssl3', 'zlib', 'glib', 'sdl2', 'ecm', 'python312', 'charm++', '7zip', '0ad', '86box']);
  while (taken.size < count) {
    const syllables = Array.from(
      { length: 2 + Math.floor(random() * 2) },
      () => SYLLABLES[Math.floor(random() * SYLLABLES.length)],
    );
    taken.add(syllables.join('') + (random() < 0.3 ? `-${Math.floor(random() * 90)}` : ''));
  }
  return [...taken].slice(0, count);
}

function sourceLines(kind, name, random, pick) {
  const hex = (length) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  if (kind === 'git') {
    const lines = [`git = "https://${random() < 0.9 ? 'github.com' : 'gitlab.redox-os.org'}/${name}/${name}"`];
    const at = random() * 2255;
    if (at < 169) lines.push(`rev = "${hex(40)}"`);
    else if (at < 182) lines.push(`rev = "${hex(8)}"`);
    else if (at < 544) lines.push(`rev = "v${Math.floor(random() * 9)}.${Math.floor(random() * 30)}"`);
    else if (at < 655) lines.push('branch = "main"');
    if (random() < 0.05) lines.push('shallow_clone = true');
    return lines;
  }
  const at = random() * 1146;
  const protocol = at < 47 ? 'http' : at < 48 ? 'ftp' : 'https';
  const lines = [`tar = "${protocol}://example.org/releases/${name}-1.${Math.floor(random() * 30)}${pick.archive()}"`];
  if (random() < 270 / 1146) lines.push(`blake3 = "${hex(64)}"`);
  else if (random() < 2 / 876) lines.push(`b3sum = "${hex(64)}"`);
  if (random() < 7 / 1146) lines.push('shallow_clone = true');
  if (random() < 0.1) lines.push('patches = [\n    "redox.patch",\n]');
  return lines;
}

function buildLines(template, random) {
  switch (template) {
    case 'custom':
      if (random() < 193 / 1006) return ['#script = """', '#DYNAMIC_INIT', '#cookbook_configure', '#"""'];
      return [
        'script = """',
        'DYNAMIC_INIT',
        ...(random() < 0.3
          ? ['cookbook_cargo']
          : Array.from(
              { length: 2 + Math.floor(random() * 14) },
              (_, line) =>
                `mkdir -pv "\${COOKBOOK_STAGE}/usr/share/part${line}" && cp -rv "\${COOKBOOK_SOURCE}/data/${line}" "\${COOKBOOK_STAGE}/usr/share/part${line}"`,
            )),
        '"""',
      ];
    case 'cargo':
      return random() < 0.2 ? ['cargoflags = ["--features cli"]'] : random() < 0.1 ? ['cargopath = "crates/cli"'] : [];
    case 'none':
    case 'python':
    case 'go':
      return [];
    default:
      return random() < 0.6
        ? [
            `${template}flags = [`,
            ...Array.from({ length: 1 + Math.floor(random() * 7) }, (_, flag) => `    "--disable-part${flag}",`),
            ']',
          ]
        : [];
  }
}

/**
 * The files of a tree of `count` recipes, by path below the folder of their system.
 * @returns {Map<string, string>}
 */
export function cookbookTree(count = COOKBOOK, seed = 1) {
  const random = randomNumbers(seed);
  const pick = {
    category: weighted(CATEGORIES, random),
    template: weighted(TEMPLATES, random),
    archive: weighted(ARCHIVES, random),
    source: weighted({ git: 2255, tar: 1146, none: 37, same_as: 17, empty: 3 }, random),
  };
  const share = (perCookbook) => perCookbook / COOKBOOK;
  const all = names(count, random);
  const depths = [];
  const dirs = [];
  const files = new Map();
  // A few are wanted by hundreds, most by none; only those before it, so that there is no cycle.
  const dependency = (index) => {
    for (let tries = 0; tries < 20; tries++) {
      const other = Math.floor(Math.min(index, count) * random() ** 2.3);
      if (other < index && depths[other] < 13) return other;
    }
    return undefined;
  };
  all.forEach((name, index) => {
    const category = pick.category();
    const middle = category === 'wip' ? `/${WIP[Math.floor(random() * WIP.length)]}` : '';
    const dir = `${category}${middle}/${name}`;
    dirs.push(dir);
    const picked = pick.template();
    const source = picked === 'none' ? 'none' : pick.source();
    const lists = { dependencies: [], 'dev-dependencies': [], package: [] };
    let depth = 0;
    const addTo = (list, expected, decorate = (text) => text) => {
      for (let left = expected * 2; left > 0; left--) {
        if (random() >= Math.min(left, 1) / 2) continue;
        const other = dependency(index);
        if (other === undefined) continue;
        depth = Math.max(depth, depths[other] + 1);
        list.push(decorate(all[other]));
      }
    };
    addTo(lists.dependencies, share(DEPENDENCIES.build));
    addTo(lists['dev-dependencies'], share(DEPENDENCIES.dev));
    addTo(lists.package, share(DEPENDENCIES.package));
    addTo(lists.dependencies, share(DEPENDENCIES.host), (text) => `host:${text}`);
    addTo(lists.dependencies, share(DEPENDENCIES.target), (text) => `target:${text}`);
    if (index > 0 && random() < share(DEPENDENCIES.suffix))
      lists.dependencies.push(`${all[Math.floor(random() * Math.min(index, IN_PARTS))]}.dev`);
    if (random() < share(DEPENDENCIES.unknown)) lists.dependencies.push('kerberos5');
    if (['python312', 'ecm'].includes(name)) lists.dependencies.push(`host:${name}`);
    depths.push(depth);

    const lines = [];
    if (random() < 3065 / COOKBOOK) lines.push(COMMENTS[Math.floor(random() * COMMENTS.length)]);
    if (source === 'empty') lines.push('[source]');
    else if (source === 'same_as' && index > 0)
      lines.push('[source]', `same_as = "${'../'.repeat(dir.split('/').length)}${dirs[Math.floor(random() * index)]}"`);
    else if (source === 'git' || source === 'tar') lines.push('[source]', ...sourceLines(source, name, random, pick));
    if (picked !== 'none') {
      lines.push('[build]', `template = "${picked}"`);
      for (const key of ['dependencies', 'dev-dependencies']) {
        if (lists[key].length > 0) lines.push(`${key} = [`, ...lists[key].map((text) => `    "${text}",`), ']');
      }
      lines.push(...buildLines(picked, random));
    }
    if (lists.package.length > 0)
      lines.push('[package]', `dependencies = [${lists.package.map((text) => `"${text}"`).join(', ')}]`);
    if (index < IN_PARTS)
      lines.push('[[optional-packages]]', 'name = "dev"', 'dependencies = []', 'files = ["usr/include/**"]');
    // Nine files of the cookbook are no TOML.
    if (random() < share(9)) lines.push('broken = [');
    files.set(`${dir}/recipe.toml`, `${lines.join('\n')}\n`);
  });
  return files;
}

/** Writes the tree into `dir`. */
export function writeCookbookTree(dir, count = COOKBOOK, seed = 1) {
  for (const [file, text] of cookbookTree(count, seed)) {
    const path = join(dir, file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [dir, count] = process.argv.slice(2);
  if (dir === undefined) {
    process.stderr.write('usage: node tools/bench/cookbook-tree.mjs DIR [recipes]\n');
    process.exit(2);
  }
  writeCookbookTree(dir, count === undefined ? COOKBOOK : Number(count));
}
