/**
 * Control characters but line ends and tabs, the bidirectional overrides of Unicode (UAX #9), its line separators, and
 * marks without width.
 */
// eslint-disable-next-line no-control-regex -- these are what must be seen
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
/** What GitHub Actions and Azure Pipelines take for a command if it stands in a log. */
const CI_COMMAND = /^([^\S\n]*):(?=:)|#(?=#(?:vso)?\[)/gim;

const escaped = (code: number) =>
  code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;

/**
 * Text from outside (a guest, a server, an image) as people and CI logs may see it: what would steer a terminal, turn
 * text around or be a command of a CI is written as an escape. Line ends and tabs stay.
 */
export function visible(text: string): string {
  return text
    .replace(HIDDEN, (character) => escaped(character.charCodeAt(0)))
    .replace(CI_COMMAND, (whole, indent: string | undefined) =>
      indent === undefined ? escaped(whole.charCodeAt(0)) : `${indent}${escaped(0x3a)}`,
    );
}
