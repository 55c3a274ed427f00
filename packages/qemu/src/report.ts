import type { Arch, Backend } from '@nx-redox/kit';
import type { Diagnosis } from './diagnosis';
import type { Method } from './machine';
import { formatHits } from './symbolise';
import type { BootStageState } from './boot-judge';

/** What `report.json` holds. */
export interface BootReport extends Omit<Diagnosis, 'event'> {
  schema: 1;
  system: string;
  arch: Arch;
  backend: Backend;
  method: Method;
  verdict: 'passed' | 'failed' | 'timeout' | 'interrupted';
  /** The panic's or the processor's own words, if one of them ended the boot; else the same as `cause`. */
  headline: string;
  /** Why the boot did not pass; for one that did, how it ended. */
  cause: string;
  /** Times are seconds since QEMU's start. */
  stages: BootStageState[];
  /** From QEMU's start to the verdict, in seconds. */
  seconds: number;
  /** QEMU's exit status (51: the guest says good, 53: bad); null if we ended it. */
  exitCode: number | null;
  /** The last lines of the serial output, without control sequences, and without registers if those are in a trace. */
  lastLines: string[];
  /** State of the machine when nothing moved any more, asked over QMP. */
  machine: { status: string; registers: Record<string, string> } | null;
  /** QEMU's own messages. */
  messages: string[];
  /** Boots the same system with the serial line on the terminal; to be started in the workspace root. */
  command: string[];
  qemuVersion: string | null;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for XML 1.0: characters that it cannot hold, even escaped, become U+FFFD. */
function xml(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- these are the characters that must go
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
      .replace(/[&<>"]/g, (char) => escapes[char]!)
  );
}

/** The boot as JUnit XML: a test case for each stage, and one for how the boot ended. */
export function junit(report: BootReport): string {
  const suite = `${report.system}.${report.arch}.${report.backend}`;
  const failed = report.stages.findIndex(({ reached }) => !reached);
  const reasons = [...new Set([report.headline, report.cause])];
  const traces = report.deaths.flatMap(({ trace }) => trace).concat(report.trace);
  const details = [...reasons, ...traces.map(({ hits }) => `  ${formatHits(hits)}`), '', ...report.lastLines].join(
    '\n',
  );
  const failure = `<failure type="${report.verdict}" message="${xml(report.headline)}">${xml(details)}</failure>`;
  let before = 0;
  const cases = report.stages.map((stage, i) => {
    const seconds = Math.max(0, (stage.seconds ?? before) - before);
    before = stage.seconds ?? before;
    const body = stage.reached ? '' : i === failed ? failure : '<skipped/>';
    return `    <testcase classname="${xml(suite)}" name="${xml(stage.name)}" time="${seconds.toFixed(3)}">${body}</testcase>`;
  });
  // A guest that reached all stages can still end badly.
  const last = failed < 0 && report.verdict !== 'passed' ? failure : '';
  cases.push(
    `    <testcase classname="${xml(suite)}" name="end" time="${Math.max(0, report.seconds - before).toFixed(3)}">` +
      `${failed < 0 ? last : '<skipped/>'}</testcase>`,
  );
  const failures = report.verdict === 'passed' ? 0 : 1;
  const skipped = failed < 0 ? 0 : report.stages.length - failed;
  const counts = `tests="${cases.length}" failures="${failures}" skipped="${skipped}" time="${report.seconds.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${xml(suite)}" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
