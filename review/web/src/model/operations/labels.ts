/** Operations on labels: of a cell, of a stretch of its text, of a column. */

import type { Cell, CellRef, Table } from '../../api/types';
import { cellAt } from '../table';
import { labelled, lengthOf, wholeLabel, wholeSpan } from '../text';
import { type Desk, find, type Outcome, refuse, replace } from './outcome';

/** The label that most cells of a column have, of its body or of its headings; `not` counts for nothing. */
export function columnLabel(table: Table, col: number, heading = false, not?: Cell): string | null {
  const counts = new Map<string, number>();
  for (const cell of table.cells) {
    if (cell === not || cell.col !== col || cell.row < table.header_rows !== heading) continue;
    const label = wholeLabel(cell.spans, cell.text);
    if (label) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  let best: string | null = null;
  for (const [label, count] of counts) if (best === null || count > counts.get(best)!) best = label;
  return best;
}

/** Label the whole text of cells; null takes labels away. */
export function setLabel(desk: Desk, refs: readonly CellRef[], label: string | null): Outcome {
  const table = find(desk, refs[0]?.table ?? '');
  if (!table) return refuse('refused.noTable');
  const cells = [...new Set(refs.map((ref) => cellAt(table, ref.row, ref.col)))]
    .filter((cell): cell is Cell => cell !== undefined && cell.text !== '')
    .map((cell) => ({ ...cell, spans: label === null ? [] : wholeSpan(cell.text, label), reviewer: desk.person }));
  return cells.length ? replace(table, cells) : refuse('refused.blankLabel');
}

/** Label a stretch of a text, counted in characters. */
export function setSpan(desk: Desk, ref: CellRef, start: number, end: number, label: string | null): Outcome {
  const table = find(desk, ref.table);
  const cell = table && cellAt(table, ref.row, ref.col);
  if (!table || !cell) return refuse('refused.noCell');
  const last = Math.min(end, lengthOf(cell.text));
  if (start >= last) return refuse('refused.blankLabel');
  return replace(table, [{ ...cell, spans: labelled(cell.spans, start, last, label), reviewer: desk.person }]);
}

/**
 * Label all body cells of a column. This alone says nothing about their texts: nobody becomes the reviewer of
 * figures that they did not look at.
 */
export function setColumnLabel(desk: Desk, id: string, col: number, label: string | null): Outcome {
  const table = find(desk, id);
  if (!table) return refuse('refused.noTable');
  const cells = table.cells
    .filter((cell) => cell.col === col && cell.row >= table.header_rows && cell.text !== '')
    .map((cell) => ({ ...cell, spans: label === null ? [] : wholeSpan(cell.text, label) }));
  return cells.length ? replace(table, cells) : refuse('refused.blankLabel');
}
