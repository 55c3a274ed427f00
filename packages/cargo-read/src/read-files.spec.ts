import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configIncludes } from './cargo-config';
import { parseCargoManifest } from './cargo-manifest';
import { codePaths, linkerScriptIncludes } from './code-paths';
import { codeFacts, type CodeRoots, type CodeTree, outsideFiles } from './read-files';

/** A tree of texts; a text that begins with `->` is a link. */
function treeOf(texts: Record<string, string>): CodeTree {
  const names = Object.keys(texts);
  return {
    files: (dir) => names.filter((name) => name.startsWith(`${dir}/`)),
    kind: (path) => (path in texts ? 'file' : names.some((name) => name.startsWith(`${path}/`)) ? 'folder' : undefined),
    target: (path) => /^->(.*)$/.exec(texts[path] ?? '')?.[1],
    code: (path) => (path in texts ? codeFacts(texts[path]!, path) : undefined),
    manifest: (path) => (path in texts ? parseCargoManifest(texts[path]!, path) : undefined),
    config: (path) => configIncludes(texts[path] ?? ''),
  };
}

const found = (texts: Record<string, string>, more: Partial<CodeRoots> = {}) =>
  outsideFiles(
    { crates: ['sys/app'], workspaceDir: 'sys', ...more },
    treeOf({ 'sys/app/Cargo.toml': '[package]\nname = "app"\n', 'sys/Cargo.toml': '[workspace]\n', ...texts }),
  );

describe('outsideFiles', () => {
  it.each([
    ['include_str!', 'static A: &str = include_str!("../../shared/a.txt");'],
    ['a raw string', 'include!(r#"../../shared/a.txt"#);'],
    ['concat! with CARGO_MANIFEST_DIR', 'include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared", "/a.txt"));'],
    ['an attribute', '#[path = "../../shared/a.txt"] mod a;'],
    ['an escape', 'include_str!("..\\u{2f}../shared\\x2fa.txt")'],
    ['a macro with a variable', 'include_dir!("$CARGO_MANIFEST_DIR/../shared/a.txt")'],
    ['a build script', 'println!("cargo::rerun-if-changed=../shared/a.txt");'],
    ['a link argument', 'println!("cargo::rustc-link-arg=-T../shared/a.txt");'],
    ['path.join', 'root.join("..").join("shared").join("a.txt")'],
    ['format!', 'std::fs::read(format!("{dir}/../shared/a.txt"))'],
    ['asm', 'global_asm!(".incbin \\"../shared/a.txt\\"");'],
  ])('finds what %s names', (_, code) => {
    expect(found({ 'sys/app/src/main.rs': code, 'sys/shared/a.txt': 'a' }).files).toEqual(['sys/shared/a.txt']);
  });

  it('takes no comment and no other text for a path', () => {
    const code = '// "../../shared/a.txt"\n/* /* "x" */ "../../shared/a.txt" */ let a = \'"\'; let b = "../../shared";';
    expect(found({ 'sys/app/src/main.rs': code, 'sys/shared/a.txt': 'a' })).toEqual({ files: [], folders: [] });
  });

  it('goes on in the files that it found', () => {
    const files = found({
      'sys/app/src/main.rs': '#[path = "../../shared/p.rs"] mod p;',
      'sys/shared/p.rs': 'mod inner; include_str!("LICENSE");',
      'sys/shared/p/inner.rs': 'include!("../gen.rs");',
      'sys/shared/gen.rs': '',
      'sys/shared/LICENSE': '',
    }).files;
    expect(files).toEqual(['sys/shared/LICENSE', 'sys/shared/gen.rs', 'sys/shared/p.rs', 'sys/shared/p/inner.rs']);
  });

  it('takes folders whole where a build script or a link names them, and nothing above a crate', () => {
    const build = 'fn main() { for f in read_dir("../data") {} read_dir("../"); read_dir("../../") }';
    expect(found({ 'sys/app/build.rs': build, 'sys/data/1': '', 'sys/data/2': '' })).toEqual({
      files: [],
      folders: ['sys/data'],
    });
    expect(found({ 'sys/app/src/gen': '->sys/data', 'sys/data/1': '' }).folders).toEqual(['sys/data']);
    expect(
      found({ 'sys/app/src/a.rs': '->sys/x/a.rs', 'sys/x/a.rs': 'include!("b.rs");', 'sys/x/b.rs': '' }).files,
    ).toEqual(['sys/x/a.rs', 'sys/x/b.rs']);
  });

  it('reads manifests, linker scripts and flags', () => {
    const manifest = '[package]\nname = "app"\nbuild = "../tools/build.rs"\n[lib]\npath = "../lib/app.rs"\n';
    expect(found({ 'sys/app/Cargo.toml': manifest, 'sys/tools/build.rs': '', 'sys/lib/app.rs': '' }).files).toEqual([
      'sys/lib/app.rs',
      'sys/tools/build.rs',
    ]);
    const scripts = { 'sys/rt/p.ld': 'INCLUDE memory.x\n', 'sys/memory.x': 'INCLUDE "sub/b.x"' };
    expect(found(scripts, { scripts: ['sys/rt/p.ld'] }).files).toEqual([
      'sys/memory.x',
      'sys/rt/memory.x',
      'sys/rt/p.ld',
      'sys/sub/b.x',
    ]);
    expect(found({ 'sys/l/x.ld': '' }, { flags: ['-Clink-arg=-Tl/x.ld'] }).files).toEqual(['sys/l/x.ld']);
  });

  it("finds cargo's configuration, and what it takes in", () => {
    const files = {
      '.cargo/config.toml': 'include = ["../shared/a.toml"]',
      'shared/a.toml': 'include = [{ path = "b.toml", optional = true }, "not-there.toml"]',
      'shared/b.toml': '[env]\nA = "1"',
    };
    expect(found(files).files).toEqual(['.cargo/config.toml', 'shared/a.toml', 'shared/b.toml']);
  });

  it('counts documents that are compiled in, wherever they lie', () => {
    const files = { 'sys/app/src/main.rs': '#![doc = include_str!("../README.md")]', 'sys/app/README.md': '' };
    expect(found(files).files).toEqual(['sys/app/README.md']);
  });

  it('leaves out what lies outside the tree', () => {
    expect(found({ 'sys/app/src/main.rs': 'include!("../../../../etc/x")' }).files).toEqual([]);
    expect(posix.normalize('sys/app/src/../../../../etc/x')).toBe('../etc/x');
  });
});

describe('linkerScriptIncludes', () => {
  it('finds names with their places, in no comment', () => {
    const text = '/* INCLUDE a.x */ SECTIONS { INCLUDE "b c.x" } INCLUDE d.x;';
    expect(linkerScriptIncludes(text).map(({ name, start, end }) => [name, text.slice(start, end)])).toEqual([
      ['b c.x', 'b c.x'],
      ['d.x', 'd.x'],
    ]);
  });
});

describe('codePaths', () => {
  it('ends with any text', () => {
    for (const text of ['"', 'r#"', '/*', '/* /*', '"\\', "'\\", 'b"\\u{', '#[path="'])
      expect(codePaths(text)).toBeDefined();
  });
});
