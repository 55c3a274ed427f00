import type { BootStage, FailureWords, GuestWords } from '@nx-redox/kit';
import { compilePattern, type Pattern } from '@nx-redox/kit/pattern';
import { LineReader } from './line-reader';

/** A line without its end is looked at when nothing came behind it for so long, in seconds … */
export const LINE_QUIET = 0.25;
/** … or for so long where a prompt is expected, which waits for input. */
export const PROMPT_QUIET = 0.02;
/** After a failure line, output is collected until nothing came for so long, in seconds … */
export const FAILURE_QUIET = 0.75;
/** … or until so long after the failure line. */
export const FAILURE_LIMIT = 4;
/** How long the guest may take to end by itself behind the last stage, in seconds. */
export const EXIT_GRACE = 2;
/** The same, if the last stage is the answer to what was typed: the guest waits for the next line then. */
export const ANSWER_GRACE = 0.05;
const HISTORY = 500;
/** Lines before a failure line that are shown with it. */
const CONTEXT = 5;

export interface BootStageState {
  name: string;
  reached: boolean;
  /** Seconds since QEMU's start. */
  seconds?: number;
  /** The line that matched. */
  line?: string;
}

export type Verdict = 'passed' | 'failed' | 'timeout';

export interface Judgement {
  verdict: Verdict;
  /** Why not passed; for a passed boot, how it ended. */
  cause: string;
}

/** How QEMU ended: its exit status, or the signal that killed it. */
export interface MachineExit {
  code: number | null;
  signal: string | null;
  /** The guest restarted the machine, and was not let. */
  reset?: boolean;
}

export type ExitCodes = GuestWords['exit'];

export interface JudgeListener {
  stage?(state: BootStageState, index: number): void;
  /** Called once, when the boot is judged. */
  judged?(judgement: Judgement): void;
}

/**
 * Judges a boot by its serial output: stages that must come in order, each within its budget, lines that mean failure,
 * and the guest's exit status. It has no clock and no process: the caller passes bytes and the time in seconds since
 * the start of the machine, and calls {@link tick} at {@link nextTick}.
 *
 * A text is searched behind the end of the previous stage's match, so one line can bring several stages and one match
 * never counts twice. Complete lines are judged at once; a line without an end when nothing comes behind it. So the
 * verdict does not depend on the pieces in which the output arrives.
 */
export class BootJudge {
  /** The last lines of the output, oldest first. */
  readonly history: string[] = [];
  readonly stages: BootStageState[];

  private readonly patterns: Pattern[];
  private readonly failures: { pattern: Pattern; cause: string }[];
  private readonly reader = new LineReader((line, over) => this.line(line, over));
  private current = 0;
  private phase: 'waiting' | 'finishing' | 'failing' | 'over' = 'waiting';
  private now = 0;
  private lastByte = 0;
  private phaseStart = 0;
  private partialSeen = true;
  /** Where in the unfinished line the search goes on. */
  private from = 0;
  private failure = '';
  /** The line that meant failure. */
  failureLine: string | undefined;
  /** Lines from the one that meant failure on. */
  private failureLines = 0;
  private result: Judgement | undefined;

  constructor(
    private readonly rules: readonly BootStage[],
    /** Exit statuses by which the guest says how it went. */
    private readonly exits: ExitCodes,
    failures: readonly FailureWords[] = [],
    private readonly listener: JudgeListener = {},
    /** Budget for all stages together, in seconds. */
    private readonly limit = Infinity,
  ) {
    this.stages = rules.map(({ name }) => ({ name, reached: false }));
    this.patterns = rules.map(({ pattern }) => compilePattern(pattern));
    this.failures = failures.map(({ pattern, cause }) => ({ pattern: compilePattern(pattern), cause }));
  }

  /** The judgement, once there is one. */
  get judgement(): Judgement | undefined {
    return this.result;
  }

  /** Output of the guest that arrived at `at`. */
  feed(bytes: Uint8Array, at: number): void {
    if (this.phase === 'over' || bytes.length === 0) return;
    this.now = this.lastByte = at;
    this.reader.feed(bytes);
    this.partialSeen = this.reader.partial === '';
  }

  /** Time has passed. */
  tick(at: number): void {
    if (this.phase === 'over') return;
    this.now = at;
    const next = this.nextTick();
    if (next === undefined || at < next) return;
    this.lookAtPartial();
    this.expire();
  }

  /** When {@link tick} must be called next, in seconds; undefined once the boot is judged. */
  nextTick(): number | undefined {
    const times = [this.expiry()];
    const isPrompt = this.rules[this.current]?.send !== undefined;
    if (!this.partialSeen) times.push(this.lastByte + (isPrompt ? PROMPT_QUIET : LINE_QUIET));
    const known = times.filter((time) => time !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  }

  /** QEMU ended and all its output has been fed. */
  exit(at: number, exit: MachineExit): void {
    if (this.phase === 'over') return;
    this.now = at;
    this.reader.end();
    if (this.phase === 'failing') {
      this.judge('failed', this.failure);
      return;
    }
    const how = describeExit(exit, this.exits);
    const missing = this.rules[this.current];
    if (exit.code === this.exits.failed) {
      this.judge('failed', missing ? `${how}, ${this.where(missing)}` : `${how} after the last stage`);
    } else if (missing) {
      this.judge('failed', `${how}, ${this.where(missing)}`);
    } else if (exit.reset) {
      this.judge('failed', `${how} after the last stage`);
    } else if (exit.code === this.exits.ok || exit.code === 0) {
      this.judge('passed', how);
    } else {
      this.judge('failed', `${how} after the last stage`);
    }
  }

  /** The last `count` lines of the output, an unfinished one included; more if so many came with a failure line. */
  lastLines(count: number, most = count, keep: (line: string) => boolean = () => true): string[] {
    const shown = Math.min(Math.max(count, this.failureLines + CONTEXT), most);
    const all = this.reader.partial === '' ? this.history : [...this.history, this.reader.partial];
    return all.filter(keep).slice(-shown);
  }

  private where(missing: BootStage): string {
    const last = this.stages[this.current - 1];
    return last
      ? `before stage "${missing.name}"; the last stage reached is "${last.name}"`
      : `before the first stage, "${missing.name}"`;
  }

  private expiry(): number | undefined {
    switch (this.phase) {
      case 'waiting':
        return Math.min(this.phaseStart + this.rules[this.current]!.timeout, this.limit);
      case 'finishing':
        return this.phaseStart + (this.isAnswer() ? ANSWER_GRACE : EXIT_GRACE);
      case 'failing':
        return Math.min(Math.max(this.lastByte, this.phaseStart) + FAILURE_QUIET, this.phaseStart + FAILURE_LIMIT);
      case 'over':
        return undefined;
    }
  }

  private isAnswer(): boolean {
    return this.rules.at(-2)?.send !== undefined && this.rules.at(-1)!.send === undefined;
  }

  private expire(): void {
    const expiry = this.expiry();
    if (expiry === undefined || this.now < expiry) return;
    if (this.phase === 'failing') this.judge('failed', this.failure);
    else if (this.phase === 'finishing') this.judge('passed', 'the guest goes on running');
    else {
      const missing = this.rules[this.current]!;
      const last = this.stages[this.current - 1];
      const late =
        expiry === this.limit
          ? `the boot took longer than ${this.limit} s before stage "${missing.name}"`
          : `stage "${missing.name}" did not come within ${missing.timeout} s`;
      this.judge('timeout', `${late}; ` + (last ? `the last stage reached is "${last.name}"` : 'no stage was reached'));
    }
  }

  private line(text: string, over: boolean): void {
    // Of progress that is written over itself the last state is enough; empty lines say nothing in a report.
    if (over && withoutNumbers(text) === withoutNumbers(this.history.at(-1) ?? '')) {
      this.history[this.history.length - 1] = text;
    } else if (text.trim() !== '') {
      this.history.push(text);
      if (this.phase === 'failing') this.failureLines++;
      if (this.history.length > HISTORY) this.history.shift();
    }
    this.examine(text);
    this.from = 0;
  }

  private lookAtPartial(): void {
    if (this.partialSeen) return;
    this.partialSeen = true;
    const text = this.reader.partial;
    if (text !== '') this.examine(text);
  }

  private examine(text: string): void {
    if (this.phase === 'failing' || this.phase === 'over') return;
    const failure = this.failures.find(({ pattern }) => pattern.test(text));
    if (failure) {
      this.failure = failure.cause;
      this.failureLine = text;
      this.failureLines = 1;
      this.enter('failing', this.lastByte);
      return;
    }
    while (this.phase === 'waiting') {
      const match = this.patterns[this.current]!.find(text, this.from);
      if (!match) return;
      this.from = match.end;
      const state = this.stages[this.current]!;
      Object.assign(state, { reached: true, seconds: this.lastByte, line: text });
      this.listener.stage?.(state, this.current);
      this.current++;
      this.enter(this.current === this.rules.length ? 'finishing' : 'waiting', this.lastByte);
    }
  }

  private enter(phase: 'waiting' | 'finishing' | 'failing', at: number): void {
    this.phase = phase;
    this.phaseStart = at;
  }

  private judge(verdict: Verdict, cause: string): void {
    this.phase = 'over';
    this.result = { verdict, cause };
    this.listener.judged?.(this.result);
  }
}

const withoutNumbers = (text: string) => text.replace(/\d+/g, '0').trim();

/** An exit status of QEMU in words. */
export function describeExit({ code, signal, reset }: MachineExit, exits: ExitCodes): string {
  if (reset) return 'the guest restarted the machine (a triple fault does so too)';
  if (code === null) return `QEMU was killed by ${signal}`;
  if (code === exits.ok) return `the guest ended with success (exit code ${code})`;
  if (code === exits.failed) return `the guest ended with failure (exit code ${code})`;
  if (code === 0) return 'the guest turned itself off (exit code 0)';
  return `QEMU ended with exit code ${code}`;
}
