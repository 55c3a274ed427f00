// vitest names a file when it is done. One that hangs would never be named.
import process from 'node:process';

const TELL_AFTER_MS = 180_000;
const REPEAT_MS = 60_000;

/** A reporter that says which files have been running for long. */
export default class StillRunning {
  #started = new Map();
  #timer;

  constructor({ after = TELL_AFTER_MS, every = REPEAT_MS, write = (text) => process.stderr.write(text) } = {}) {
    Object.assign(this, { after, every, write });
  }

  onTestRunStart() {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tell(), this.every);
    this.#timer.unref();
  }

  onTestModuleStart({ relativeModuleId }) {
    this.#started.set(relativeModuleId, Date.now());
  }

  onTestModuleEnd({ relativeModuleId }) {
    this.#started.delete(relativeModuleId);
  }

  onTestRunEnd() {
    clearInterval(this.#timer);
  }

  #tell() {
    for (const [file, start] of this.#started) {
      const ms = Date.now() - start;
      if (ms >= this.after) this.write(`still running after ${Math.round(ms / 1000)} s: ${file}\n`);
    }
  }
}
