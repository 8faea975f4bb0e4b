/** Operations on whole tables: headings, kind, join, part, add, remove. */

import type { BBox, Cell, CellRef, Patch, Table } from '../../api/types';
import { canonical } from '../amount';
import { partOf } from '../geometry';
import { checkTiling } from '../patch';
import { cellAt, pageOfRow, quadOf, sorted } from '../table';
import { wholeLabel, wholeSpan } from '../text';
import { columnLabel } from './labels';
import { become, type Desk, find, type Outcome, refuse } from './outcome';

/** The first `rows` rows are headings. Cells that become headings are labelled so, those that were, as their column is. */
export function setHeaderRows(desk: Desk, id: string, rows: number): Outcome {
  const table = find(desk, id);
  if (!table) return refuse('refused.noTable');
  if (rows < 0 || rows > table.n_rows) return refuse('refused.size');
  const labels = new Map<number, string | null>();
  const cells = table.cells.map((cell) => {
    const heading = cell.row < rows;
    if (heading === cell.row < table.header_rows) return cell;
    const label = wholeLabel(cell.spans, cell.text);
    if (!labels.has(cell.col)) labels.set(cell.col, columnLabel(table, cell.col));
    const wanted = heading ? 'header' : (labels.get(cell.col) ?? null);
    const relabel = heading ? isOfBody(label) : label === 'header';
    const spans = relabel ? (wanted ? wholeSpan(cell.text, wanted) : []) : cell.spans;
    return { ...cell, header: heading, spans, reviewer: desk.person };
  });
  return become(table, { ...table, header_rows: rows, cells });
}

/** Whether a label (or none) is one of figures and names: `budget_line.item`. */
function isOfBody(label: string | null): boolean {
  return label === null || (label.includes('.') && !label.startsWith('group.'));
}

export function setKind(desk: Desk, id: string, kind: Table['kind']): Outcome {
  const table = find(desk, id);
  return table ? become(table, { ...table, kind }) : refuse('refused.noTable');
}

/** How many rows at the top of the next table repeat the headings of a table. */
export function repeatedHeader(table: Table, next: Table): number {
  const text = (of: Table, row: number): string =>
    Array.from({ length: of.n_cols }, (_, col) => canonical(cellAt(of, row, col)?.text ?? '')).join('|');
  let rows = 0;
  while (rows < table.header_rows && rows < next.n_rows && text(table, rows) === text(next, rows)) rows++;
  return rows;
}

/** Append the rows of the table behind to a table, less its first `drop` ones, which repeat the headings. */
export function joinNext(desk: Desk, id: string, drop?: number): Outcome {
  const index = desk.tables.findIndex((table) => table.id === id);
  const table = desk.tables[index];
  const next = desk.tables[index + 1];
  if (!table || !next) return refuse('refused.noNext');
  if (table.n_cols !== next.n_cols) return refuse('refused.columns');
  const dropped = drop ?? repeatedHeader(table, next);
  if (dropped > next.n_rows) return refuse('refused.size');
  const rest = rowsOf(next, dropped, next.n_rows);
  const come = rest.cells.map((cell) => ({ ...cell, row: cell.row + table.n_rows, header: false, reviewer: desk.person }));
  const fragments = next.fragments.map((fragment) => ({ ...fragment, reason: fragment.reason === 'first' ? 'reviewed' : fragment.reason }));
  const joined: Table = {
    ...table,
    fragments: [...table.fragments, ...fragments],
    n_rows: table.n_rows + rest.n_rows,
    cells: [...table.cells, ...come],
  };
  const patches: Patch[] = [
    { op: 'remove', table: next.id },
    { op: 'remove', table: table.id },
    { op: 'add', table: joined, after: desk.tables[index - 1]?.id ?? desk.lead },
  ];
  return { ok: true, patches, touched: refs(table.id, come) };
}

/** Part a table before a row; with `headings`, the second one gets the headings of the first. */
export function part(desk: Desk, id: string, row: number, newId: string, headings = false): Outcome {
  const index = desk.tables.findIndex((table) => table.id === id);
  const table = desk.tables[index];
  if (!table) return refuse('refused.noTable');
  if (row <= 0 || row >= table.n_rows) return refuse('refused.partEdge');
  if (table.cells.some((cell) => cell.row < row && cell.row + cell.rowspan > row)) return refuse('refused.partSpan');
  const above = rowsOf(table, 0, row);
  const below = rowsOf(table, row, table.n_rows);
  const lead = headings ? Math.min(table.header_rows, row) : 0;
  const copied = headings ? table.cells.filter((cell) => cell.row + cell.rowspan <= lead) : [];
  const moved = below.cells.map((cell) => ({ ...cell, row: cell.row + lead, header: cell.row < Math.max(0, table.header_rows - row) }));
  const first: Table = { ...above, header_rows: Math.min(table.header_rows, row) };
  const second: Table = {
    ...below,
    id: newId,
    n_rows: below.n_rows + lead,
    header_rows: lead + Math.max(0, table.header_rows - row),
    cells: sorted([...copied, ...moved]),
  };
  const patches: Patch[] = [
    { op: 'remove', table: id },
    { op: 'add', table: first, after: desk.tables[index - 1]?.id ?? desk.lead },
    { op: 'add', table: second, after: id },
  ];
  return { ok: true, patches, touched: refs(newId, second.cells) };
}

/** Rows of a table as a table of its own, with the fragments that stand on their pages. */
function rowsOf(table: Table, start: number, end: number): Table {
  const fits = { ...table, n_rows: end - start };
  const cells: Cell[] = [];
  for (const cell of table.cells) {
    const top = Math.max(cell.row, start);
    const bottom = Math.min(cell.row + cell.rowspan, end);
    if (top < bottom) cells.push({ ...cell, row: top - start, rowspan: bottom - top });
  }
  const pages = new Set(cells.map((cell) => cell.page));
  const own = table.fragments.filter((fragment) => pages.has(fragment.page));
  const fragments = own.map((fragment, index) => (index === 0 ? { ...fragment, reason: 'first' } : fragment));
  return { ...fits, cells: sorted(cells), fragments: fragments.length ? fragments : table.fragments.slice(0, 1) };
}

/** A blank table of rows and columns in a box on a page. */
export function blankTable(id: string, page: number, bbox: BBox, rows: number, cols: number, person: string): Table {
  const cells: Cell[] = [];
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const box = partOf(bbox, row, rows, col, cols);
      cells.push({
        row,
        col,
        rowspan: 1,
        colspan: 1,
        text: '',
        raw_text: '',
        page,
        bbox: box,
        quad: quadOf(box),
        confidence: null,
        header: row === 0,
        spans: [],
        repairs: [],
        reviewer: person,
        unsure: false,
      });
    }
  }
  return {
    id,
    kind: 'unknown',
    title: null,
    unit: null,
    organization: null,
    fragments: [{ page, table: `p${page}${id}`, reason: 'first' }],
    n_rows: rows,
    n_cols: cols,
    header_rows: rows > 1 ? 1 : 0,
    cells,
    confidence: null,
  };
}

/** Put a table in where it stands on its page. */
export function addTable(desk: Desk, table: Table): Outcome {
  checkTiling(table);
  if (!table.n_rows || !table.n_cols) return refuse('refused.size');
  if (find(desk, table.id)) return refuse('refused.nothing');
  const place = standing(table);
  const before = desk.tables.filter((other) => compareStanding(standing(other), place) < 0).at(-1);
  return { ok: true, patches: [{ op: 'add', table, after: before?.id ?? desk.lead }], touched: refs(table.id, table.cells) };
}

function standing(table: Table): [page: number, top: number] {
  const page = pageOfRow(table, 0) ?? table.fragments[0]?.page ?? 1;
  const tops = table.cells.filter((cell) => cell.page === page).map((cell) => cell.bbox[1]);
  return [page, tops.length ? Math.min(...tops) : 0];
}

function compareStanding(a: [number, number], b: [number, number]): number {
  return a[0] - b[0] || a[1] - b[1];
}

export function removeTable(desk: Desk, id: string): Outcome {
  return find(desk, id) ? { ok: true, patches: [{ op: 'remove', table: id }], touched: [] } : refuse('refused.noTable');
}

/** A table with the labels that the model gave to its structure; those of cells that a person has seen stay. */
export function relabel(desk: Desk, labelled: Table): Outcome {
  const table = find(desk, labelled.id);
  if (!table) return refuse('refused.noTable');
  const cells = table.cells.map((cell) => {
    const other = cellAt(labelled, cell.row, cell.col);
    return other && other.text === cell.text && !cell.reviewer ? { ...cell, spans: other.spans } : cell;
  });
  return become(table, { ...table, cells });
}

function refs(table: string, cells: readonly Cell[]): CellRef[] {
  return cells.map((cell) => ({ table, row: cell.row, col: cell.col }));
}

