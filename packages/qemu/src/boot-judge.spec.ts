import type { BootStage, FailureWords } from '@nx-redox/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ANSWER_GRACE,
  EXIT_GRACE,
  FAILURE_LIMIT,
  FAILURE_QUIET,
  LINE_QUIET,
  PROMPT_QUIET,
  BootJudge,
} from './boot-judge';

const STAGES: BootStage[] = [
  { name: 'kernel', pattern: 'Redox OS starting', timeout: 10 },
  { name: 'init', pattern: '^init: (running|ready)', timeout: 5 },
  { name: 'login', pattern: 'login: ?$', timeout: 3 },
];
const EXITS = { ok: 51, failed: 53 };
const FAILURES: FailureWords[] = [{ pattern: 'KERNEL PANIC', cause: 'the kernel panicked' }];

function judge(stages = STAGES, failures = FAILURES) {
  const made = new BootJudge(stages, EXITS, failures);
  return {
    judge: made,
    say: (text: string, at: number) => made.feed(Buffer.from(text), at),
    names: () => made.stages.filter(({ reached }) => reached).map(({ name }) => name),
  };
}

const ended = (code: number) => ({ code, signal: null });

describe('stages', () => {
  it('come in order, each with the time and the line', () => {
    const { judge: e, say } = judge();
    say('init: ready\nRedox OS starting...\n', 1);
    say('init: running x\n', 2);
    expect(e.stages).toEqual([
      { name: 'kernel', reached: true, seconds: 1, line: 'Redox OS starting...' },
      { name: 'init', reached: true, seconds: 2, line: 'init: running x' },
      { name: 'login', reached: false },
    ]);
    expect(e.judgement).toBeUndefined();
  });

  it('may share a line, but not a text', () => {
    const twice = (pattern: string) => judge(['a', 'b'].map((name) => ({ name, pattern, timeout: 1 })));
    const apart = twice('up');
    apart.say('up, up\n', 1);
    expect(apart.names()).toEqual(['a', 'b']);
    const same = twice('up');
    same.say('up\n', 1);
    expect(same.names()).toEqual(['a']);
  });

  it('are told of once', () => {
    const told: string[] = [];
    const e = new BootJudge(STAGES, EXITS, [], { stage: ({ name }, i) => told.push(`${i} ${name}`) });
    e.feed(Buffer.from('Redox OS starting\ninit: ready\ninit: ready\n'), 1);
    expect(told).toEqual(['0 kernel', '1 init']);
  });

  it('match a prompt without a line end when nothing follows, with the time it came', () => {
    const { judge: e, say, names } = judge();
    say('Redox OS starting\ninit: ready\nredox login: ', 1);
    expect(names()).toEqual(['kernel', 'init']);
    expect(e.nextTick()).toBe(1 + LINE_QUIET);
    e.tick(1 + LINE_QUIET);
    expect(names()).toEqual(['kernel', 'init', 'login']);
    expect(e.stages[2]!.seconds).toBe(1);
  });

  it('that type wait less for the rest of a line', () => {
    const { judge: e, say, names } = judge([{ name: 'login', pattern: 'login:', timeout: 9, send: 'root' }]);
    say('redox login: ', 1);
    expect(e.nextTick()).toBe(1 + PROMPT_QUIET);
    e.tick(1 + PROMPT_QUIET);
    expect(names()).toEqual(['login']);
  });

  it('do not match half a line that goes on', () => {
    const { judge: e, say, names } = judge([{ name: 'a', pattern: '^abc$', timeout: 9 }]);
    say('abc', 1);
    e.tick(1.1);
    say('def\n', 1.2);
    e.tick(5);
    expect(names()).toEqual([]);
  });

  it('do not count a prompt again when its line ends', () => {
    const {
      judge: e,
      say,
      names,
    } = judge([
      { name: 'a', pattern: 'x:', timeout: 9 },
      { name: 'b', pattern: 'x:', timeout: 9 },
    ]);
    say('x:', 1);
    e.tick(2);
    say(' root\n', 3);
    expect(names()).toEqual(['a']);
  });

  it('have a budget from the stage before', () => {
    const { judge: e, say } = judge();
    expect(e.nextTick()).toBe(10);
    say('Redox OS starting\n', 8);
    e.tick(12.9);
    expect(e.judgement).toBeUndefined();
    e.tick(13);
    expect(e.judgement).toEqual({
      verdict: 'timeout',
      cause: 'stage "init" did not come within 5 s; the last stage reached is "kernel"',
    });
    expect(e.nextTick()).toBeUndefined();
  });

  it('time out from the start when none came, flood or not', () => {
    const { judge: e, say } = judge();
    for (let at = 0; at < 10; at += 0.1) say('noise\n', at);
    e.tick(10);
    expect(e.judgement?.cause).toBe('stage "kernel" did not come within 10 s; no stage was reached');
  });

  it('have a budget together', () => {
    const e = new BootJudge(STAGES, EXITS, [], {}, 12);
    e.feed(Buffer.from('Redox OS starting\n'), 9);
    expect(e.nextTick()).toBe(12);
    e.tick(12);
    expect(e.judgement).toEqual({
      verdict: 'timeout',
      cause: 'the boot took longer than 12 s before stage "init"; the last stage reached is "kernel"',
    });
    // The end of the guest belongs to no stage.
    const last = new BootJudge(STAGES, EXITS, [], {}, 12);
    last.feed(Buffer.from('Redox OS starting\ninit: ready\nlogin:\n'), 11.5);
    expect(last.nextTick()).toBe(11.5 + EXIT_GRACE);
  });

  it('count when the prompt came just before the end of the budget', () => {
    const { judge: e, say } = judge([{ name: 'a', pattern: 'login:', timeout: 1 }]);
    say('login:', 0.9);
    e.tick(1);
    expect(e.stages[0]).toMatchObject({ reached: true, seconds: 0.9 });
  });
});

describe('the end', () => {
  const all = 'Redox OS starting\ninit: ready\nlogin:\n';

  it.each([
    [all, 51, 'passed', /success/],
    [all, 0, 'passed', /turned itself off/],
    [all, 53, 'failed', /failure .* after the last stage/],
    [all, 1, 'failed', /exit code 1 after the last stage/],
    ['Redox OS starting\n', 51, 'failed', /success .* before stage "init"; the last stage reached is "kernel"/],
    ['Redox OS starting\n', 53, 'failed', /failure .* before stage "init"/],
    ['', 0, 'failed', /turned itself off .* before the first stage, "kernel"/],
  ])('of %j with exit code %d: %s', (text, code, verdict, cause) => {
    const { judge: e, say } = judge();
    say(text, 1);
    e.exit(1.5, ended(code));
    expect(e.judgement).toMatchObject({ verdict, cause: expect.stringMatching(cause) });
  });

  it('counts a last line without an end', () => {
    const { judge: e, say } = judge();
    say(all.trimEnd(), 1);
    e.exit(1.01, ended(51));
    expect(e.judgement?.verdict).toBe('passed');
  });

  it('names the signal that killed QEMU', () => {
    const { judge: e } = judge();
    e.exit(1, { code: null, signal: 'SIGSEGV' });
    expect(e.judgement?.cause).toMatch(/killed by SIGSEGV, before the first stage/);
  });

  it('is waited for behind the last stage, for a while', () => {
    const { judge: e, say } = judge();
    say(all, 1);
    expect(e.nextTick()).toBe(1 + EXIT_GRACE);
    e.tick(1 + EXIT_GRACE);
    expect(e.judgement).toEqual({ verdict: 'passed', cause: 'the guest goes on running' });
    e.exit(4, ended(53));
    expect(e.judgement?.verdict).toBe('passed');
  });

  it('is hardly waited for when the guest has answered what was typed: it waits for more', () => {
    const { judge: e, say } = judge([
      { name: 'shell', pattern: '\\$ $', timeout: 9, send: 'echo 1\n' },
      { name: 'answer', pattern: '^1', timeout: 9 },
    ]);
    say('$ \n1\n', 1);
    expect(e.nextTick()).toBe(1 + ANSWER_GRACE);
    e.tick(1 + ANSWER_GRACE);
    expect(e.judgement).toEqual({ verdict: 'passed', cause: 'the guest goes on running' });
  });
});

describe('a line that means failure', () => {
  it('ends the boot when the output rests, whatever the exit code', () => {
    const { judge: e, say } = judge();
    say('KERNEL PANIC: x\nRedox OS starting\n', 1);
    say('FP 0: PC 1\n', 1.2);
    expect(e.nextTick()).toBeCloseTo(1.2 + FAILURE_QUIET);
    e.exit(1.3, ended(53));
    expect(e.judgement).toEqual({ verdict: 'failed', cause: 'the kernel panicked' });
    expect(e.stages[0]!.reached).toBe(false);
    expect(e.lastLines(1)).toEqual(['FP 0: PC 1']);
  });

  it('is shown with all that came with it', () => {
    const { judge: e, say } = judge();
    const registers = Array.from({ length: 40 }, (_, i) => `X${i}`);
    say(['1', '2', '3', '4', '5', '6', 'KERNEL PANIC', ...registers, ''].join('\n'), 1);
    expect(e.lastLines(20, 80)).toEqual(['2', '3', '4', '5', '6', 'KERNEL PANIC', ...registers]);
    expect(e.lastLines(20, 30)).toHaveLength(30);
    expect(e.lastLines(20)).toHaveLength(20);
  });

  it('ends it after a limit if the output never rests', () => {
    const { judge: e, say } = judge();
    say('KERNEL PANIC: x\n', 1);
    for (let at = 1.1; at < 1 + FAILURE_LIMIT; at += 0.1) {
      say('again\n', at);
      e.tick(at);
      expect(e.judgement).toBeUndefined();
    }
    e.tick(1 + FAILURE_LIMIT);
    expect(e.judgement?.verdict).toBe('failed');
  });

  it('counts without a line end, and behind the last stage', () => {
    const { judge: e, say } = judge();
    say('Redox OS starting\ninit: ready\nlogin:\nKERNEL PANIC', 1);
    e.tick(1 + LINE_QUIET);
    e.tick(2);
    expect(e.judgement).toEqual({ verdict: 'failed', cause: 'the kernel panicked' });
  });
});

describe('any output', () => {
  const vocabulary = [
    'Redox OS starting',
    'init: ready',
    'login:',
    'KERNEL PANIC',
    ' ',
    '\n',
    '\r\n',
    '\x1b[1m',
    'ä',
    'noise',
  ];
  const pieces = fc.array(fc.oneof(fc.constantFrom(...vocabulary), fc.string({ maxLength: 5 })), { maxLength: 60 });

  it('gets the same verdict in any pieces', () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(400)), fc.constantFrom(0, 51, 53, undefined), (texts, cuts, code) => {
        const all = Buffer.from(texts.join(''));
        const at = [0, ...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
        const outcome = (chunks: Uint8Array[]) => {
          const e = new BootJudge(STAGES, EXITS, FAILURES);
          for (const chunk of chunks) e.feed(chunk, 1);
          if (code === undefined) for (let t = e.nextTick(); t !== undefined; t = e.nextTick()) e.tick(t);
          else e.exit(1.1, ended(code));
          return { judgement: e.judgement, stages: e.stages, lines: e.lastLines(20) };
        };
        const whole = outcome([all]);
        expect(outcome(at.slice(1).map((end, i) => all.subarray(at[i], end)))).toEqual(whole);
        expect(whole.judgement).toBeDefined();
      }),
    );
  });

  it('never makes a boot pass that has a stage missing, or skips one', () => {
    fc.assert(
      fc.property(pieces, (texts) => {
        const e = new BootJudge(STAGES, EXITS, FAILURES);
        e.feed(Buffer.from(texts.join('')), 1);
        e.exit(2, ended(51));
        const reached = e.stages.map((stage) => stage.reached);
        expect(reached).toEqual([...reached].sort().reverse());
        if (e.judgement!.verdict === 'passed') expect(reached).toEqual([true, true, true]);
      }),
    );
  });

  it('takes bounded memory', () => {
    const { judge: e, say } = judge();
    for (let i = 0; i < 3000; i++) say(`${i} ${'x'.repeat(50)}\n`, 1);
    expect(e.history.length).toBeLessThanOrEqual(500);
    expect(e.lastLines(1)[0]).toMatch(/^2999 /);
  });
});

describe('a guest that restarts the machine', () => {
  it('has failed, whenever it does so', () => {
    for (const [text, where] of [
      ['Redox OS starting\n', ', before stage "init"; the last stage reached is "kernel"'],
      ['Redox OS starting\ninit: ready\nlogin:\n', ' after the last stage'],
    ] as const) {
      const { judge: e, say } = judge();
      say(text, 1);
      e.exit(2, { ...ended(0), reset: true });
      expect(e.judgement).toEqual({
        verdict: 'failed',
        cause: `the guest restarted the machine (a triple fault does so too)${where}`,
      });
    }
  });
});

describe('the last lines', () => {
  it('show of progress that is written over itself only the last state', () => {
    const { judge: e, say } = judge();
    say('kernel: 0/2 MiB\rkernel: 1/2 MiB\rkernel: 2/2 MiB\r\n', 1);
    say('initfs: 0/42 MiB\r', 2);
    say('initfs: 42/42 MiB\r\nX0: 0\r\nX1: 0\r\nnext\rother', 3);
    expect(e.lastLines(9)).toEqual(['kernel: 2/2 MiB', 'initfs: 42/42 MiB', 'X0: 0', 'X1: 0', 'next', 'other']);
    expect(e.lastLines(2, 2, (line) => !line.startsWith('X'))).toEqual(['next', 'other']);
  });

  it('are searched nevertheless', () => {
    const { judge: e, say, names } = judge();
    say('Redox OS starting 1\rRedox OS starting 2\rinit: ready\r', 1);
    expect(names()).toEqual(['kernel', 'init']);
    expect(e.stages[0]!.line).toBe('Redox OS starting 1');
  });
});
