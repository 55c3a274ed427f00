import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImageTree } from './image-tree';

const origin = 'config/x.toml:1';
const text = (content: string) => [{ text: content }];
const list = (tree: ImageTree) =>
  tree
    .nodes()
    .map((node) =>
      node.kind === 'symlink'
        ? `${node.path} -> ${node.target}`
        : node.kind === 'directory'
          ? `${node.path}/`
          : `${node.path} ${node.content.map((part) => ('text' in part ? part.text : `<${part.source}>`)).join('')}`,
    );

describe('ImageTree', () => {
  it('makes what is above, and writes through links', () => {
    const tree = new ImageTree();
    tree.makeSymlink('bin', 'usr/bin', origin);
    tree.makeDirectories('/usr/bin', origin);
    tree.writeFile('/bin/../bin/tool', text('x'), { append: false, origin });
    tree.makeSymlink('/etc/os-release', '../usr/lib/os-release', origin);
    tree.makeDirectories('usr/lib', origin);
    // The target is not there yet: it is made.
    tree.writeFile('/etc/os-release', text('a'), { append: true, origin });
    tree.writeFile('/usr/lib/os-release', text('b'), { append: true, origin });
    expect(list(tree)).toEqual([
      'bin -> usr/bin',
      'etc/',
      'etc/os-release -> ../usr/lib/os-release',
      'usr/',
      'usr/bin/',
      'usr/bin/tool x',
      'usr/lib/',
      'usr/lib/os-release ab',
    ]);
  });

  it('lets an absolute link lead inside the image', () => {
    const tree = new ImageTree();
    tree.makeSymlink('/a/deep/link', '/b', origin);
    tree.makeDirectories('/b', origin);
    tree.writeFile('/a/deep/link/file', text('x'), { append: false, origin });
    tree.writeFile('/a/deep/link/../../up', text('y'), { append: false, origin });
    expect(list(tree)).toEqual(['a/', 'a/deep/', 'a/deep/link -> /b', 'b/', 'b/file x', 'up y']);
  });

  it('keeps owner and mode of a file that is written again, and appends behind a package’s content', () => {
    const tree = new ImageTree();
    tree.place('f', { mode: 0o755, content: [{ source: 'stage/f' }] }, 'package a');
    tree.setPermissions('f', { uid: 5, gid: 6 });
    tree.writeFile('f', text('more'), { append: true, origin });
    tree.writeFile('f', text('!'), { append: true, origin });
    expect(tree.nodes()).toEqual([
      {
        kind: 'file',
        path: 'f',
        mode: 0o755,
        uid: 5,
        gid: 6,
        content: [{ source: 'stage/f' }, { text: 'more!' }],
        origin,
      },
    ]);
    tree.writeFile('f', [], { append: false, origin });
    expect(tree.nodes()).toMatchObject([{ content: [], uid: 5, mode: 0o755 }]);
  });

  it.each([
    ['a link in a file’s place', (tree: ImageTree) => tree.makeSymlink('dir/file', 'x', origin), '/dir/file is a file'],
    ['a link in a directory’s place', (tree: ImageTree) => tree.makeSymlink('dir', 'x', origin), '/dir is a directory'],
    [
      'a file in a directory’s place',
      (tree: ImageTree) => tree.writeFile('dir', text(''), { append: false, origin }),
      '/dir is a directory (from config/x.toml:1), not a file',
    ],
    [
      'a package’s file in a directory’s place',
      (tree: ImageTree) => tree.place('dir', { target: 'x' }, origin),
      '/dir is a directory (from config/x.toml:1) already',
    ],
    [
      'a directory in a file’s place',
      (tree: ImageTree) => tree.makeDirectories('dir/file/x', origin),
      '/dir/file is a file (from config/x.toml:1), not a directory',
    ],
    [
      'a directory behind a link to nowhere',
      (tree: ImageTree) => tree.makeDirectories('lost/x', origin),
      '/lost is a link (from config/x.toml:1) that leads nowhere',
    ],
    [
      'a file behind a circle of links',
      (tree: ImageTree) => tree.writeFile('round/x', text(''), { append: false, origin }),
      'is a link that leads in a circle',
    ],
    [
      'an owner of what a link to nowhere leads to',
      (tree: ImageTree) => tree.giveAll('', { uid: 1 }),
      'is a link that leads nowhere',
    ],
  ] as [string, (tree: ImageTree) => void, string][])('refuses %s', (_, action, message) => {
    const tree = new ImageTree();
    tree.writeFile('dir/file', text(''), { append: false, origin });
    tree.makeSymlink('lost', 'nothing', origin);
    if (message.includes('circle')) {
      tree.makeSymlink('round', 'trip', origin);
      tree.makeSymlink('trip', 'round', origin);
    }
    expect(() => action(tree)).toThrow(message);
  });

  it('gives all to somebody, also what links in it lead to, and ends if they lead back', () => {
    const tree = new ImageTree();
    tree.writeFile('home/u/a/file', text(''), { append: false, origin });
    tree.writeFile('usr/other', text(''), { append: false, origin });
    tree.makeSymlink('home/u/link', '../../usr/other', origin);
    tree.makeSymlink('home/u/self', '.', origin);
    tree.giveAll('home/u', { uid: 7, gid: 8 });
    expect(tree.nodes().map(({ path, uid }) => [path, uid])).toEqual([
      ['home', 0],
      ['home/u', 7],
      ['home/u/a', 7],
      ['home/u/a/file', 7],
      ['home/u/link', 0],
      ['home/u/self', 0],
      ['usr', 0],
      ['usr/other', 7],
    ]);
  });

  it('is a tree whatever is done to it: each node once, behind its directory', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c', '..', '.'), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('/'));
    const action = fc.tuple(fc.constantFrom('directory', 'file', 'append', 'link', 'place', 'own', 'all'), path, path);
    fc.assert(
      fc.property(fc.array(action, { maxLength: 15 }), (actions) => {
        const tree = new ImageTree();
        for (const [what, at, other] of actions) {
          try {
            if (what === 'directory') tree.makeDirectories(at, origin);
            else if (what === 'link') tree.makeSymlink(at, other, origin);
            else if (what === 'place') tree.place(at, { target: other }, origin);
            else if (what === 'own') tree.setPermissions(at, { mode: 0o700, uid: 1 });
            else if (what === 'all') tree.giveAll(at, { uid: 2 });
            else tree.writeFile(at, text(other), { append: what === 'append', origin });
          } catch (error) {
            expect((error as Error).constructor.name).toBe('TreeError');
          }
        }
        const nodes = tree.nodes();
        const paths = nodes.map((node) => node.path);
        expect(new Set(paths).size).toBe(paths.length);
        for (const node of nodes) {
          const parent = node.path.split('/').slice(0, -1).join('/');
          const at = paths.indexOf(parent);
          if (parent !== '') expect(nodes[at]).toMatchObject({ kind: 'directory' });
          expect(at).toBeLessThan(paths.indexOf(node.path));
          expect(node.path.split('/')).not.toContain('..');
        }
      }),
    );
  });
});
