/** Operations on the shape of cells: merge and split. */

import type { Cell, CellRef, Table } from '../../api/types';
import { blankAt, partOf } from '../geometry';
import { spliced } from '../patch';
import { type Area, cellAt, cellsIn, quadOf, sorted, union, whole, withCells } from '../table';
import { chars, cutSpans, joined, joinedSpans, keptRepairs } from '../text';
import { become, type Desk, find, type Outcome, refuse } from './outcome';

/** Make one cell of a rectangle, which is widened to the cells that it cuts. */
export function merge(desk: Desk, wanted: Area): Outcome {
  const table = find(desk, wanted.table);
  if (!table) return refuse('refused.noTable');
  const area = whole(table, wanted);
  const cells = sorted(cellsIn(table, area));
  const [first] = cells;
  if (!first || (area.bottom - area.top) * (area.right - area.left) < 2 || (cells.length === 1 && covers(first, area))) {
    return refuse('refused.oneCell');
  }
  const merged = mergedCell(cells, area, table.header_rows, desk.person);
  const rest = table.cells.filter((cell) => !cells.includes(cell));
  return become(table, { ...table, cells: sorted([...rest, merged]) });
}

function covers(cell: Cell, area: Area): boolean {
  return cell.rowspan === area.bottom - area.top && cell.colspan === area.right - area.left;
}

function mergedCell(cells: readonly Cell[], area: Area, headerRows: number, person: string): Cell {
  const filled = cells.filter((cell) => cell.text !== '');
  const lead = filled[0] ?? cells[0]!;
  let { text, spans } = lead;
  let raw = lead.raw_text;
  for (const cell of filled.slice(1)) {
    spans = joinedSpans(text, spans, cell.text, cell.spans);
    text = joined(text, cell.text);
    raw = joined(raw, cell.raw_text);
  }
  const bbox = union(cells.filter((cell) => cell.page === lead.page).map((cell) => cell.bbox));
  const elsewhere = filled.filter((cell) => cell.page !== lead.page);
  const repairs = cells.flatMap((cell) => keptRepairs(cell.repairs));
  if (elsewhere.length) {
    // A cell torn by the end of a page: the repair says where its other parts stand.
    repairs.push({
      kind: 'joined',
      before: lead.text,
      after: text,
      evidence: elsewhere.map((cell) => ({ text: cell.text, page: cell.page, bbox: cell.bbox })),
    });
  }
  return {
    row: area.top,
    col: area.left,
    rowspan: area.bottom - area.top,
    colspan: area.right - area.left,
    text,
    raw_text: raw,
    page: lead.page,
    bbox,
    quad: quadOf(bbox),
    confidence: lowest(filled.map((cell) => cell.confidence)),
    header: area.top < headerRows || lead.header,
    spans,
    repairs,
    reviewer: person,
    unsure: cells.some((cell) => cell.unsure),
  };
}

function lowest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length ? Math.min(...known) : null;
}

/** Make single cells of a merged one; its text stays in the first. */
export function split(desk: Desk, ref: CellRef): Outcome {
  const table = find(desk, ref.table);
  const cell = table && cellAt(table, ref.row, ref.col);
  if (!table || !cell) return refuse('refused.noCell');
  if (cell.rowspan * cell.colspan < 2) return refuse('refused.caret');
  const parts: Cell[] = [];
  for (let row = 0; row < cell.rowspan; row++) {
    for (let col = 0; col < cell.colspan; col++) {
      const bbox = partOf(cell.bbox, row, cell.rowspan, col, cell.colspan);
      const place = { row: cell.row + row, col: cell.col + col, rowspan: 1, colspan: 1, bbox, quad: quadOf(bbox) };
      const header = cell.row + row < table.header_rows;
      parts.push(
        row || col
          ? { ...blankAt(table, place.row, place.col, desk.person), ...place, page: cell.page, header }
          : { ...cell, ...place, reviewer: desk.person },
      );
    }
  }
  return become(table, withCells(table, parts));
}

/** Split the text of a cell: what stands behind `at` (in characters) goes into the next cell, new where it must be. */
export function splitText(desk: Desk, ref: CellRef, at: number, axis: 'row' | 'col'): Outcome {
  const table = find(desk, ref.table);
  const cell = table && cellAt(table, ref.row, ref.col);
  if (!table || !cell) return refuse('refused.noCell');
  const text = chars(cell.text);
  if (at <= 0 || at >= text.length) return refuse('refused.caret');
  const halves = halvesOf(cell, at, axis, desk.person);
  const span = axis === 'row' ? cell.rowspan : cell.colspan;
  if (span > 1) return become(table, withCells(table, shared(halves, cell, axis)));
  const row = cell.row + (axis === 'row' ? cell.rowspan : 0);
  const col = cell.col + (axis === 'col' ? cell.colspan : 0);
  const neighbour = cellAt(table, row, col);
  const fits =
    neighbour?.text === '' &&
    neighbour.row === row &&
    neighbour.col === col &&
    (axis === 'row' ? neighbour.colspan === cell.colspan : neighbour.rowspan === cell.rowspan);
  if (neighbour && fits) {
    const second = { ...halves[1], ...pick(neighbour), rowspan: neighbour.rowspan, colspan: neighbour.colspan };
    return become(table, withCells(table, [{ ...halves[0], bbox: cell.bbox, quad: cell.quad }, second]));
  }
  return inserted(table, cell, halves, axis, desk.person);
}

/** Where a cell stands, in the table and on its page. */
function pick(cell: Cell): Pick<Cell, 'row' | 'col' | 'page' | 'bbox' | 'quad' | 'header'> {
  const { row, col, page, bbox, quad, header } = cell;
  return { row, col, page, bbox, quad, header };
}

type Halves = readonly [Cell, Cell];

function halvesOf(cell: Cell, at: number, axis: 'row' | 'col', person: string): Halves {
  const text = chars(cell.text);
  const share = at / text.length;
  const [x0, y0, x1, y1] = cell.bbox;
  const x = axis === 'col' ? x0 + (x1 - x0) * share : x1;
  const y = axis === 'row' ? y0 + (y1 - y0) * share : y1;
  const half = (start: number, end: number, bbox: Cell['bbox']): Cell => {
    const part = text.slice(start, end).join('');
    const lead = part.length - part.trimStart().length;
    const trimmed = part.trim();
    return {
      ...cell,
      text: trimmed,
      spans: cutSpans(cell.spans, start + lead, start + lead + chars(trimmed).length),
      bbox,
      quad: quadOf(bbox),
      repairs: [],
      reviewer: person,
      unsure: false,
    };
  };
  const first = half(0, at, [x0, y0, x, y]);
  const second = half(at, text.length, axis === 'col' ? [x, y0, x1, y1] : [x0, y, x1, y1]);
  // What was read is divided only where nothing was changed since; else all of it stays with the first.
  if (cell.raw_text === cell.text) return [{ ...first, raw_text: first.text }, { ...second, raw_text: second.text }];
  return [first, { ...second, raw_text: '' }];
}

/** A merged cell is divided between the halves: no line need come. */
function shared([first, second]: Halves, cell: Cell, axis: 'row' | 'col'): Cell[] {
  if (axis === 'row') {
    const rows = Math.ceil(cell.rowspan / 2);
    return [{ ...first, rowspan: rows }, { ...second, row: cell.row + rows, rowspan: cell.rowspan - rows }];
  }
  const cols = Math.ceil(cell.colspan / 2);
  return [{ ...first, colspan: cols }, { ...second, col: cell.col + cols, colspan: cell.colspan - cols }];
}

/** A row or column comes behind the cell, blank but for the second half. */
function inserted(table: Table, cell: Cell, [first, second]: Halves, axis: 'row' | 'col', person: string): Outcome {
  const at = axis === 'row' ? cell.row + cell.rowspan : cell.col + cell.colspan;
  const splice = { axis, at, delete: 0, insert: 1 };
  const wide: Table = {
    ...table,
    n_rows: table.n_rows + (axis === 'row' ? 1 : 0),
    n_cols: table.n_cols + (axis === 'col' ? 1 : 0),
    header_rows: table.header_rows + (axis === 'row' && at < table.header_rows ? 1 : 0),
    cells: table.cells.map((each) => spliced(each, splice)),
  };
  const there: Cell = axis === 'row' ? { ...second, row: at } : { ...second, col: at };
  const cells = [first, { ...there, header: there.row < wide.header_rows || (cell.header && axis === 'col') }];
  const filled = withCells(wide, cells);
  const blanks: Cell[] = [];
  const lines = axis === 'row' ? table.n_cols : table.n_rows;
  for (let line = 0; line < lines; line++) {
    const [row, col] = axis === 'row' ? [at, line] : [line, at];
    if (!cellAt(filled, row, col)) blanks.push(blankAt(wide, row, col, person));
  }
  return become(table, withCells(filled, blanks), [splice]);
}
