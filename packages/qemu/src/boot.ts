import { UserError, writeFileWhole } from '@nx-redox/kit';
import { rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { accelerator } from './accelerator';
import { prepareFiles } from './boot-files';
import { qemuCommand, qemuMissing } from './command';
import type { BootContext } from './context';
import { diagnose, isDump } from './diagnosis';
import { firmwareFailures } from './firmware';
import { inspectMachine, type MachineState } from './inspect';
import { parseBootOptions, type BootInput, type BootOptions } from './options';
import { machineLines, stageLine, summary } from './present';
import { startCaptured, type CapturedQemu } from './qemu-process';
import { Qmp } from './qmp';
import { junit, type BootReport } from './report';
import { SerialLog } from './serial-log';
import { StageEngine, type MachineExit, type StageState } from './stage-engine';

/** How many serial lines a report shows. */
const LAST_LINES = 20;
/** How many it shows at most, if a panic has more. */
const MOST_LINES = 80;

/** What the run itself brought to light, before it is explained. */
interface Observation {
  engine: StageEngine;
  log: SerialLog;
  seconds: number;
  exit: MachineExit | null;
  interrupted: unknown;
  machine: MachineState | undefined;
  messages: string;
  version: string | undefined;
}

/**
 * Boots a system in QEMU, shows its stages as they come, judges it, and writes `report.json`, `serial.log` and
 * `junit.xml` to the folder `output`. QEMU has ended when this returns or throws.
 *
 * @throws {UserError} if the options are wrong, a file is missing or QEMU is not installed; the reason of `signal` if
 * that fired (the report is written nevertheless).
 */
export async function bootSystem(input: BootInput, context: BootContext): Promise<BootReport> {
  const { workspaceRoot: root, signal, out = process.stdout } = context;
  signal?.throwIfAborted();
  const options = parseBootOptions(input);
  const outputs = { log: 'serial.log', report: 'report.json', junit: 'junit.xml' };
  const at = (file: string) => join(options.output, file);
  const inRoot = (path: string) => (isAbsolute(path) ? path : join(root, path));
  // What an earlier boot left must not pass for the result of this one.
  for (const file of Object.values(outputs)) await rm(inRoot(at(file)), { force: true });

  const files = await prepareFiles(root, options, signal);
  const width = Math.max(...options.stages.map(({ name }) => name.length));
  const print = (line: string) => out.write(`${line}\n`);
  const speed = options.qemu.accelerate ? await accelerator(options.arch) : 'tcg';
  for (const line of machineLines(options, files, speed)) print(line);
  const seen = await observe(options, qemuCommand(options, files, 'captured', speed), root, signal, (engine, index) => {
    print(stageLine(engine.stages[index]!, width));
  });

  const report = await explain(root, options, seen, qemuCommand(options, files, 'terminal', speed));
  await writeFileWhole(inRoot(at(outputs.log)), seen.log.bytes());
  await writeFileWhole(inRoot(at(outputs.junit)), junit(report));
  await writeFileWhole(inRoot(at(outputs.report)), `${JSON.stringify(report, null, 2)}\n`);
  for (const line of summary(report, width, { log: at(outputs.log), report: at(outputs.report) })) print(line);
  signal?.throwIfAborted();
  return report;
}

/** Runs QEMU until the boot is judged or stopped. */
async function observe(
  options: BootOptions,
  command: readonly [string, ...string[]],
  root: string,
  signal: AbortSignal | undefined,
  onStage: (engine: StageEngine, index: number) => void,
): Promise<Observation> {
  const log = new SerialLog();
  let judged!: () => void;
  const judgement = new Promise<void>((resolve) => (judged = resolve));
  const { arch, source, stages, timeout, guest } = options;
  const fail = [...options.fail, ...firmwareFailures(arch, source.method)];
  const listener = {
    stage(_: StageState, index: number) {
      onStage(engine, index);
      const { send } = stages[index]!;
      if (send !== undefined) qemu.type(send);
    },
    judged,
  };
  const engine: StageEngine = new StageEngine(stages, guest.exit, fail, listener, timeout);
  const start = performance.now();
  /** Seconds in which this process did not run, although its time had come. */
  let stalled = 0;
  const now = () => (performance.now() - start) / 1000 - stalled;
  let qemu: CapturedQemu;
  try {
    qemu = await startCaptured(command, root);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw qemuMissing(arch, code === 'ENOENT' ? 'not found' : message);
  }

  let timer: NodeJS.Timeout | undefined;
  let look: NodeJS.Immediate | undefined;
  let exit: MachineExit | null = null;
  let interrupted: unknown;
  const stop = () => {
    interrupted = signal?.reason;
    judged();
  };
  try {
    const qmp = new Qmp(qemu.qmp);
    const arm = () => {
      clearTimeout(timer);
      const next = engine.nextTick();
      if (next === undefined || look) return;
      const due = () => {
        // A stopped or starved process is not the guest's fault: that time does not count, and what the guest wrote
        // meanwhile is read before it is judged.
        stalled += Math.max(0, now() - next);
        look = setImmediate(() => {
          look = undefined;
          engine.tick(now());
          arm();
        });
      };
      timer = setTimeout(due, Math.max(0, Math.ceil((next - now()) * 1000)));
    };
    qemu.serial.on('data', (bytes: Buffer) => {
      log.add(bytes);
      engine.feed(bytes, now());
      arm();
    });
    void qemu.exit.then((ended) => {
      const how = { ...ended, reset: qmp.shutdownReason === 'guest-reset' };
      exit = how;
      // QEMU obeys signals, of Nx for instance, and then ends as if the guest had turned it off.
      const terminated = /terminating on signal \d+/.exec(qemu.messages())?.[0];
      if (terminated && !engine.judgement) interrupted ??= new UserError(`somebody ended QEMU (${terminated})`);
      if (!interrupted) engine.exit(now(), how);
      judged();
    });
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    arm();
    await judgement;
    const seconds = now();
    clearTimeout(timer);
    clearImmediate(look);
    const machine = engine.judgement?.verdict === 'timeout' ? await inspectMachine(qmp) : undefined;
    // What happens from here on is our doing and says nothing about the guest.
    const ownExit = exit;
    const messages = qemu.messages();
    await qemu.stop();
    return {
      engine,
      log,
      seconds,
      exit: ownExit,
      interrupted,
      machine,
      messages,
      version: qmp.version,
    };
  } finally {
    clearTimeout(timer);
    clearImmediate(look);
    signal?.removeEventListener('abort', stop);
    await qemu.stop();
  }
}

/** Makes the report of what was observed. */
async function explain(
  root: string,
  options: BootOptions,
  seen: Observation,
  command: readonly string[],
): Promise<BootReport> {
  const { engine, machine, exit, interrupted } = seen;
  const messages = seen.messages.split('\n').filter((line) => line.trim() !== '');
  const judgement = engine.judgement;
  const verdict = interrupted || !judgement ? 'interrupted' : judgement.verdict;
  const passed = verdict === 'passed' || verdict === 'interrupted';
  // Who interrupts a boot does not want to wait for symbols.
  const debugFiles = verdict === 'interrupted' ? [] : options.debugFiles;
  const diagnosis = await diagnose(root, debugFiles, seen.log.bytes(), passed, machine);
  const explained = diagnosis.deaths.length > 0 || diagnosis.trace.length > 0;
  return {
    schema: 1,
    system: options.system,
    arch: options.arch,
    backend: options.backend,
    method: options.source.method,
    verdict,
    cause: verdict === 'interrupted' ? reasonText(interrupted) : judgement!.cause,
    stages: engine.stages,
    seconds: seen.seconds,
    exitCode: exit?.code ?? null,
    lastLines: engine.lastLines(LAST_LINES, MOST_LINES, explained ? (line) => !isDump(line) : undefined),
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
