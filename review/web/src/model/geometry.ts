/** Where on a page a cell stands that nobody read: between its neighbours. */

import type { Axis, BBox, Cell, Quad, Table } from '../api/types';
import { pageOfRow, quadOf } from './table';

export interface Stand {
  page: number;
  bbox: BBox;
  quad: Quad;
}

/** The box of a place, from the other cells of its row and column. */
export function standOf(table: Table, row: number, col: number): Stand {
  const page = pageNear(table, row);
  const here = table.cells.filter((cell) => cell.page === page);
  const [x0, x1] = band(here, 'col', col);
  const [y0, y1] = band(here, 'row', row);
  const bbox: BBox = [x0, y0, x1, y1];
  return { page, bbox, quad: quadOf(bbox) };
}

function pageNear(table: Table, row: number): number {
  for (let away = 0; away <= table.n_rows; away++) {
    const page = pageOfRow(table, row - away) ?? pageOfRow(table, row + away);
    if (page !== undefined) return page;
  }
  return table.fragments[0]?.page ?? 1;
}

/** How far a row or column reaches on a page, along the other axis. */
function band(cells: readonly Cell[], axis: Axis, line: number): [number, number] {
  const low = axis === 'row' ? 1 : 0;
  const start = (cell: Cell): number => (axis === 'row' ? cell.row : cell.col);
  const span = (cell: Cell): number => (axis === 'row' ? cell.rowspan : cell.colspan);
  const own = cells.filter((cell) => start(cell) === line && span(cell) === 1);
  if (own.length) return [median(own.map((cell) => cell.bbox[low])), median(own.map((cell) => cell.bbox[low + 2]!))];
  const before = nearest(cells.filter((cell) => start(cell) + span(cell) <= line), (cell) => start(cell) + span(cell), -1);
  const after = nearest(cells.filter((cell) => start(cell) > line), start, 1);
  const sizes = cells.map((cell) => (cell.bbox[low + 2]! - cell.bbox[low]) / span(cell));
  const size = sizes.length ? median(sizes) : 20;
  const end = before.length ? median(before.map((cell) => cell.bbox[low + 2]!)) : undefined;
  const next = after.length ? median(after.map((cell) => cell.bbox[low])) : undefined;
  if (end === undefined && next === undefined) return [0, size];
  if (end === undefined) return [Math.max(0, next! - size / 2), next!];
  if (next === undefined) return [end, end + size / 2];
  if (next - end > size / 2) return [end, next];
  // Nothing is between them: the new line lies over the border, a little into each.
  const middle = (end + next) / 2;
  return [middle - size / 4, middle + size / 4];
}

/** Of cells, those whose line is the largest (direction -1) or the smallest (1). */
function nearest(cells: readonly Cell[], lineOf: (cell: Cell) => number, direction: 1 | -1): Cell[] {
  if (!cells.length) return [];
  const lines = cells.map(lineOf);
  const line = direction === 1 ? Math.min(...lines) : Math.max(...lines);
  return cells.filter((cell) => lineOf(cell) === line);
}

function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[ordered.length >> 1] ?? 0;
}

/** A cell with nothing in it. */
export function blankAt(table: Table, row: number, col: number, reviewer: string | null): Cell {
  return {
    row,
    col,
    rowspan: 1,
    colspan: 1,
    text: '',
    raw_text: '',
    ...standOf(table, row, col),
    confidence: null,
    header: row < table.header_rows,
    spans: [],
    repairs: [],
    reviewer,
    unsure: false,
  };
}

/** A part of a box that is divided evenly. */
export function partOf([x0, y0, x1, y1]: BBox, row: number, rows: number, col: number, cols: number): BBox {
  const width = (x1 - x0) / cols;
  const height = (y1 - y0) / rows;
  return [x0 + col * width, y0 + row * height, x0 + (col + 1) * width, y0 + (row + 1) * height];
}
