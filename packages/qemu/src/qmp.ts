import type { Duplex } from 'node:stream';

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * A client of QEMU's machine protocol (docs/interop/qmp-spec.txt): one JSON object a line,
 * a greeting first, then `qmp_capabilities`, then commands.
 */
export class Qmp {
  /** The emulator's version, such as `7.2.22`, once it has greeted. */
  version: string | undefined;
  /** Why the machine stopped for good (event SHUTDOWN), such as `guest-shutdown` or `guest-reset`. */
  shutdownReason: string | undefined;

  private buffer = '';
  private nextId = 0;
  private readonly pending = new Map<number, Pending>();
  private readonly ready: Promise<unknown>;
  private greeted!: Pending;

  constructor(private readonly stream: Duplex) {
    const greeting = new Promise((resolve, reject) => (this.greeted = { resolve, reject }));
    this.ready = greeting.then(() => this.send('qmp_capabilities'));
    // Who calls execute() hears of it.
    this.ready.catch(() => undefined);
    const gone = () => this.fail(new Error('QEMU closed its machine protocol'));
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.receive(text));
    stream.on('end', gone).on('error', gone).on('close', gone);
  }

  /**
   * Runs a command.
   * @throws {Error} with QEMU's description if the command fails or QEMU is gone.
   */
  async execute(command: string, args?: object): Promise<unknown> {
    await this.ready;
    return this.send(command, args);
  }

  /** Runs a command of the human monitor and returns its text. */
  async monitor(line: string): Promise<string> {
    return String(await this.execute('human-monitor-command', { 'command-line': line }));
  }

  private send(command: string, args?: object): Promise<unknown> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  }

  private receive(text: string): void {
    this.buffer += text;
    for (let end = this.buffer.indexOf('\n'); end >= 0; end = this.buffer.indexOf('\n')) {
      const line = this.buffer.slice(0, end).trim();
      this.buffer = this.buffer.slice(end + 1);
      if (line !== '') this.message(line);
    }
  }

  private message(line: string): void {
    const message = JSON.parse(line) as {
      QMP?: { version?: { qemu?: Record<string, number> } };
      id?: number;
      return?: unknown;
      error?: { desc?: string };
      event?: string;
      data?: { reason?: string };
    };
    if (message.QMP) {
      const { major, minor, micro } = message.QMP.version?.qemu ?? {};
      this.version = `${major}.${minor}.${micro}`;
      this.greeted.resolve(undefined);
      return;
    }
    if (message.event === 'SHUTDOWN') this.shutdownReason = message.data?.reason;
    // Events have no id.
    const pending = message.id === undefined ? undefined : this.pending.get(message.id);
    if (!pending) return;
    this.pending.delete(message.id as number);
    if (message.error) pending.reject(new Error(message.error.desc ?? 'unknown error'));
    else pending.resolve(message.return);
  }

  private fail(error: Error): void {
    this.greeted.reject(error);
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}
