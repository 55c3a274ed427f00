/** Aligns the cells of rows in columns, the first row being their titles; columns of numbers go to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const cells = (column: number) => rows.map((row) => row[column] ?? '');
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...cells(i).map((cell) => cell.length)));
  const numeric = widths.map((_, i) =>
    cells(i)
      .slice(1)
      .every((cell) => cell === '' || /^[-+]?\d/.test(cell)),
  );
  return rows
    .map((row) => row.map((cell, i) => (numeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))))
    .map((row) => `${row.join('  ').trimEnd()}\n`)
    .join('');
}
