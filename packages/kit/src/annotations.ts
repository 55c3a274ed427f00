import { formatLocation, UserError } from './user-error';
import { visible } from './visible';

/** What a CI shows at a line of a change. Lines and columns count from 1; the file is relative to the workspace. */
export interface Annotation {
  title?: string;
  file?: string;
  line?: number;
  column?: number;
  message: string;
}

/** GitHub allows ten of one kind in a step, and shows no more. */
const MOST = 10;

const escapeText = (text: string) => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
const escapeProperty = (text: string) => escapeText(text).replace(/:/g, '%3A').replace(/,/g, '%2C');

/**
 * Lines by which GitHub Actions marks errors in a change, for standard output; none elsewhere. The form is that of
 * GitHub's page "Workflow commands", section "Setting an error message".
 */
export function annotationLines(errors: readonly Annotation[], env: NodeJS.ProcessEnv = process.env): string {
  if (env['GITHUB_ACTIONS'] !== 'true') return '';
  const lines = errors.slice(0, MOST).map(({ title, file, line, column, message }) => {
    const properties = Object.entries({ file, line, col: column, title }).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}=${escapeProperty(visible(String(value)))}`],
    );
    return `::error${properties.length === 0 ? '' : ` ${properties.join(',')}`}::${escapeText(visible(message))}\n`;
  });
  return lines.join('');
}

/** `recipes/a/recipe.toml:3:1: unknown key …`, as diagnostics are written. */
const PLACE = /^(?!\/)([^\s:]+\.\w+):(\d+)(?::(\d+))?: (?!warning: )(.+)$/gm;

/** The places that an error names: its own, or those in its lines. None if it says nothing about a file. */
export function annotationsOf(error: unknown): Annotation[] {
  if (!(error instanceof UserError)) return [];
  const { file, line, column, message } = error;
  if (file !== undefined && !file.startsWith('/'))
    return [{ file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }), message }];
  return placesIn(formatLocation(error) === '' ? message : '');
}

/** The places of errors that a text names at the beginnings of its lines, as diagnostics are written. */
export function placesIn(text: string): Annotation[] {
  return [...text.matchAll(PLACE)].map(([, file, line, column, message]) => ({
    file: file!,
    line: Number(line),
    ...(column === undefined ? {} : { column: Number(column) }),
    message: message!,
  }));
}
