import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ownName, withOwnFolder, withOwnNames } from './own-names';

const root = mkdtempSync(join(tmpdir(), 'nx-redox-names-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const workspaceRoot = join(root, 'ws');
const cargoRoot = join(workspaceRoot, 'recipes/mini');
mkdirSync(join(cargoRoot, 'logd/src'), { recursive: true });
writeFileSync(join(cargoRoot, 'logd/src/main.rs'), '');
writeFileSync(join(root, 'outside.rs'), '');
const places = { workspaceRoot, cargoRoot };

describe('files in messages', () => {
  it('are named relative to the workspace', () => {
    const text = 'error: x\n  --> logd/src/main.rs:9:5\n   |\n   ::: logd/src/main.rs:2:1\n';
    expect(withOwnNames(places, text)).toBe(
      'error: x\n  --> recipes/mini/logd/src/main.rs:9:5\n   |\n   ::: recipes/mini/logd/src/main.rs:2:1\n',
    );
  });

  it('are, if the message has colours', () => {
    expect(withOwnNames(places, '\x1b[1m\x1b[94m  --> \x1b[0mlogd/src/main.rs:9:5\n')).toBe(
      '\x1b[1m\x1b[94m  --> \x1b[0mrecipes/mini/logd/src/main.rs:9:5\n',
    );
  });

  it('are also if rustc knows them by the name for compiled programs, or through a link', () => {
    expect(ownName(places, '/workspace/shared/a.rs')).toBe('shared/a.rs');
    mkdirSync(join(workspaceRoot, 'target'));
    symlinkSync(cargoRoot, join(workspaceRoot, 'target/slice'));
    const slice = { workspaceRoot, cargoRoot: join(workspaceRoot, 'target/slice') };
    expect(ownName(slice, 'logd/src/main.rs')).toBe('recipes/mini/logd/src/main.rs');
  });

  it('keep their names outside the workspace, and in texts of a source line', () => {
    expect(ownName(places, join(root, 'outside.rs'))).toBe(join(root, 'outside.rs'));
    expect(ownName(places, '/rustc/abc/library/core/src/lib.rs')).toBe('/rustc/abc/library/core/src/lib.rs');
    const line = '9 | let x = "--> logd/src/main.rs:9:5";\n';
    expect(withOwnNames(places, line)).toBe(line);
  });
});

it('names the folders of crates that are compiled', () => {
  expect(withOwnFolder(places, `   Compiling logd v0.1.0 (${cargoRoot}/logd)`)).toBe(
    '   Compiling logd v0.1.0 (recipes/mini/logd)',
  );
});
