import { type BootStage, UserError, visible, writeFileWhole } from '@nx-redox/kit';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { speedOf } from './accelerator';
import { prepareFiles } from './boot-files';
import { qemuCommand } from './command';
import { CommandOutput } from './command-output';
import type { BootContext } from './boot-context';
import { observe } from './observe';
import { parseExecOptions, type ExecInput, type ExecOptions } from './options';

/** How many serial lines are shown if the command did not end. */
const LAST_LINES = 20;
const LOG = 'serial.log';

/** The way to the end of the command. */
function stagesOf({ session, timeout, bootTimeout }: ExecOptions, output: CommandOutput): BootStage[] {
  const { user, password, words } = session;
  const send = (text: string) => text + words.enter;
  const all: Omit<BootStage, 'timeout'>[] = [
    ...(user === undefined ? [] : [{ name: 'login', pattern: words.user, send: send(user) }]),
    ...(password === undefined ? [] : [{ name: 'password', pattern: words.password, send: send(password) }]),
    { name: 'shell', pattern: words.prompt, send: send(output.typed) },
  ];
  return [
    ...all.map((stage) => ({ ...stage, timeout: bootTimeout })),
    { name: 'end of the command', pattern: output.endPattern, timeout },
  ];
}

/**
 * Boots a system, logs in on its serial line, runs a command in its shell and writes what that prints, and nothing else,
 * to `out`. `serial.log` in the folder `output` has all that came. QEMU has ended when this returns or throws.
 *
 * @returns the command's exit status
 * @throws {UserError} if the options are wrong, the system does not get to its shell, or the command does not end in
 * time; the reason of `signal` if that fired.
 */
export async function execSystem(input: ExecInput, context: BootContext): Promise<number> {
  const { workspaceRoot: root, signal, out = process.stdout } = context;
  signal?.throwIfAborted();
  const options = parseExecOptions(input);
  const output = new CommandOutput(options.command, randomBytes(6).toString('hex'), (text) => out.write(text));
  const stages = stagesOf(options, output);
  const files = await prepareFiles(root, options, signal);
  const speed = await speedOf(options);
  const command = qemuCommand(options, files, 'captured', speed.by);
  const seen = await observe({ ...options, stages, timeout: undefined }, command, root, signal, {
    output: (bytes) => output.feed(bytes),
    stage: (_, index) => (index === stages.length - 1 ? 'enough' : undefined),
  });
  const log = join(options.output, LOG);
  await writeFileWhole(resolve(root, log), seen.log.bytes());
  signal?.throwIfAborted();
  if (output.status !== undefined) return output.status;
  if (seen.interrupted) throw seen.interrupted;
  const lines = seen.judge.lastLines(LAST_LINES).map((line) => `    ${visible(line)}`);
  throw new UserError(
    [`the command did not end: ${seen.judge.judgement?.cause ?? 'QEMU has ended'}`, ...lines].join('\n'),
    { file: log, advice: `--timeout=SECONDS for a command that takes longer than ${options.timeout} s` },
  );
}
