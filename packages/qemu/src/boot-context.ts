export interface BootContext {
  /** Absolute; QEMU is started there, so that its command line can be repeated there. */
  workspaceRoot: string;
  /** Stops the boot when it fires. */
  signal?: AbortSignal;
  /** Where progress and verdict are written. */
  out?: { write(text: string): unknown };
}
