/** Edits over those of others: which go together by themselves, and what a person must decide. */

import type { Cell, CellRef, Change, Event, Patch, Table } from '../api/types';
import { apply, diff, touchedTables } from './patch';
import { refKey, same, tableOf } from './table';

/** Whether two lists of patches to the same tables can be done in any order: no lines move, no cell is in both. */
export function independent(mine: readonly Patch[], theirs: readonly Patch[]): boolean {
  const shared = new Set(touchedTables(mine));
  const both = touchedTables(theirs).filter((table) => shared.has(table));
  for (const table of both) {
    const a = mine.filter((patch) => touchedTables([patch]).includes(table));
    const b = theirs.filter((patch) => touchedTables([patch]).includes(table));
    if (![...a, ...b].every(plainChange)) return false;
    const ours = new Set(a.flatMap((patch) => placesOf(patch as Change)));
    if (b.some((patch) => placesOf(patch as Change).some((place) => ours.has(place)))) return false;
    for (const key of ['header_rows', 'kind'] as const) {
      if (a.some((patch) => (patch as Change)[key] !== null) && b.some((patch) => (patch as Change)[key] !== null)) return false;
    }
  }
  return true;
}

/** A change that leaves all cells where they are: no splices, and none taken away. */
function plainChange(patch: Patch): boolean {
  return patch.op === 'change' && !patch.splices.length && !patch.removed.length;
}

function placesOf(change: Change): string[] {
  return change.put.map((cell) => `${cell.row}:${cell.col}`);
}

/** What others did, less one's own edits: the server tells of all since a version. */
export function theirsOf(events: readonly Event[], own: ReadonlySet<number>): Event[] {
  return events.filter((event) => !own.has(event.version));
}

/** One cell, or (row -1) a whole table, on which two people do not agree. */
export interface Clash extends CellRef {
  base: Cell | null;
  mine: Cell | null;
  theirs: Cell | null;
}

export interface Dispute {
  /** Whether rows, columns or tables moved on either side: then a table is taken whole. */
  structural: boolean;
  clashes: Clash[];
  tables: string[];
}

/** What a person must decide: `mine` is what they wanted, `theirs` what is stored now, `base` what they saw. */
export function dispute(base: readonly Table[], mine: readonly Table[], theirs: readonly Table[], patches: readonly Patch[]): Dispute {
  const tables = touchedTables(patches);
  const structural = tables.some((id) => !sameShape(tableOf(mine, id), tableOf(theirs, id)));
  const clashes: Clash[] = [];
  for (const id of tables) {
    const [b, m, t] = [base, mine, theirs].map((all) => cellsByPlace(tableOf(all, id)));
    for (const place of new Set([...m!.keys(), ...t!.keys()])) {
      const [own, other, was] = [m!.get(place) ?? null, t!.get(place) ?? null, b!.get(place) ?? null];
      if (same(own, other) || (!structural && (same(own, was) || same(other, was)))) continue;
      const [row = 0, col = 0] = place.split(':').map(Number);
      clashes.push({ table: id, row, col, base: was, mine: own, theirs: other });
    }
  }
  return { structural, clashes, tables };
}

/** Patches for what a person chose: `takeMine` names cells (by key), or tables (by id) when shapes differ. */
export function settle(
  theirs: readonly Table[],
  mine: readonly Table[],
  patches: readonly Patch[],
  found: Dispute,
  takeMine: ReadonlySet<string>,
  lead: string | null,
): Patch[] {
  if (found.structural) return found.tables.filter((id) => takeMine.has(id)).flatMap((id) => whole(theirs, mine, id, lead));
  const declined = new Set(found.clashes.map(refKey).filter((key) => !takeMine.has(key)));
  const kept: Patch[] = [];
  for (const patch of patches) {
    if (patch.op !== 'change') continue;
    const put = patch.put.filter((cell) => !declined.has(refKey({ table: patch.table, row: cell.row, col: cell.col })));
    if (put.length || patch.header_rows !== null || patch.kind !== null) kept.push({ ...patch, put });
  }
  return kept;
}

/** A table as one person has it, in the place of what is stored. */
function whole(theirs: readonly Table[], mine: readonly Table[], id: string, lead: string | null): Patch[] {
  const own = tableOf(mine, id);
  const index = theirs.findIndex((table) => table.id === id);
  const gone: Patch[] = index >= 0 ? [{ op: 'remove', table: id }] : [];
  if (!own) return gone;
  const at = mine.findIndex((table) => table.id === id);
  const before = mine.slice(0, at).reverse().find((table) => tableOf(theirs, table.id));
  return [...gone, { op: 'add', table: own, after: before?.id ?? lead }];
}

/** Patches that lead from tables as they were to those that the server has now, seen from outside. */
export function between(before: readonly Table[], after: readonly Table[]): Patch[] {
  const patches: Patch[] = [];
  for (const table of before) if (!tableOf(after, table.id)) patches.push({ op: 'remove', table: table.id });
  after.forEach((table, index) => {
    const was = tableOf(before, table.id);
    const previous = after[index - 1]?.id ?? null;
    if (!was) patches.push({ op: 'add', table, after: previous });
    else if (!same(was, table)) {
      if (sameShape(was, table) && same({ ...was, cells: [], header_rows: 0, kind: '' }, { ...table, cells: [], header_rows: 0, kind: '' })) {
        patches.push(diff(was, table));
      } else patches.push({ op: 'remove', table: table.id }, { op: 'add', table, after: previous });
    }
  });
  return patches;
}

/** Patches over what others did, when the two have nothing to do with each other; else null. */
export function rebase(theirs: readonly Table[], patches: readonly Patch[], others: readonly Patch[], lead: string | null): Table[] | null {
  if (!independent(patches, others)) return null;
  try {
    return apply(theirs, patches, lead);
  } catch {
    return null;
  }
}

function sameShape(a: Table | undefined, b: Table | undefined): boolean {
  if (!a || !b || a.n_rows !== b.n_rows || a.n_cols !== b.n_cols || a.cells.length !== b.cells.length) return false;
  return a.cells.every((cell, index) => {
    const other = b.cells[index]!;
    return cell.row === other.row && cell.col === other.col && cell.rowspan === other.rowspan && cell.colspan === other.colspan;
  });
}

function cellsByPlace(table: Table | undefined): Map<string, Cell> {
  return new Map((table?.cells ?? []).map((cell) => [`${cell.row}:${cell.col}`, cell]));
}
