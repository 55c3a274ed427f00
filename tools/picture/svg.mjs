// A terminal's rows as an SVG in the colours of the reader's theme.

/** @typedef {{ x: number, text: string, colour?: number, bold?: boolean, dim?: boolean, inverse?: boolean }} Run */

const CELL = { width: 8.4, height: 19 };
const FONT_SIZE = 14;
const PADDING = 16;

const LIGHT = {
  paper: '#ffffff',
  edge: '#d1d9e0',
  ink: '#1f2328',
  dim: '#59636e',
  palette: ['#24292f', '#b3261e', '#116329', '#7a4b00', '#0969da', '#8250df', '#1b7c83', '#59636e'],
};
const DARK = {
  paper: '#0d1117',
  edge: '#3d444d',
  ink: '#e6edf3',
  dim: '#9198a1',
  palette: ['#7d8590', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
};

const escape = (text) =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]);

function rules({ paper, edge, ink, dim, palette }) {
  const colours = palette.map(
    (colour, index) => `.c${index}{fill:${colour}}rect.c${index}{fill:${colour};stroke:none}`,
  );
  return [
    `.paper{fill:${paper};stroke:${edge}}`,
    `text{fill:${ink}}`,
    `.dim{fill:${dim}}`,
    `rect.ink{fill:${ink}}`,
    `.inverse{fill:${paper}}`,
    ...colours,
  ].join('');
}

/**
 * @param {Run[][]} rows
 * @param {{ columns: number, title: string }} options the picture's width in cells; what it shows, for those who cannot see it
 * @returns {string}
 */
export function toSvg(rows, { columns, title }) {
  const width = Math.ceil(columns * CELL.width + 2 * PADDING);
  const height = Math.ceil(rows.length * CELL.height + 2 * PADDING);
  const body = rows.flatMap((runs, y) => runs.map((run) => drawn(run, y))).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escape(title)}</title>
<style>
text{font:${FONT_SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}
.bold{font-weight:bold}
${rules(LIGHT)}
@media (prefers-color-scheme:dark){${rules(DARK)}}
</style>
<rect class="paper" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
${body}
</svg>
`;
}

const round = (number) => Number(number.toFixed(1));

function drawn({ x, text, colour, bold, dim, inverse }, y) {
  const left = round(PADDING + x * CELL.width);
  const top = PADDING + y * CELL.height;
  const width = round([...text].length * CELL.width);
  const fill = colour === undefined ? undefined : `c${colour % 8}`;
  const classes = [bold && 'bold', inverse ? 'inverse' : (fill ?? (dim && 'dim'))].filter(Boolean);
  const box = inverse
    ? `<rect class="${fill ?? 'ink'}" x="${left}" y="${top}" width="${width}" height="${CELL.height}"/>`
    : '';
  if (text.trim() === '') return box;
  // Fonts differ in width; the length keeps columns where the terminal has them.
  const place = `x="${left}" y="${round(top + CELL.height * 0.74)}" textLength="${width}"`;
  const style = classes.length > 0 ? ` class="${classes.join(' ')}"` : '';
  return `${box}<text${style} ${place} lengthAdjust="spacingAndGlyphs">${escape(text)}</text>`;
}
