/** A correction offers itself to its twins: cells that were read alike and mean the same. */

import type { Cell, CellRef, Table } from '../api/types';
import { parseAmount } from './amount';
import { refKey } from './table';

/**
 * Other cells that still stand as one did before it was corrected. Figures have no twins: that one was misread
 * says nothing about another that happens to be equal. Nor have cells that a person has seen.
 */
export function twinsOf(tables: readonly Table[], ref: CellRef, before: Cell): CellRef[] {
  if (before.text.trim() === '' || parseAmount(before.text) !== null) return [];
  const labels = labelsOf(before);
  const self = refKey(ref);
  const found: CellRef[] = [];
  for (const table of tables) {
    for (const cell of table.cells) {
      const other = { table: table.id, row: cell.row, col: cell.col };
      if (cell.reviewer !== null || refKey(other) === self) continue;
      if (cell.text === before.text && cell.raw_text === before.raw_text && labelsOf(cell) === labels) found.push(other);
    }
  }
  return found;
}

function labelsOf(cell: Cell): string {
  return cell.spans.map((span) => `${span.start}-${span.end} ${span.label}`).join(';');
}
