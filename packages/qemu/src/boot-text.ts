import { type Annotation, formatCommand } from '@nx-redox/kit';
import type { Speed } from './accelerator';
import type { BootFiles } from './command';
import { placeOfDeath, type Death } from './deaths';
import type { MachineOptions } from './options';
import type { BootReport } from './report';
import type { BootStageState } from './boot-judge';
import { formatHits } from './symbolise';
import type { TraceEntry } from './trace';

const MAX_SHOWN = 100;

const indent = (lines: readonly string[]) => lines.map((line) => `    ${line}`);
const shorten = (text: string) => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text);

/** What is booted, and in which machine: the first lines of a boot's output. */
export function machineLines(options: MachineOptions, files: BootFiles, speed: Speed): string[] {
  const { arch, backend, system, qemu } = options;
  const by = { direct: '', uefi: ', by UEFI', bios: ', by BIOS' }[files.method];
  const lines = [`booting ${system}, ${arch}, ${backend}${by}`];
  if (files.method === 'direct') return lines;
  const cpu = speed.by === 'tcg' ? `cpu ${qemu.cpu}, emulated` : `this machine's cpu (${speed.by.toUpperCase()})`;
  lines.push(`  machine   ${qemu.machine}, ${cpu}, ${qemu.memory} MiB`);
  if (speed.refused !== undefined) lines.push(`            ${speed.refused}`);
  if (files.method === 'uefi') {
    const { code, variables } = files.firmware;
    lines.push(`  firmware  ${code}${variables === undefined ? '' : `, ${variables}`}`);
  }
  lines.push(`  disk      ${files.disk} (${qemu.disk}), which stays as it is`);
  return lines;
}

/** `✓ kernel      0.41 s  Redox OS starting...` */
export function stageLine(stage: BootStageState, width: number): string {
  const { name, seconds = 0, line = '' } = stage;
  return `✓ ${name.padEnd(width)}  ${seconds.toFixed(2).padStart(6)} s  ${shorten(line.trim())}`;
}

function traceLine({ address, kind, hits }: TraceEntry): string {
  return `${address.padEnd(18)}  ${kind.padEnd(7)} ${formatHits(hits) || '?'}`;
}

/** `died:    bin/logd (PID 3), panicked at src/main.rs:9:5: no toaster, in logd::main+0x14 (logd)` */
function deathLine(death: Death): string {
  const place = placeOfDeath(death);
  const how = [
    death.panic === undefined ? death.exception : `panicked at ${death.panic}`,
    place && `in ${formatHits(place.hits)}`,
  ].filter((part) => part !== undefined);
  return `  died:    ${[`${death.program} (PID ${death.pid})`, ...how].join(', ')}`;
}

/** What marks a boot that failed in a change: at the line that panicked or was running, if it is one of the workspace. */
export function annotation({ system, arch, backend, headline, verdict }: BootReport): Annotation {
  const [, file, line, column] = / at (?!\/)([^\s:]+):(\d+):(\d+)/.exec(headline) ?? [];
  const place = file === undefined ? {} : { file, line: Number(line), column: Number(column) };
  return { title: `${system}, ${arch}, ${backend}: ${verdict}`, ...place, message: headline };
}

/** The last part of a boot's output: the verdict and, if it is bad, all that helps to find the reason. */
export function summary(report: BootReport, width: number, files: { log: string; report: string }): string[] {
  const reached = report.stages.filter((stage) => stage.reached).length;
  const counts = `${reached} of ${report.stages.length} stages in ${report.seconds.toFixed(2)} s`;
  if (report.verdict === 'passed') return [...report.deaths.map(deathLine), `passed: ${counts}; ${report.cause}`];

  const lines: string[] = [];
  const missing = report.stages.find((stage) => !stage.reached);
  if (missing) lines.push(`✗ ${missing.name.padEnd(width)}  not reached`);
  const { verdict, headline, cause } = report;
  if (headline === cause) lines.push('', `${verdict}: ${cause} (${counts})`, '');
  else lines.push('', `${verdict}: ${headline}`, `  because ${cause} (${counts})`, '');
  for (const death of report.deaths) lines.push(deathLine(death), ...indent(death.trace.map(traceLine)));
  if (report.lastLines.length > 0) lines.push('  last lines on the serial line:', ...indent(report.lastLines));
  else lines.push('  nothing came on the serial line');
  if (report.messages.length > 0) lines.push('  QEMU says:', ...indent(report.messages));
  if (report.machine) {
    const { status, registers } = report.machine;
    const shown = ['PC', 'SP', 'X29', 'X30', 'PSTATE', 'RIP', 'RSP', 'RBP', 'RFL', 'CR2'].filter(
      (name) => registers[name],
    );
    lines.push(`  machine: ${status}  ${shown.map((name) => `${name}=${registers[name]}`).join(' ')}`);
  }
  if (report.exceptions.length > 0) lines.push('  exceptions:', ...indent(report.exceptions));
  if (report.trace.length > 0) lines.push('  trace:', ...indent(report.trace.map(traceLine)));
  lines.push(...report.notes.map((note) => `  note:    ${note}`));
  lines.push(`  log:     ${files.log}`, `  report:  ${files.report}`, `  by hand: ${formatCommand(report.command)}`);
  return lines;
}
