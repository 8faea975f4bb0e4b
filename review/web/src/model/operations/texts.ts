/** Operations on the text of single cells: type, confirm, doubt, take a proposed repair. */

import type { Cell, CellRef, Repair, Table } from '../../api/types';
import { blankAt } from '../geometry';
import { cellAt, refKey } from '../table';
import { keptRepairs, refitted, typed, wholeSpan } from '../text';
import { columnLabel } from './labels';
import { become, type Desk, find, type Outcome, refuse, replace } from './outcome';
import { withCells } from '../table';

/** The cell at a place, or a new one where the reader missed it. */
function cellOrNew(table: Table, ref: CellRef): Cell | undefined {
  if (ref.row >= table.n_rows || ref.col >= table.n_cols) return undefined;
  return cellAt(table, ref.row, ref.col) ?? blankAt(table, ref.row, ref.col, null);
}

/** A cell with the text that a person typed; what was read of it stays. */
export function retyped(table: Table, cell: Cell, text: string, person: string): Cell {
  const wasBlank = cell.text.trim() === '';
  const label = wasBlank ? columnLabel(table, cell.col, cell.row < table.header_rows, cell) : null;
  const spans = wasBlank ? (label ? wholeSpan(text, label) : []) : refitted(cell.spans, cell.text, text);
  return { ...cell, text, spans, repairs: keptRepairs(cell.repairs), reviewer: person, unsure: false };
}

export function setText(desk: Desk, ref: CellRef, input: string): Outcome {
  const table = find(desk, ref.table);
  if (!table) return refuse('refused.noTable');
  const cell = cellOrNew(table, ref);
  if (!cell) return refuse('refused.noCell');
  const text = typed(input);
  // To leave a text as it is says that it is right.
  if (text === cell.text) return cellAt(table, ref.row, ref.col) ? confirm(desk, ref) : refuse('refused.nothing');
  return become(table, withCells(table, [retyped(table, cell, text, desk.person)]));
}

/** The same text for several cells, of several tables: a correction and its twins. */
export function setTexts(desk: Desk, refs: readonly CellRef[], input: string): Outcome {
  const text = typed(input);
  const patches = [];
  const touched: CellRef[] = [];
  for (const table of desk.tables) {
    const cells = refs
      .filter((ref) => ref.table === table.id)
      .map((ref) => cellAt(table, ref.row, ref.col))
      .filter((cell): cell is Cell => cell !== undefined)
      .map((cell) => retyped(table, cell, text, desk.person));
    if (!cells.length) continue;
    const outcome = replace(table, cells);
    if (!outcome.ok) continue;
    patches.push(...outcome.patches);
    touched.push(...outcome.touched);
  }
  return patches.length ? { ok: true, patches, touched } : refuse('refused.nothing');
}

/** The cell is right as it stands; a repair that was proposed is declined with that. */
export function confirm(desk: Desk, ref: CellRef): Outcome {
  return withCell(desk, ref, (cell) => ({
    ...cell,
    reviewer: desk.person,
    unsure: false,
    repairs: cell.repairs.filter((repair) => repair.kind !== 'proposed'),
  }));
}

/** Confirm all cells of a selection. */
export function confirmAll(desk: Desk, refs: readonly CellRef[]): Outcome {
  const table = find(desk, refs[0]?.table ?? '');
  if (!table) return refuse('refused.noTable');
  const keys = new Set(refs.map(refKey));
  const cells = table.cells
    .filter((cell) => keys.has(refKey({ table: table.id, row: cell.row, col: cell.col })))
    .map((cell) => ({
      ...cell,
      reviewer: desk.person,
      unsure: false,
      repairs: cell.repairs.filter((repair) => repair.kind !== 'proposed'),
    }));
  return replace(table, cells);
}

/** Say that one is not certain of a cell, or take that back. */
export function setUnsure(desk: Desk, ref: CellRef, unsure?: boolean): Outcome {
  return withCell(desk, ref, (cell) => ({ ...cell, reviewer: desk.person, unsure: unsure ?? !cell.unsure }));
}

export function proposalOf(cell: Cell | undefined): Repair | undefined {
  return cell?.repairs.find((repair) => repair.kind === 'proposed');
}

/** The text becomes what was proposed; the repair stays on record as one that was made. */
export function takeProposal(desk: Desk, ref: CellRef): Outcome {
  const table = find(desk, ref.table);
  const cell = table && cellAt(table, ref.row, ref.col);
  const proposal = proposalOf(cell);
  if (!table || !cell || !proposal) return refuse('refused.noProposal');
  const text = proposal.after;
  const made = retyped(table, cell, text, desk.person);
  const others = cell.repairs.filter((repair) => repair.kind !== 'proposed');
  return replace(table, [{ ...made, repairs: [...others, { ...proposal, kind: 'misread' }] }]);
}

function withCell(desk: Desk, ref: CellRef, change: (cell: Cell) => Cell): Outcome {
  const table = find(desk, ref.table);
  const cell = table && cellAt(table, ref.row, ref.col);
  if (!table || !cell) return refuse('refused.noCell');
  return replace(table, [change(cell)]);
}
