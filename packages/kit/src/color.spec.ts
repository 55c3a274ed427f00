import { describe, expect, it } from 'vitest';
import { wantsColor } from './color';

const inNx = { FORCE_COLOR: 'true' };

describe('colours', () => {
  it('are for terminals', () => {
    expect(wantsColor({ isTTY: true }, {})).toBe(true);
    expect(wantsColor({ isTTY: false }, {})).toBe(false);
  });

  it('follow NO_COLOR and what the user forces', () => {
    expect(wantsColor({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColor({ isTTY: true }, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
    expect(wantsColor({ isTTY: true }, { FORCE_COLOR: '0' })).toBe(false);
    expect(wantsColor({ isTTY: false }, { FORCE_COLOR: '1' })).toBe(true);
  });

  it('in a task of Nx follow where Nx itself writes to', () => {
    expect(wantsColor({ isTTY: false }, inNx, () => true)).toBe(true);
    expect(wantsColor({ isTTY: false }, inNx, () => false)).toBe(false);
    // Output of tests is captured: no ancestor of theirs is an Nx on a terminal.
    expect(wantsColor({ isTTY: false }, inNx)).toBe(false);
  });
});
