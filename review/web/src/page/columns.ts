/** How wide columns are shown: as on the page, but wide enough for their figures and codes. */

import type { Table } from '../api/types';

const GUTTER = 34;
const LEAST = 54;
const MOST_FOR_WORDS = 140;
const PIXELS_PER_CHARACTER = 8;
// A figure or a code: it would be torn where the column is too narrow.
const ONE_WORD = /^[\x21-\x7e]+$/;
const PADDING = 18;

/** Widths in pixels, that of the row numbers first. */
export function columnWidths(table: Table, available: number): number[] {
  const weights = Array.from({ length: table.n_cols }, () => [] as number[]);
  const least = new Array<number>(table.n_cols).fill(LEAST);
  for (const cell of table.cells) {
    if (cell.colspan !== 1) continue;
    weights[cell.col]?.push(cell.bbox[2] - cell.bbox[0]);
    if (cell.row >= table.header_rows && ONE_WORD.test(cell.text)) {
      least[cell.col] = Math.max(least[cell.col]!, Math.min(MOST_FOR_WORDS, cell.text.length * PIXELS_PER_CHARACTER + PADDING));
    }
  }
  const widths = weights.map((all) => all.sort((a, b) => a - b)[all.length >> 1] ?? 100);
  const room = Math.max(0, available - GUTTER);
  const total = widths.reduce((sum, width) => sum + width, 0) || 1;
  const scaled = widths.map((width, col) => Math.max(least[col]!, (width / total) * room));
  const excess = scaled.reduce((sum, width) => sum + width, 0) - room;
  // Those with room to spare give way to those that need more.
  const spare = scaled.map((width, col) => width - least[col]!);
  const allSpare = spare.reduce((sum, each) => sum + each, 0);
  const share = excess > 0 && allSpare > 0 ? Math.min(1, excess / allSpare) : 0;
  return [GUTTER, ...scaled.map((width, col) => Math.floor(width - spare[col]! * share))];
}
