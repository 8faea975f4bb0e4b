/** What the server derived from an earlier version, kept in step with the tables until it answers anew. */

import type { CellRef, Derived, Patch, RecordView, Table } from '../api/types';
import { followed } from './patch';
import { cellOf } from './table';

export const NOTHING: Derived = { version: -1, records: [], findings: [], equations: [], doubtful: [] };

/** Places after patches; what stood in lines that went is left out, sums that lose a figure with it. */
export function follow(derived: Derived, patches: readonly Patch[]): Derived {
  const moving = patches.filter((patch) => patch.op !== 'change' || patch.splices.length || patch.removed.length);
  if (!moving.length) return derived;
  const now = <T extends CellRef>(ref: T): T | undefined => {
    let at: CellRef | undefined = ref;
    for (const patch of moving) at = at && followed(at, patch);
    return at && { ...ref, table: at.table, row: at.row, col: at.col };
  };
  const all = <T extends CellRef>(refs: readonly T[]): T[] => refs.map(now).filter((ref): ref is T => ref !== undefined);
  return {
    ...derived,
    doubtful: all(derived.doubtful),
    findings: derived.findings.map((finding) => ({ ...finding, cells: all(finding.cells) })),
    equations: derived.equations
      .map((equation) => ({ ...equation, left: all(equation.left), right: all(equation.right), terms: equation.left.length + equation.right.length }))
      .filter((equation) => equation.left.length + equation.right.length === equation.terms)
      .map(({ terms: _, ...equation }) => equation),
    records: derived.records.map((record) => ({ ...record, provenance: provenanceAfter(record, now) })),
  };
}

function provenanceAfter(record: RecordView, now: (ref: CellRef) => CellRef | undefined): RecordView['provenance'] {
  return Object.fromEntries(
    Object.entries(record.provenance).map(([field, places]) => [
      field,
      places.map((place) => {
        if (place.table === null || place.row === null || place.col === null) return place;
        const at = now({ table: place.table, row: place.row, col: place.col });
        return at ? { ...place, ...at } : { ...place, table: null, row: null, col: null };
      }),
    ]),
  );
}

/** Doubtful cells on a page that nobody has confirmed since, in the order of reading. */
export function doubtsLeft(derived: Derived, tables: readonly Table[], page: number): Derived['doubtful'] {
  return derived.doubtful.filter((doubt) => {
    const cell = cellOf(tables, doubt);
    return cell !== undefined && cell.reviewer === null && cell.page === page;
  });
}
