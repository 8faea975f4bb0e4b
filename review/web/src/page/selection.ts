/** What is selected: a rectangle of places of one table, from where it began to where it goes. */

import type { CellRef, Place, Table } from '../api/types';
import { areaOf, cellAt, type Area, whole } from '../model/table';

export interface Selection {
  table: string;
  anchor: Place;
  /** The cell that is looked at: keys and the editor work on it. */
  focus: Place;
}

export function single(ref: CellRef): Selection {
  return { table: ref.table, anchor: [ref.row, ref.col], focus: [ref.row, ref.col] };
}

/** The rectangle of a selection, widened to whole cells. */
export function areaOfSelection(table: Table, { anchor, focus }: Selection): Area {
  return whole(table, {
    table: table.id,
    top: Math.min(anchor[0], focus[0]),
    left: Math.min(anchor[1], focus[1]),
    bottom: Math.max(anchor[0], focus[0]) + 1,
    right: Math.max(anchor[1], focus[1]) + 1,
  });
}

/** The place next to the selected cell in a direction, behind all that the cell spans; undefined at the rim. */
export function step(table: Table, [row, col]: Place, down: number, right: number): Place | undefined {
  const cell = cellAt(table, row, col);
  const area = cell ? areaOf(table.id, cell) : { top: row, left: col, bottom: row + 1, right: col + 1 };
  const next: Place = [
    down > 0 ? area.bottom : down < 0 ? area.top - 1 : row,
    right > 0 ? area.right : right < 0 ? area.left - 1 : col,
  ];
  return next[0] >= 0 && next[1] >= 0 && next[0] < table.n_rows && next[1] < table.n_cols ? next : undefined;
}

/** The cell at a place, named by its first place. */
export function anchorOf(table: Table, [row, col]: Place): CellRef {
  const cell = cellAt(table, row, col);
  return { table: table.id, row: cell?.row ?? row, col: cell?.col ?? col };
}
