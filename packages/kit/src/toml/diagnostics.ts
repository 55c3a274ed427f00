import { tomlString } from './quote';

/** A place in a file; lines and columns (UTF-16 units) count from 1. */
export interface Position {
  line: number;
  column: number;
}

/** The way to a value in a TOML document: keys, and indexes of arrays. */
export type KeyPath = readonly (string | number)[];

/** What is wrong in a file, where, and what to do about it. */
export interface Diagnostic {
  /** An error keeps what the file describes from being built; a warning does not. */
  severity: 'error' | 'warning';
  message: string;
  /** The file's name as the parser was given it: relative to the workspace, with `/`. */
  file: string;
  line?: number;
  column?: number;
  /** The key is none that the format knows. */
  unknownKey?: true;
  /** First part of the way to the bad value, such as `build` in recipe.toml; absent if the file is no TOML. */
  table?: string;
  advice: string[];
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/** `file:line:column: message`, and one indented line for each advice. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, advice } = diagnostic;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const label = severity === 'warning' ? 'warning: ' : '';
  return [`${place}: ${label}${message}`, ...advice.map((text) => `  → ${text.replaceAll('\n', '\n    ')}`)].join('\n');
}

/** A key path as a reader of TOML would write it: `nx.initfs.files[2].to`. */
export function formatKeyPath(path: KeyPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') {
      text += `[${part + 1}]`;
    } else {
      const key = /^[\w-]+$/.test(part) ? part : tomlString(part);
      text += text ? `.${key}` : key;
    }
  }
  return text;
}
