import { describe, expect, it } from 'vitest';
import { withoutDescriptors } from './job-server';

describe('withoutDescriptors', () => {
  it.each([
    ['w -j2 --jobserver-auth=3,4', 'w -j2'],
    [' -j --jobserver-fds=3,4 -j -- TARGET=x', ' -j -j -- TARGET=x'],
    [' -j1 --jobserver-auth=-2,-2', ' -j1'],
    [' -j2 --jobserver-auth=fifo:/tmp/GMfifo12', ' -j2 --jobserver-auth=fifo:/tmp/GMfifo12'],
    ['', ''],
  ])('%j -> %j', (flags, left) => {
    expect(withoutDescriptors(flags)).toBe(left);
  });
});
