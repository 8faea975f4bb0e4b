/** Patches: how they change tables (the same as `review/patches.py`), how they are found and taken back. */

import type { Cell, CellRef, Change, Patch, Place, Splice, Table } from '../api/types';
import { same, sorted } from './table';

/** A patch does not fit the tables; on the server this is an error too. */
export class Misfit extends Error {}

/**
 * The tables after patches. `lead` is the table that stands before these in the document: a page shows only some
 * of all tables, and one that comes behind `lead` comes before all that are here.
 */
export function apply(tables: readonly Table[], patches: readonly Patch[], lead: string | null = null): Table[] {
  const now = [...tables];
  const at = (id: string): number => {
    const index = now.findIndex((table) => table.id === id);
    if (index < 0) throw new Misfit(`there is no table ${id}`);
    return index;
  };
  for (const patch of patches) {
    if (patch.op === 'change') {
      const index = at(patch.table);
      now[index] = changed(now[index]!, patch);
    } else if (patch.op === 'remove') {
      now.splice(at(patch.table), 1);
    } else {
      const id = patch.table.id;
      if (now.some((table) => table.id === id)) throw new Misfit(`there is a table ${id} already`);
      checkTiling(patch.table);
      now.splice(patch.after === null || patch.after === lead ? 0 : at(patch.after) + 1, 0, patch.table);
    }
  }
  return now;
}

export function changed(table: Table, change: Change): Table {
  const places = byPlace(table.cells);
  for (const [row, col] of change.removed) {
    if (!places.delete(`${row}:${col}`)) throw new Misfit(`table ${table.id} has no cell at ${row}, ${col} to take away`);
  }
  let { n_rows, n_cols } = table;
  let kept = [...places.values()];
  for (const splice of change.splices) {
    const length = splice.axis === 'row' ? n_rows : n_cols;
    if (splice.at + splice.delete > length) throw new Misfit(`table ${table.id} has no ${splice.axis} ${splice.at + splice.delete}`);
    kept = kept.map((cell) => spliced(cell, splice));
    if (splice.axis === 'row') n_rows += splice.insert - splice.delete;
    else n_cols += splice.insert - splice.delete;
  }
  const after = byPlace(kept);
  for (const cell of change.put) after.set(`${cell.row}:${cell.col}`, cell);
  const result: Table = {
    ...table,
    n_rows,
    n_cols,
    cells: sorted(after.values()),
    header_rows: change.header_rows ?? table.header_rows,
    kind: change.kind ?? table.kind,
  };
  checkTiling(result);
  return result;
}

/** Where a cell stands after rows or columns went or came. */
export function spliced(cell: Cell, splice: Splice): Cell {
  const row = splice.axis === 'row';
  const moved = movedStretch(row ? cell.row : cell.col, row ? cell.rowspan : cell.colspan, splice);
  if (!moved) throw new Misfit(`a cell at ${cell.row}, ${cell.col} would be lost`);
  const [start, span] = moved;
  if (start === (row ? cell.row : cell.col) && span === (row ? cell.rowspan : cell.colspan)) return cell;
  return row ? { ...cell, row: start, rowspan: span } : { ...cell, col: start, colspan: span };
}

/** Where a stretch of lines stands after a splice; undefined when it lies in what is taken out. */
function movedStretch(start: number, span: number, splice: Splice): [start: number, span: number] | undefined {
  const end = start + span;
  const first = splice.at;
  const last = splice.at + splice.delete;
  if (splice.delete && first <= start && end <= last) return undefined;
  const lost = Math.max(0, Math.min(end, last) - Math.max(start, first));
  let begin = start < first ? start : Math.max(first, start - splice.delete);
  let length = span - lost;
  if (begin >= first) begin += splice.insert;
  else if (begin + length > first) length += splice.insert;
  return [begin, length];
}

/** The change from one state of a table to another, when rows and columns went and came as `splices` say. */
export function diff(before: Table, after: Table, splices: readonly Splice[] = []): Change {
  const target = byPlace(after.cells);
  const removed: Place[] = [];
  const standing = new Map<string, Cell>();
  for (const cell of before.cells) {
    let moved: Cell | undefined = cell;
    for (const splice of splices) {
      const row: boolean = splice.axis === 'row';
      const stretch: [number, number] | undefined = movedStretch(
        row ? moved.row : moved.col,
        row ? moved.rowspan : moved.colspan,
        splice,
      );
      if (!stretch) {
        moved = undefined;
        break;
      }
      moved = row ? { ...moved, row: stretch[0], rowspan: stretch[1] } : { ...moved, col: stretch[0], colspan: stretch[1] };
    }
    if (moved && target.has(`${moved.row}:${moved.col}`)) standing.set(`${moved.row}:${moved.col}`, moved);
    else removed.push([cell.row, cell.col]);
  }
  const put: Cell[] = [];
  for (const [place, cell] of target) {
    const there = standing.get(place);
    if (!there || !same(there, cell)) put.push(cell);
  }
  return {
    op: 'change',
    table: before.id,
    removed,
    splices: [...splices],
    put,
    header_rows: after.header_rows === before.header_rows ? null : after.header_rows,
    kind: after.kind === before.kind ? null : after.kind,
  };
}

/** Patches that take `patches`, done to `before`, back exactly. */
export function invert(before: readonly Table[], patches: readonly Patch[], lead: string | null = null): Patch[] {
  const back: Patch[] = [];
  let now = [...before];
  for (const patch of patches) {
    const next = apply(now, [patch], lead);
    back.unshift(inverse(now, next, patch, lead));
    now = next;
  }
  return back;
}

function inverse(before: readonly Table[], after: readonly Table[], patch: Patch, lead: string | null): Patch {
  if (patch.op === 'add') return { op: 'remove', table: patch.table.id };
  const index = before.findIndex((table) => table.id === patch.table);
  const was = before[index]!;
  if (patch.op === 'remove') return { op: 'add', table: was, after: before[index - 1]?.id ?? lead };
  const splices = patch.splices.map((splice) => ({ ...splice, delete: splice.insert, insert: splice.delete })).reverse();
  return diff(after[index]!, was, splices);
}

/** Where what stood at a place stands after a patch; undefined when it is gone. */
export function followed(ref: CellRef, patch: Patch): CellRef | undefined {
  if (patch.op === 'add') return ref;
  if (patch.table !== ref.table) return ref;
  if (patch.op === 'remove') return undefined;
  let { row, col } = ref;
  if (patch.removed.some(([r, c]) => r === row && c === col)) {
    // Taken away and put again somewhere: what is put at the same place is taken for the same.
    if (patch.splices.length || !patch.put.some((cell) => cell.row === row && cell.col === col)) return undefined;
  }
  for (const splice of patch.splices) {
    const moved = movedStretch(splice.axis === 'row' ? row : col, 1, splice);
    if (!moved) return undefined;
    if (splice.axis === 'row') row = moved[0];
    else col = moved[0];
  }
  return row === ref.row && col === ref.col ? ref : { ...ref, row, col };
}

/** Ids of the tables that patches change. */
export function touchedTables(patches: readonly Patch[]): string[] {
  return [...new Set(patches.map((patch) => (patch.op === 'add' ? patch.table.id : patch.table)))];
}

export function checkTiling(table: Table): void {
  const taken = new Set<number>();
  for (const cell of table.cells) {
    if (cell.row + cell.rowspan > table.n_rows || cell.col + cell.colspan > table.n_cols) {
      throw new Misfit(`cell at ${cell.row}, ${cell.col} leaves the ${table.n_rows}x${table.n_cols} grid`);
    }
    for (let row = cell.row; row < cell.row + cell.rowspan; row++) {
      for (let col = cell.col; col < cell.col + cell.colspan; col++) {
        const place = row * table.n_cols + col;
        if (taken.has(place)) throw new Misfit(`two cells cover ${row}, ${col}`);
        taken.add(place);
      }
    }
  }
}

function byPlace(cells: readonly Cell[]): Map<string, Cell> {
  return new Map(cells.map((cell) => [`${cell.row}:${cell.col}`, cell]));
}
