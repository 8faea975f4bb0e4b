/** What an operation gives: patches, or the reason why it cannot be done. Operations are pure. */

import type { Cell, CellRef, Patch, Splice, Table } from '../../api/types';
import { diff } from '../patch';
import { tableOf, withCells } from '../table';

/** Keys of messages, see `i18n`. */
export type Reason =
  | 'refused.noTable'
  | 'refused.noCell'
  | 'refused.nothing'
  | 'refused.noProposal'
  | 'refused.blankLabel'
  | 'refused.oneCell'
  | 'refused.caret'
  | 'refused.lastLine'
  | 'refused.occupied'
  | 'refused.edge'
  | 'refused.noNext'
  | 'refused.columns'
  | 'refused.partEdge'
  | 'refused.partSpan'
  | 'refused.size';

export interface Done {
  ok: true;
  patches: Patch[];
  touched: CellRef[];
}

export interface Refusal {
  ok: false;
  reason: Reason;
}

export type Outcome = Done | Refusal;

/** The tables of a page as they stand, who works on them, and the table that stands before them in the document. */
export interface Desk {
  tables: readonly Table[];
  person: string;
  lead: string | null;
}

export function refuse(reason: Reason): Refusal {
  return { ok: false, reason };
}

/** The outcome of a table that becomes another. */
export function become(before: Table, after: Table, splices: readonly Splice[] = []): Outcome {
  const change = diff(before, after, splices);
  const nothing =
    !change.removed.length && !change.put.length && !splices.length && change.header_rows === null && change.kind === null;
  if (nothing) return refuse('refused.nothing');
  return { ok: true, patches: [change], touched: change.put.map((cell) => ({ table: before.id, row: cell.row, col: cell.col })) };
}

/** The outcome of cells of one table that become others at the same places. */
export function replace(table: Table, cells: readonly Cell[]): Outcome {
  return become(table, withCells(table, cells));
}

export function find(desk: Desk, id: string): Table | undefined {
  return tableOf(desk.tables, id);
}
