import { annotationLines, visible, writeFileWhole } from '@nx-redox/kit';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { speedOf } from './accelerator';
import { startFiles } from './boot-files';
import { qemuCommand } from './command';
import type { BootContext } from './boot-context';
import { diagnose } from './diagnosis';
import { guestPatterns } from './guest-patterns';
import { observe, type Observation } from './observe';
import { parseBootOptions, type BootInput, type BootOptions } from './options';
import { annotation, machineLines, stageLine, summary } from './boot-text';
import { junit, type BootReport } from './report';

/** How many serial lines a report shows. */
const LAST_LINES = 20;
/** How many it shows at most, if a panic has more. */
const MOST_LINES = 80;

/**
 * Boots a system in QEMU, shows its stages as they come, judges it, and writes `report.json`, `serial.log` and
 * `junit.xml` to the folder `output`. QEMU has ended when this returns or throws.
 *
 * @throws {UserError} if the options are wrong, a file is missing or QEMU is not installed; the reason of `signal` if
 * that fired (the report is written nevertheless).
 */
export async function bootSystem(input: BootInput, context: BootContext): Promise<BootReport> {
  const { workspaceRoot: root, out = process.stdout } = context;
  context.signal?.throwIfAborted();
  const options = parseBootOptions(input);
  const outputs = { log: 'serial.log', report: 'report.json', junit: 'junit.xml' };
  const at = (file: string) => join(options.output, file);
  const inRoot = (path: string) => resolve(root, path);
  // What an earlier boot left must not pass for the result of this one.
  for (const file of Object.values(outputs)) await rm(inRoot(at(file)), { force: true });

  const { files, checked } = await startFiles(root, options, context.signal);
  const width = Math.max(...options.stages.map(({ name }) => name.length));
  // What the guest wrote is in most of these lines.
  const print = (line: string) => out.write(`${visible(line)}\n`);
  const speed = await speedOf(options);
  for (const line of machineLines(options, files, speed)) print(line);
  const wrongDisk = new AbortController();
  checked.catch((error: unknown) => wrongDisk.abort(error));
  const signal = AbortSignal.any([wrongDisk.signal, ...(context.signal ? [context.signal] : [])]);
  const seen = await observe(options, qemuCommand(options, files, 'captured', speed.by), root, signal, {
    stage: (stage) => void print(stageLine(stage, width)),
  });
  await checked;

  const report = await explain(root, options, seen, qemuCommand(options, files, 'terminal', speed.by));
  await writeFileWhole(inRoot(at(outputs.log)), seen.log.bytes());
  await writeFileWhole(inRoot(at(outputs.junit)), junit(report));
  await writeFileWhole(inRoot(at(outputs.report)), `${JSON.stringify(report, null, 2)}\n`);
  for (const line of summary(report, width, { log: at(outputs.log), report: at(outputs.report) })) print(line);
  // `print` would make a text of it.
  if (report.verdict === 'failed' || report.verdict === 'timeout') out.write(annotationLines([annotation(report)]));
  signal.throwIfAborted();
  return report;
}

/** Makes the report of what was observed. */
async function explain(
  root: string,
  options: BootOptions,
  seen: Observation,
  command: readonly string[],
): Promise<BootReport> {
  const { judge, machine, exit, interrupted } = seen;
  const messages = seen.messages
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(visible);
  const judgement = judge.judgement;
  const verdict: BootReport['verdict'] = interrupted || !judgement ? 'interrupted' : judgement.verdict;
  // Who interrupts a boot does not want to wait for symbols.
  const debugFiles = verdict === 'interrupted' ? [] : options.debugFiles;
  const patterns = guestPatterns(options.guest);
  const ending = { verdict, line: judge.failureLine, machine };
  const { event, ...diagnosis } = await diagnose(root, debugFiles, seen.log.bytes(), patterns, ending);
  const explained = diagnosis.deaths.length > 0 || diagnosis.trace.length > 0;
  const cause = verdict === 'interrupted' ? reasonText(interrupted) : judgement!.cause;
  return {
    schema: 1,
    system: options.system,
    arch: options.arch,
    backend: options.backend,
    method: options.source.method,
    verdict,
    headline: visible(event ?? cause),
    cause,
    stages: judge.stages.map((stage) => (stage.line === undefined ? stage : { ...stage, line: visible(stage.line) })),
    seconds: seen.seconds,
    exitCode: exit?.code ?? null,
    lastLines: judge
      .lastLines(LAST_LINES, MOST_LINES, explained ? (line) => !patterns.dump.test(line) : undefined)
      .map(visible),
    ...diagnosis,
    machine: machine ? { status: machine.status, registers: machine.registers } : null,
    messages,
    command: [...command],
    qemuVersion: seen.version ?? null,
  };
}

function reasonText(reason: unknown): string {
  return reason instanceof Error ? reason.message : 'stopped';
}
