import { parse, TomlError } from 'smol-toml';
import type { Diagnostic } from './diagnostics';
import { locate, type Locations } from './locate';
import type { Finding, Rule } from './rules';

/** The result of reading a file: what could be read of it, and everything that is wrong with it. */
export interface Parsed<T> {
  value: T | undefined;
  diagnostics: Diagnostic[];
}

/** More mistakes than this help nobody; the last one says how many there are. */
const MAX_DIAGNOSTICS = 100;

/** A TOML text with a name, for messages; positions are looked up only when something needs them. */
export class TomlDocument {
  readonly diagnostics: Diagnostic[] = [];
  #locations: Locations | undefined;
  #untold = 0;

  readonly #content: string;

  constructor(
    content: string,
    /** The file's name for messages: relative to the workspace, with `/`. */
    readonly file: string,
  ) {
    // Some editors write a byte order mark; a space in its place keeps the columns.
    this.#content = content.replace(/^\uFEFF/, ' ');
  }

  get locations(): Locations {
    this.#locations ??= locate(this.#content);
    return this.#locations;
  }

  /** Parses the text and checks it with `rule`. */
  read<T>(rule: Rule<T>): T | undefined {
    let value: unknown;
    try {
      // TOML leaves it to the reader what a line end in a string is; a checkout must not decide that.
      value = parse(this.#content.replaceAll('\r\n', '\n'));
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      this.diagnostics.push({
        severity: 'error',
        message: `invalid TOML: ${tomlMessage(error)}`,
        file: this.file,
        line: error.line,
        column: error.column,
        advice: [
          'TOML wants `key = "value"` lines under `[table]` headers: strings in quotes, lists in brackets, no table twice',
        ],
      });
      return undefined;
    }
    return rule(value, [], (finding) => void this.report(finding));
  }

  /** Adds a finding as a diagnostic with its position, which it returns; none if there are too many. */
  readonly report = (finding: Finding): Diagnostic | undefined => {
    const { severity = 'error', message, advice = [], path, unknownKey } = finding;
    const last = this.diagnostics[MAX_DIAGNOSTICS - 1];
    if (last !== undefined) {
      if (this.#untold++ === 0) this.#untold++;
      const isError = last.severity === 'error' || severity === 'error';
      this.diagnostics[MAX_DIAGNOSTICS - 1] = {
        severity: isError ? 'error' : 'warning',
        message: `${this.#untold} more mistakes`,
        file: this.file,
        advice: ['correct those above first'],
      };
      return undefined;
    }
    const { key, value, nearest } = this.locations;
    const found = finding.at === 'table' ? undefined : finding.at === 'key' ? key(path) : value(path);
    const position = found ?? nearest(path);
    const table = path.find((part) => typeof part === 'string');
    const diagnostic: Diagnostic = {
      severity,
      message,
      file: this.file,
      ...position,
      ...(unknownKey === undefined ? {} : { unknownKey }),
      ...(table === undefined ? {} : { table }),
      advice: [...advice],
    };
    this.diagnostics.push(diagnostic);
    return diagnostic;
  };
}

/** smol-toml's message without its frame and code block. */
function tomlMessage(error: TomlError): string {
  return (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '').trim() || 'cannot be read';
}
