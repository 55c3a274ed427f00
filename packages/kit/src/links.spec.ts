import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { findBadLink } from './links';

const find = (links: Record<string, string>) => findBadLink(new Map(Object.entries(links)));

describe('findBadLink', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['a link beside it', { l: 'x' }, undefined],
    ['up and down again', { 'a/b/l': '../../c' }, undefined],
    ['one too far up', { 'a/l': '../../c' }, 'leads out of the source'],
    ['through another link', { a: 'd/e/f', 'd/l': '../a/../../../..' }, 'leads out of the source'],
    ['through a link that goes up', { 'x/up': '..', l: 'x/up/x/up/../y' }, 'leads out of the source'],
    ['a circle', { a: 'b', b: 'a', c: 'a/..' }, undefined],
    ['a circle of one', { a: 'a/b' }, undefined],
    ['an absolute one', { a: '/' }, 'leads out of the source'],
    ['into a repository', { a: 'x/../.git/hooks' }, "leads into git's own files"],
    ['into a repository by another name', { 'd/a': '../.GIT' }, "leads into git's own files"],
    ['without target', { a: '' }, 'has no target'],
    ['4,095 bytes', { a: 'x/'.repeat(2047) + 'y' }, undefined],
    ['4,096 bytes', { a: 'x/'.repeat(2047) + 'yy' }, 'has a target of 4096 bytes; systems take 4095'],
    ['4,096 bytes that are fewer letters', { a: 'ä'.repeat(2048) }, 'has a target of 4096 bytes; systems take 4095'],
  ])('%s', async (_, links, why) => {
    expect((await find(links))?.why).toBe(why);
  });

  /** Counts how often others get their turn meanwhile. */
  async function turnsOf(links: ReadonlyMap<string, string>): Promise<number> {
    let turns = 0;
    let done = false;
    const next = () => void (done || (turns++, setImmediate(next)));
    setImmediate(next);
    expect(await findBadLink(links)).toBeUndefined();
    done = true;
    return turns;
  }

  it('looks at each part once, and lets others work: long targets, long chains, chains of long targets', async () => {
    const long = new Map(Array.from({ length: 4000 }, (_, i) => [`l${i}`, `${'./d/../'.repeat(584)}x`]));
    const chain = new Map(Array.from({ length: 200_000 }, (_, i) => [`l${i}`, `l${i + 1}`]));
    const both = new Map(Array.from({ length: 4000 }, (_, i) => [`l${i}`, `${`l${i + 1}/../`.repeat(400)}x`]));
    const circle = new Map(Array.from({ length: 200_000 }, (_, i) => [`l${i}`, `l${(i + 1) % 200_000}`]));
    // Quadratic work would take minutes here.
    for (const links of [long, chain, both, circle]) expect(await turnsOf(links)).toBeGreaterThan(5);
    const out = new Map([...chain, ['l200000', '../x']]);
    expect((await findBadLink(out))?.why).toBe('leads out of the source');
  });

  it('refuses targets that together are more than memory should hold, and stops when it is told to', async () => {
    const many = new Map(Array.from({ length: 5000 }, (_, i) => [`l${i}`, 'x/'.repeat(2000) + i]));
    expect((await findBadLink(many))?.why).toContain('more than any source needs');
    const controller = new AbortController();
    const links = new Map(Array.from({ length: 4000 }, (_, i) => [`l${i}`, `${'./d/../'.repeat(584)}x`]));
    const running = findBadLink(links, controller.signal);
    await sleep(1);
    controller.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
  });
});
