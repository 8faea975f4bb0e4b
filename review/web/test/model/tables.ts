/** Tables for tests: small ones by hand, and random ones that always tile. */

import type { Cell, Table } from '../../src/api/types';
import { quadOf, sorted } from '../../src/model/table';

export const FIGURE = 'budget_line.amount';
export const ITEM = 'budget_line.item';

/** A cell at a place; boxes are 100 wide and 20 high. */
export function cell(row: number, col: number, text: string, more: Partial<Cell> = {}): Cell {
  const { rowspan = 1, colspan = 1 } = more;
  const bbox: Cell['bbox'] = [col * 100, row * 20, (col + colspan) * 100, (row + rowspan) * 20];
  return {
    row,
    col,
    rowspan,
    colspan,
    text,
    raw_text: text,
    page: 1,
    bbox,
    quad: quadOf(bbox),
    confidence: 0.9,
    header: false,
    spans: [],
    repairs: [],
    reviewer: null,
    unsure: false,
    ...more,
  };
}

/** A table of texts; the first row is its heading, labels go by column. */
export function table(id: string, rows: readonly (readonly string[])[], labels: readonly string[] = [], header = 1): Table {
  const cells = rows.flatMap((texts, row) =>
    texts.map((text, col) => {
      const label = row < header ? 'header' : labels[col];
      const spans = label && text ? [{ start: 0, end: Array.from(text).length, label, confidence: 0.8 }] : [];
      return cell(row, col, text, { header: row < header, spans });
    }),
  );
  return {
    id,
    kind: 'unknown',
    title: null,
    unit: null,
    organization: null,
    fragments: [{ page: 1, table: `p1${id}`, reason: 'first' }],
    n_rows: rows.length,
    n_cols: rows[0]?.length ?? 0,
    header_rows: header,
    cells,
    confidence: null,
  };
}

export type Random = (below: number) => number;

/** Numbers that are the same in each run (mulberry32). */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

const WORDS = ['', '', '1,234.50', '教育支出', '201 一般公共服务', 'abc', '𠅤字', '-', '（12.00）'];

/** A table with random texts, labels, merged cells and a hole now and then. */
export function randomTable(next: Random, id: string): Table {
  const n_rows = 1 + next(6);
  const n_cols = 1 + next(5);
  const taken = new Set<string>();
  const cells: Cell[] = [];
  for (let row = 0; row < n_rows; row++) {
    for (let col = 0; col < n_cols; col++) {
      if (taken.has(`${row}:${col}`)) continue;
      let rowspan = next(5) === 0 ? 1 + next(n_rows - row) : 1;
      let colspan = next(5) === 0 ? 1 + next(n_cols - col) : 1;
      const free = (): boolean => {
        for (let r = row; r < row + rowspan; r++) for (let c = col; c < col + colspan; c++) if (taken.has(`${r}:${c}`)) return false;
        return true;
      };
      while (!free()) if (rowspan > 1) rowspan--; else colspan--;
      for (let r = row; r < row + rowspan; r++) for (let c = col; c < col + colspan; c++) taken.add(`${r}:${c}`);
      if (next(20) === 0) continue;
      const text = WORDS[next(WORDS.length)]!;
      const length = Array.from(text).length;
      const cut = length > 3 && next(3) === 0 ? 2 : length;
      const spans = length && next(4) ? [{ start: 0, end: cut, label: [FIGURE, ITEM, 'header'][next(3)]!, confidence: 0.5 }] : [];
      if (spans.length && cut < length) spans.push({ start: cut, end: length, label: 'unit', confidence: 0.5 });
      const repairs = next(6) === 0 ? [{ kind: 'proposed' as const, before: text, after: '99.00', evidence: [] }] : [];
      cells.push(cell(row, col, text, { rowspan, colspan, spans, repairs, page: 1 + (row > 3 ? 1 : 0), reviewer: next(5) ? null : 'x' }));
    }
  }
  return {
    ...table(id, []),
    fragments: [
      { page: 1, table: `p1${id}`, reason: 'first' },
      { page: 2, table: `p2${id}`, reason: 'same columns' },
    ],
    n_rows,
    n_cols,
    header_rows: next(n_rows + 1),
    cells: sorted(cells),
  };
}
