import { describe, expect, it } from 'vitest';
import { redox } from '@nx-redox/redox';
import { diffImages } from './diff';
import { planImage } from './layout';
import { inspectInitfs } from './read';
import { sizeReport } from './size';
import { bootstrapElf } from './testing/bootstrap-elf';
import { bootstrap, dir, file } from './testing/trees';
import type { TreeNode } from './tree';
import { verifyInitfs } from './verify';
import { imageBytes } from './write';

// Small images that make a careless reader do the same work again and again.
// Without its limits these take minutes, and the runner gives up on them.

const executable = (bytes: Uint8Array): TreeNode => ({ kind: 'file', executable: true, content: { bytes } });
const link = (target: string): TreeNode => ({ kind: 'link', target });

/** An image that keeps the contents of all executable files once. */
function image(entries: Record<string, TreeNode>): Buffer {
  return imageBytes(
    planImage(
      { root: dir(entries), bootstrap: bootstrap() },
      {
        format: 'D',
        layout: 'compact',
        time: 0n,
        contentKey: (node) => (node.executable ? 'program' : undefined),
      },
    ),
  );
}

function messages(bytes: Uint8Array): string[] {
  return verifyInitfs(bytes, { dialect: redox }).problems.map(({ message }) => message);
}

const init = (text: string) => image({ etc: dir({ 'init.rc': file(text) }) });

describe('images that repeat themselves', () => {
  const program = Buffer.concat([bootstrapElf({ address: 0x400000n }), Buffer.alloc(8 << 20)]);
  const names = (count: number, bytes: Uint8Array) =>
    image({ bin: dir(Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, executable(bytes)]))) });

  it('thousands of names for one large program', () => {
    const bytes = names(4000, program);
    expect(bytes.length).toBeLessThan(10 << 20);
    expect(messages(bytes)).toEqual(['the bootstrap starts "bin/init", but there is no bin/init in the image']);
    const other = Buffer.from(bytes);
    other[other.length - 5]! ^= 1;
    const [before, after] = [inspectInitfs(bytes).image, inspectInitfs(other).image];
    expect(sizeReport(before, after).sections.file).toBeLessThan(10 << 20);
    expect(diffImages(before, after).length).toBeGreaterThanOrEqual(1);
  });

  it('files that overlap each other', () => {
    const bytes = names(2000, program);
    const { image: read } = inspectInitfs(bytes);
    // Each begins one page behind the other and has the size of all.
    const contents = [...read.inodes].filter(([node]) => node.kind === 'file');
    for (const [index, [, inode]] of contents.entries()) {
      const at = read.header.inodeTableOffset + inode * 12;
      bytes.writeUInt32LE(bytes.readUInt32LE(at + 8) + 4096 * index, at + 8);
      bytes.writeUInt32LE(bytes.readUInt32LE(at + 4) - 4096 * index, at + 4);
    }
    expect(messages(bytes).filter((message) => message.includes('lies on'))).toHaveLength(20);
    const damaged = inspectInitfs(bytes).image;
    expect(() => diffImages(damaged, damaged)).toThrow(/its files overlap each other/);
  });

  it('a PATH of thousands of folders for thousands of commands', () => {
    const commands = Array.from({ length: 20_000 }, (_, i) => `c${i}\n`).join('');
    const found = messages(init(`export PATH ${'/scheme/initfs/b:'.repeat(20_000)}\n${commands}`));
    expect(found).toContain('PATH has 20001 folders; no more than 16 are searched');
    expect(found.length).toBeGreaterThan(20_000);
  });

  it('scripts that run each other without end', () => {
    const scripts = Array.from({ length: 3000 }, (_, i) => [`${i}`, file(`run /scheme/initfs/etc/${i + 1}\n`)]);
    const bytes = image({
      etc: dir({ ...Object.fromEntries(scripts), 'init.rc': file('run /scheme/initfs/etc/0\n') }),
    });
    expect(messages(bytes)).toContain('scripts run each other more than 64 deep');
  });

  it('a unit that requires a name of half a million @', () => {
    const unit = file(`[unit]\nrequires_weak = ["${'@'.repeat(500_000)}"]\n`);
    const found = messages(image({ lib: dir({ 'init.d': dir({ '00.target': unit }) }) }));
    expect(found.filter((message) => message.includes('requires the unit'))).toHaveLength(1);
  });

  it('more configuration than an init ever had', () => {
    const unit = file(`[unit]\n# ${'x'.repeat(1_000_000)}\n`);
    const units = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`${i}.target`, unit]));
    expect(messages(image({ lib: dir({ 'init.d': dir(units) }) }))).toContain(
      'it is not read: the configurations have more than 4 MiB together',
    );
  });

  it('thousands of links through long chains of long links', () => {
    const long = (target: string) => link(`${'./'.repeat(2040)}${target}`);
    const chain = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`c${i}`, long(`c${(i + 1) % 300}`)]));
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`l${i}`, link('c0')]));
    const found = messages(image({ ...chain, ...many }));
    expect(found.filter((message) => message.includes('leads nowhere'))).toHaveLength(10_300);
  });

  it('a link whose target is longer than a path can be', () => {
    expect(messages(image({ l: link('x'.repeat(5000)) }))).toContain(
      'it is a link with a target of 5000 bytes; a path has at most 4096',
    );
  });
});
