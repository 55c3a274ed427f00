/**
 * For each line of a TOML string's value, the line of the file it stands in. A value's line may be shorter than the
 * file's: a backslash at the end of a line joins it with the next one, and `\n` begins a line of the value only.
 *
 * @param text the whole document, which is valid TOML.
 * @param offset of the string's first quote.
 */
export function stringLines(text: string, offset: number): number[] {
  const quote = text[offset]!;
  const long = text.startsWith(quote.repeat(3), offset);
  const end = long ? quote.repeat(3) : quote;
  let at = offset + end.length;
  let line = 1 + countNewlines(text.slice(0, offset));
  // A newline directly after the opening quotes is not part of the value.
  const first = long ? /^\r?\n/.exec(text.slice(at, at + 2)) : null;
  if (first !== null) {
    at += first[0].length;
    line++;
  }
  const lines = [line];
  while (at < text.length && !text.startsWith(end, at)) {
    const char = text[at]!;
    if (char === '\n') {
      lines.push(++line);
    } else if (char === '\\' && quote === '"') {
      const joined = /^\\[ \t]*\r?\n\s*/.exec(text.slice(at, text.indexOf(end, at)));
      if (joined !== null) {
        line += countNewlines(joined[0]);
        at += joined[0].length;
        continue;
      }
      at++;
      if (text[at] === 'n') lines.push(line);
    }
    at++;
  }
  return lines;
}

function countNewlines(text: string): number {
  return text.split('\n').length - 1;
}
