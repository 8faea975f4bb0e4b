/** Operations on rows and columns: insert, delete, and shift of what stands in them. */

import type { Axis, Cell, Splice, Table } from '../../api/types';
import { blankAt, standOf } from '../geometry';
import { changed, spliced } from '../patch';
import { type Area, cellAt, gridOf, withCells } from '../table';
import { wholeLabel, wholeSpan } from '../text';
import { columnLabel } from './labels';
import { become, type Desk, find, type Outcome, refuse } from './outcome';

/** Put blank rows or columns in before line `at`. */
export function insertLines(desk: Desk, id: string, axis: Axis, at: number, count = 1): Outcome {
  const table = find(desk, id);
  if (!table) return refuse('refused.noTable');
  const splice: Splice = { axis, at, delete: 0, insert: count };
  const wide: Table = {
    ...table,
    n_rows: table.n_rows + (axis === 'row' ? count : 0),
    n_cols: table.n_cols + (axis === 'col' ? count : 0),
    header_rows: table.header_rows + (axis === 'row' && at < table.header_rows ? count : 0),
    cells: table.cells.map((cell) => spliced(cell, splice)),
  };
  const blanks: Cell[] = [];
  for (let line = at; line < at + count; line++) {
    for (let other = 0; other < (axis === 'row' ? wide.n_cols : wide.n_rows); other++) {
      const [row, col] = axis === 'row' ? [line, other] : [other, line];
      if (!cellAt(wide, row, col)) blanks.push(blankAt(wide, row, col, desk.person));
    }
  }
  return become(table, withCells(wide, blanks), [splice]);
}

/** Take rows or columns out; a cell that reaches into others shrinks and keeps its text. */
export function deleteLines(desk: Desk, id: string, axis: Axis, at: number, count = 1): Outcome {
  const table = find(desk, id);
  if (!table) return refuse('refused.noTable');
  const length = axis === 'row' ? table.n_rows : table.n_cols;
  if (count >= length) return refuse('refused.lastLine');
  const inside = (cell: Cell): boolean => {
    const [start, span] = axis === 'row' ? [cell.row, cell.rowspan] : [cell.col, cell.colspan];
    return start >= at && start + span <= at + count;
  };
  const splice: Splice = { axis, at, delete: count, insert: 0 };
  const inHeader = axis === 'row' ? Math.max(0, Math.min(table.header_rows, at + count) - at) : 0;
  const after = changed(table, {
    op: 'change',
    table: id,
    removed: table.cells.filter(inside).map((cell) => [cell.row, cell.col]),
    splices: [splice],
    put: [],
    header_rows: table.header_rows - inHeader,
    kind: null,
  });
  return become(table, after, [splice]);
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/**
 * Move what stands in an area by one cell: the classic damage is a row whose values stand one column off. What
 * is pushed out of the area must be blank.
 */
export function shift(desk: Desk, area: Area, direction: Direction): Outcome {
  const table = find(desk, area.table);
  if (!table) return refuse('refused.noTable');
  const sideways = direction === 'left' || direction === 'right';
  const back = direction === 'left' || direction === 'up';
  const put: Cell[] = [];
  const lines = sideways ? [area.top, area.bottom] : [area.left, area.right];
  for (let line = lines[0]!; line < lines[1]!; line++) {
    const chain = chainOf(table, area, line, sideways, back);
    if (chain === 'edge') return refuse('refused.edge');
    if (!chain.length) continue;
    const last = chain.at(-1)!;
    if (last.text !== '') return refuse('refused.occupied');
    if (chain.slice(0, -1).every((cell) => cell.text === '')) continue;
    chain.forEach((place, index) => {
      const source = chain[index - 1];
      put.push(source ? moved(table, source, place, area, desk.person) : vacated(table, place, last, desk.person));
    });
  }
  if (!put.length) return refuse('refused.nothing');
  return become(table, withCells(table, put));
}

/** The cells of a line in the direction of the shift, with the one behind the area that must be blank. */
function chainOf(table: Table, area: Area, line: number, sideways: boolean, back: boolean): Cell[] | 'edge' {
  const [start, end] = sideways ? [area.left, area.right] : [area.top, area.bottom];
  const length = sideways ? table.n_cols : table.n_rows;
  const from = back ? end - 1 : start;
  const to = back ? start - 1 : end;
  if (to < 0 || to >= length) return 'edge';
  const chain: Cell[] = [];
  for (let at = from; back ? at >= to : at <= to; at += back ? -1 : 1) {
    const cell = sideways ? cellAt(table, line, at) : cellAt(table, at, line);
    // A cell that spans several lines moves once, with the line in which it begins.
    if (cell && (sideways ? cell.row : cell.col) === line && !chain.includes(cell)) chain.push(cell);
    if (!cell && at === to) {
      const [row, col] = sideways ? [line, at] : [at, line];
      chain.push(blankAt(table, row, col, null));
    }
  }
  return chain;
}

/** What stood in one cell, in the place of another. Its box on the page goes with it: there it was read. */
function moved(table: Table, source: Cell, place: Cell, area: Area, person: string): Cell {
  const label = source.col === place.col ? wholeLabel(source.spans, source.text) : labelFor(table, place.col, area);
  const single = source.spans.length === 0 || wholeLabel(source.spans, source.text) !== null;
  const spans = !single || !label ? source.spans : wholeSpan(source.text, label);
  const { row, col, rowspan, colspan } = place;
  const header = row < table.header_rows || (source.header && source.row >= table.header_rows);
  return { ...source, row, col, rowspan, colspan, spans, header, reviewer: person };
}

function vacated(table: Table, place: Cell, blank: Cell, person: string): Cell {
  const others: Table = { ...table, cells: table.cells.filter((cell) => cell !== place && cell !== blank) };
  const { row, col, rowspan, colspan, header } = place;
  return { ...blank, ...standOf(others, row, col), row, col, rowspan, colspan, header, spans: [], reviewer: person };
}

/** The label of a column, by its cells outside the area that moves. */
function labelFor(table: Table, col: number, area: Area): string | null {
  const others = table.cells.filter((cell) => cell.row < area.top || cell.row >= area.bottom);
  return columnLabel({ ...table, cells: others }, col) ?? columnLabel(table, col);
}

/** Whether a row has any text. */
export function isBlankRow(table: Table, row: number): boolean {
  return gridOf(table)[row]?.every((cell) => !cell || cell.text === '') ?? true;
}
