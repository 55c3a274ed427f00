#!/usr/bin/env node
// Packs every package as it would be published and looks at what came out: its files, its manifests, its types.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { installReleaseTools } from './install.mjs';
import { packAll } from './pack.mjs';
import { missingFiles } from './package-files.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

installReleaseTools();
const { checkPackage, createPackageFromTarballData } = await import('@arethetypeswrong/core');
const { publint } = await import('publint');
const { formatMessage } = await import('publint/utils');

/** What a package may hold: built code, manifests of Nx, what a person reads, and files that the code reads. */
const ALLOWED = [
  /^(package|executors|generators|migrations)\.json$/,
  /^(README\.md|LICENSE(-\w+)?|COPYRIGHT)$/,
  /^dist\/.+\.(js|js\.map|d\.ts)$/,
  /^dist\/.+\/schema\.json$/,
  /^dist\/bundle\.licenses\.txt$/,
  /^bin\/[\w-]+\.(js|d\.ts)$/,
];
const NEVER = [/\.spec\./, /(^|\/)testing\//, /\.tsbuildinfo$/];

/** A package's own additions to {@link ALLOWED}. */
const ALSO = {
  front: [/^src\/runtime\/unwind\.rs$/],
  image: [/^src\/rust\/.+\.(rs|toml|lock)$/],
  // This and the one of qemu are read by the setup of a clone, too.
  kit: [/^dist\/os-package-table\.json$/],
  plugin: [/^templates\//],
  qemu: [/^dist\/firmware-places\.json$/],
  recipe: [/^src\/shell\/\w+\.sh$/, /^schemas\/\w+\.schema\.json$/],
  sources: [/^bin\/redox-source\.sh$/],
  toolchain: [/^assets\/.+\.patch$/],
  'toolchain-linux-x64': [/^rust-.+\.tar\.xz$/],
};

/** Problems with the files of an unpacked package. */
function fileProblems(name, folder, files) {
  const allowed = [...ALLOWED, ...(ALSO[name] ?? [])];
  const problems = files
    .filter((file) => NEVER.some((rule) => rule.test(file)) || !allowed.some((rule) => rule.test(file)))
    .map((file) => `${file} does not belong into the package`);
  for (const wanted of ['README.md', 'LICENSE'])
    if (!files.some((file) => file.startsWith(wanted))) problems.push(`there is no ${wanted}`);
  for (const file of files.filter((path) => path.startsWith('dist/'))) {
    const text = readFileSync(join(folder, file), 'utf8');
    if (file.endsWith('.js.map') && !JSON.parse(text).sourcesContent?.every((source) => typeof source === 'string'))
      problems.push(`${file} does not hold its sources`);
    if (file.endsWith('.d.ts'))
      for (const [, path] of text.matchAll(/(?:from|import\() ?["'](\.[^"']+)["']/g)) {
        const target = posix.join(posix.dirname(file), path);
        if (![`${target}.d.ts`, `${target}/index.d.ts`].some((each) => files.includes(each)))
          problems.push(`${file} names ${path}, which has no declarations`);
      }
  }
  if (files.includes('executors.json') && !files.includes('dist/modules.bundle.js'))
    problems.push('its executors are not bundled');
  return [...problems, ...missingFiles(folder).map((file) => `package.json names ${file}, which is not there`)];
}

const NX = '>=23.0.0 <25.0.0';

/** Problems with a package's manifest. */
function manifestProblems(name, manifest, version) {
  const problems = [];
  const want = (is, message) => void (is || problems.push(message));
  want(manifest.version === version, `its version is ${manifest.version}; all packages have ${version}`);
  want(manifest.engines?.node === '>=20.20', '"engines" must say node >=20.20');
  want(manifest.repository?.directory === `packages/${name}`, '"repository" must name its folder');
  want(manifest.keywords?.includes('redox-os'), '"keywords" must have redox-os');
  want(manifest.publishConfig?.access === 'public', '"publishConfig" must say access public');
  want(!name.startsWith('toolchain-') || manifest.os?.length > 0, '"os" must say which machine it is for');
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = manifest;
  for (const [other, range] of Object.entries({ ...dependencies, ...optionalDependencies })) {
    want(!/^@?nx(\/|$)/.test(other), `${other} must be a peer dependency: two versions of it cannot work together`);
    want(!other.startsWith('@nx-redox/') || range === version, `${other} must have version ${version}, not ${range}`);
  }
  for (const [other, range] of Object.entries(peerDependencies))
    want(!/^@?nx(\/|$)/.test(other) || range === NX, `peer ${other} must be ${NX}`);
  if (manifest.executors || manifest.generators)
    want(peerDependencies['@nx/devkit'] && peerDependencies.nx, 'nx and @nx/devkit must be peers');
  return problems;
}

async function libraryProblems(folder, tarball, manifest) {
  const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
  const fromPublint = messages.map((message) => `publint: ${formatMessage(message, manifest)}`);
  if (manifest.main === undefined) return fromPublint;
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))), {
    excludeEntrypoints: [/\.json$/],
  });
  // TypeScript's resolution of old knows no "exports", and Node.js 10 is not meant.
  const problems = result.types === false ? [{ kind: 'no types' }] : result.problems;
  const fromTypes = problems
    .filter(({ resolutionKind }) => resolutionKind !== 'node10')
    .map(({ kind, entrypoint = '', resolutionKind = '' }) => `types: ${kind} ${entrypoint} ${resolutionKind}`);
  return [...fromPublint, ...fromTypes];
}

const target = join(root, 'tmp/packages');
const packed = packAll(target);
const { version } = readJson(join(root, 'packages/plugin/package.json'));
let failed = 0;
for (const { folder, tarball } of packed) {
  const name = basename(folder);
  const unpacked = join(target, name);
  mkdirSync(unpacked, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
  const manifest = readJson(join(unpacked, 'package.json'));
  const entries = readdirSync(unpacked, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => posix.relative(unpacked, posix.join(entry.parentPath, entry.name)));
  const problems = [
    ...fileProblems(name, unpacked, files),
    ...manifestProblems(name, manifest, version),
    ...(await libraryProblems(unpacked, tarball, manifest)),
  ];
  failed += problems.length;
  const kilobytes = (statSync(tarball).size / 1000).toFixed(0);
  process.stdout.write(
    `${problems.length === 0 ? '✓' : '✗'} ${manifest.name}: ${files.length} files, ${kilobytes} kB\n`,
  );
  for (const problem of problems) process.stdout.write(`    ${problem}\n`);
}
process.stdout.write(`\n${packed.length} packages, ${failed} problems\n`);
process.exit(failed === 0 ? 0 : 1);
