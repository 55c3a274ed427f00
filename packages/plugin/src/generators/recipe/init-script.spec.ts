import { describe, expect, it } from 'vitest';
import { addStart, startsOf } from './init-script';

const SCRIPT = `# The boot.
export PATH /scheme/initfs/bin

/scheme/initfs/lib/drivers/rtcd
nowait zerod
logd

stdio /scheme/log
ramfs
# The last one.
check
`;

describe('init.rc', () => {
  it('knows the lines that start programs', () => {
    expect(startsOf(SCRIPT).map(({ name, waitedFor }) => [name, waitedFor])).toEqual([
      ['rtcd', true],
      ['zerod', false],
      ['logd', true],
      ['ramfs', true],
      ['check', true],
    ]);
  });

  it('starts a service before the last program, and leaves that one its comment', () => {
    const { text, before, after } = addStart(SCRIPT, 'hello', 'service');
    expect(text).toBe(SCRIPT.replace('ramfs\n', 'ramfs\nhello\n'));
    expect(before).toEqual(['ramfs', 'logd', 'rtcd']);
    expect(after).toEqual(['check']);
  });

  it('leaves a shell on the serial line the last one', () => {
    const shell = '\nstdio /scheme/debug\nshell\n';
    expect(addStart(SCRIPT + shell, 'hello', 'service')).toEqual({
      ...addStart(SCRIPT, 'hello', 'service'),
      text: SCRIPT.replace('ramfs\n', 'ramfs\nhello\n') + shell,
      after: ['check', 'shell'],
    });
  });

  it('starts a driver behind the drivers, or first of all', () => {
    expect(addStart(SCRIPT, 'nvmed', 'driver').text).toBe(
      SCRIPT.replace('rtcd\n', 'rtcd\n/scheme/initfs/lib/drivers/nvmed\n'),
    );
    const first = addStart('export PATH /scheme/initfs/bin\nlogd\n', 'nvmed', 'driver');
    expect(first.text).toBe('export PATH /scheme/initfs/bin\n/scheme/initfs/lib/drivers/nvmed\nlogd\n');
    expect(first.after).toEqual(['logd']);
  });

  it('calls a program by its path where its name would not lead to it', () => {
    expect(addStart('check\n', 'hello', 'program').text).toBe('/scheme/initfs/bin/hello\ncheck\n');
    expect(addStart(SCRIPT, 'echo', 'program').text).toContain('\n/scheme/initfs/bin/echo\n');
  });

  it('works with scripts that are empty, have no last line end, or those of Windows', () => {
    expect(addStart('', 'hello', 'service').text).toBe('/scheme/initfs/bin/hello\n');
    expect(addStart('/scheme/initfs/lib/drivers/a', 'b', 'driver').text).toBe(
      '/scheme/initfs/lib/drivers/a\n/scheme/initfs/lib/drivers/b\n',
    );
    expect(addStart('logd\r\ncheck\r\n', 'hello', 'service').text).toBe(
      'logd\r\n/scheme/initfs/bin/hello\r\ncheck\r\n',
    );
  });
});
