import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary';
import { aptMirrors } from './mirrors';

function aptFolder(files: Record<string, string>): string {
  const root = temporaryFolder();
  mkdirSync(join(root, 'sources.list.d'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  return root;
}

describe('aptMirrors', () => {
  it('reads one-line sources', async () => {
    const root = aptFolder({
      'sources.list': [
        '# deb http://commented.example/debian stable main',
        'deb [arch=amd64 signed-by=/k.gpg] https://one.example/debian/ stable main contrib # trailing',
        'deb http://other.example/apt stable cloud',
        'deb cdrom:[disc]/ stable main',
        'deb-src http://two.example/debian sid main',
      ].join('\n'),
    });
    expect(await aptMirrors(root)).toEqual(['https://one.example/debian', 'http://two.example/debian']);
  });

  it('reads stanzas, folded fields and what is turned off', async () => {
    const root = aptFolder({
      'sources.list.d/debian.sources': [
        'Types: deb',
        '# a comment between the fields',
        'URIs: http://one.example/debian',
        '  http://two.example/debian',
        'Suites: bookworm',
        'Components: main contrib',
        '',
        'Types: deb',
        'URIs: http://off.example/debian',
        'Components: main',
        'Enabled: no',
        '',
        'Types: deb',
        'URIs: http://node.example/',
        'Components: nodistro',
      ].join('\n'),
      'sources.list.d/more.list': 'deb http://two.example/debian/ sid main\n',
      'sources.list.d/ignored.save': 'deb http://saved.example/debian sid main\n',
    });
    expect(await aptMirrors(root)).toEqual(['http://one.example/debian', 'http://two.example/debian']);
  });

  it('finds nothing where there is no apt', async () => {
    expect(await aptMirrors(join(temporaryFolder(), 'none'))).toEqual([]);
  });
});
