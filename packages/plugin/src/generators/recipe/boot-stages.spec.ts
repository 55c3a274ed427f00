import { describe, expect, it } from 'vitest';
import { markerPattern, stagePlace, stagePlaceOnRoot } from './boot-stages';

describe('the place of a boot stage', () => {
  const stages = ['kernel', 'init', 'logd', 'ramfs', 'check', 'done'];
  it('is behind the nearest program before it that has a stage', () => {
    expect(stagePlace(stages, ['ramfs', 'logd'], ['check'])).toBe(4);
    expect(stagePlace(stages, ['silent', 'logd'], ['check'])).toBe(3);
  });
  it('is else before the next one after it', () => {
    expect(stagePlace(stages, [], ['silent', 'logd'])).toBe(2);
  });
  it('is else behind init, or before the last', () => {
    expect(stagePlace(stages, [], [])).toBe(2);
    expect(stagePlace(['kernel', 'login'], [], [])).toBe(1);
  });
});

describe('the place of a boot stage on the root file system', () => {
  const stages = [
    { name: 'init' },
    { name: 'root' },
    { name: 'netd' },
    { name: 'login', send: 'root' },
    { name: 'session' },
  ];
  it('is beside that of another program there', () => {
    expect(stagePlaceOnRoot(stages, ['netd'], [])).toBe(3);
    expect(stagePlaceOnRoot(stages, ['silent'], ['console', 'netd'])).toBe(2);
  });
  it('is else before a session is begun, or at the end', () => {
    expect(stagePlaceOnRoot(stages, ['silent'], ['console'])).toBe(3);
    expect(stagePlaceOnRoot(stages.slice(0, 3), [], [])).toBe(3);
  });
});

describe('the pattern of a marker', () => {
  const pattern = new RegExp(markerPattern('a.b: (ready)'));
  it.each(['a.b: (ready)', '[0.690161] a.b: (ready), and more'])('finds "%s"', (line) => expect(line).toMatch(pattern));
  it.each(['other-a.b: (ready)', 'axb: (ready)'])('does not find "%s"', (line) => expect(line).not.toMatch(pattern));
});
