/** A table as a grid: which cell covers a place, how cells and places are named. Everything here is immutable. */

import type { BBox, Cell, CellRef, Quad, Table } from '../api/types';

/** A rectangle of places; `bottom` and `right` are the first ones behind it. */
export interface Area {
  table: string;
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** `t1:3:2`: also the `data-cell` attribute. */
export function keyOf(table: string, row: number, col: number): string {
  return `${table}:${row}:${col}`;
}

export function refKey(ref: CellRef): string {
  return keyOf(ref.table, ref.row, ref.col);
}

export function parseKey(key: string): CellRef {
  const [table = '', row = '0', col = '0'] = key.split(':');
  return { table, row: Number(row), col: Number(col) };
}

type Grid = (Cell | undefined)[][];

const grids = new WeakMap<Table, Grid>();

/** The cell that covers each place; undefined where a reader missed one. Made once for each table. */
export function gridOf(table: Table): Grid {
  let grid = grids.get(table);
  if (!grid) {
    grid = Array.from({ length: table.n_rows }, () => new Array<Cell | undefined>(table.n_cols).fill(undefined));
    for (const cell of table.cells) {
      for (let row = cell.row; row < cell.row + cell.rowspan; row++) {
        for (let col = cell.col; col < cell.col + cell.colspan; col++) {
          const line = grid[row];
          if (line) line[col] = cell;
        }
      }
    }
    grids.set(table, grid);
  }
  return grid;
}

export function cellAt(table: Table, row: number, col: number): Cell | undefined {
  return gridOf(table)[row]?.[col];
}

export function tableOf(tables: readonly Table[], id: string): Table | undefined {
  return tables.find((table) => table.id === id);
}

export function cellOf(tables: readonly Table[], ref: CellRef): Cell | undefined {
  const table = tableOf(tables, ref.table);
  return table && cellAt(table, ref.row, ref.col);
}

/** Cells in the order of reading, as the server keeps them. */
export function sorted(cells: Iterable<Cell>): Cell[] {
  return [...cells].sort((a, b) => a.row - b.row || a.col - b.col);
}

/** Put cells in the place of those with the same row and column. */
export function withCells(table: Table, cells: Iterable<Cell>): Table {
  const places = new Map(table.cells.map((cell) => [`${cell.row}:${cell.col}`, cell]));
  for (const cell of cells) places.set(`${cell.row}:${cell.col}`, cell);
  return { ...table, cells: sorted(places.values()) };
}

export function cellsIn(table: Table, area: Area): Cell[] {
  return table.cells.filter((cell) => overlaps(cell, area));
}

function overlaps(cell: Cell, area: Area): boolean {
  return (
    cell.row < area.bottom && cell.row + cell.rowspan > area.top && cell.col < area.right && cell.col + cell.colspan > area.left
  );
}

export function areaOf(table: string, cell: Pick<Cell, 'row' | 'col' | 'rowspan' | 'colspan'>): Area {
  return { table, top: cell.row, left: cell.col, bottom: cell.row + cell.rowspan, right: cell.col + cell.colspan };
}

/** The smallest area around a given one that cuts through no cell. */
export function whole(table: Table, area: Area): Area {
  let now = area;
  for (;;) {
    const next = { ...now };
    for (const cell of cellsIn(table, now)) {
      next.top = Math.min(next.top, cell.row);
      next.left = Math.min(next.left, cell.col);
      next.bottom = Math.max(next.bottom, cell.row + cell.rowspan);
      next.right = Math.max(next.right, cell.col + cell.colspan);
    }
    if (next.top === now.top && next.left === now.left && next.bottom === now.bottom && next.right === now.right) return now;
    now = next;
  }
}

export function quadOf([x0, y0, x1, y1]: BBox): Quad {
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

export function union(boxes: readonly BBox[]): BBox {
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}

/** Deep equality of plain data, as cells are; keys that are undefined count as absent. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) if (!same(a[index], b[index])) return false;
    return true;
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) if (!same(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

/** The page on which most of a row stands; undefined for a row without cells of its own. */
export function pageOfRow(table: Table, row: number): number | undefined {
  const own = gridOf(table)[row]?.filter((cell): cell is Cell => cell?.row === row) ?? [];
  const any = own.length ? own : (gridOf(table)[row]?.filter((cell): cell is Cell => cell !== undefined) ?? []);
  const filled = any.find((cell) => cell.text !== '') ?? any[0];
  return filled?.page;
}
