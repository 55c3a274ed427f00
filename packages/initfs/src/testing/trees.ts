import fc from 'fast-check';
import { checkedLinkTarget, type DirNode, type InitfsTree, nameProblem, type TreeNode, walk } from '../tree';
import { bootstrapElf } from './bootstrap-elf';

export function file(text: string | Uint8Array, executable = false): TreeNode {
  return { kind: 'file', executable, content: { bytes: Buffer.from(text) } };
}

export function dir(entries: Record<string, TreeNode>): DirNode {
  return { kind: 'dir', entries: new Map(Object.entries(entries)) };
}

export const bootstrap = () => ({ bytes: bootstrapElf(), entry: 0x2078n });

/** The tree in lines that can be compared. */
export function describeTree(tree: InitfsTree): string[] {
  const lines = [...walk(tree.root)].map(({ path, node }) => {
    if (node.kind === 'dir') return `${path}/`;
    if (node.kind === 'link') return `${path} -> ${node.target}`;
    const bytes = 'bytes' in node.content ? Buffer.from(node.content.bytes).toString('base64') : node.content.path;
    return `${path}${node.executable ? '*' : ''} ${bytes}`;
  });
  return tree.bootstrap
    ? [...lines, `bootstrap ${tree.bootstrap.entry} ${Buffer.from(tree.bootstrap.bytes).toString('base64')}`]
    : lines;
}

const names = fc
  .oneof(fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }), fc.constantFrom('a', 'b', 'bin', 'lib'))
  // A lone surrogate is no UTF-8.
  .filter((name) => nameProblem(name) === undefined && Buffer.from(name).toString() === name);

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom(4095, 4096, 4097, 9000).map((size) => new Uint8Array(size).fill(size)),
);

const { node } = fc.letrec<{ node: TreeNode; dir: DirNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.record({
      kind: fc.constant('file' as const),
      executable: fc.boolean(),
      content: fc.record({ bytes: contents }),
    }),
    fc.record({ kind: fc.constant('link' as const), target: names }),
    tie('dir'),
  ),
  dir: fc.dictionary(names, tie('node'), { maxKeys: 6, noNullPrototype: true }).map((entries) => dir(entries)),
}));

/** Any tree that an image can hold; a link's target is a name that may or may not be beside it. */
export const anyTree: fc.Arbitrary<InitfsTree> = fc
  .dictionary(names, node, { maxKeys: 6, noNullPrototype: true })
  .map((entries) => ({ root: dir(entries), bootstrap: bootstrap() }))
  .map((tree) => {
    const keep = (directory: DirNode, prefix: string) => {
      for (const [name, child] of directory.entries) {
        if (child.kind === 'dir') keep(child, `${prefix}${name}/`);
        if (child.kind === 'link') {
          if (child.target === name) directory.entries.delete(name);
          else child.target = checkedLinkTarget(`${prefix}${name}`, child.target);
        }
      }
    };
    keep(tree.root, '');
    return tree;
  });
