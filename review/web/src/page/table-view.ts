/**
 * A logical table as a native table. Its nodes are made by hand and once: of 800 cells only those that changed are
 * touched, so that every key is answered at once.
 */

import type { Cell, Table } from '../api/types';
import { nameOf, t } from '../i18n';
import { parseAmount } from '../model/amount';
import { columnLabel } from '../model/operations';
import { type Area, gridOf, keyOf, pageOfRow } from '../model/table';
import { wholeLabel } from '../model/text';
import { columnWidths } from './columns';
import { fillText, hueOf } from './labels';

export interface TableContext {
  page: number;
  /** Other pages whose rows are shown too. */
  open: ReadonlySet<number>;
  /** What is to be seen on a cell, as class names. */
  marks(key: string, cell: Cell): string;
  toggle(page: number): void;
  pickColumn(col: number): void;
}

interface Shown {
  cell: Cell;
  marks: string;
  label: string | null;
}

interface Segment {
  page: number | undefined;
  start: number;
  end: number;
}

export class TableView {
  readonly element = document.createElement('table');
  private table: Table | null = null;
  private context: TableContext | null = null;
  private openNow = '';
  private nodes = new Map<string, HTMLTableCellElement>();
  private shown = new Map<string, Shown>();
  private tags: HTMLButtonElement[] = [];
  private labels: (string | null)[] = [];
  private selected = new Set<HTMLElement>();
  private lit = new Set<HTMLElement>();
  private cols: HTMLTableColElement[] = [];
  private words = '';

  constructor() {
    this.element.setAttribute('role', 'grid');
    this.element.setAttribute('aria-multiselectable', 'true');
  }

  /** Show a table; nothing is done for what has not changed. */
  update(table: Table, context: TableContext, language: string): void {
    const before = this.table;
    const open = [...context.open].join();
    const fresh = !before || open !== this.openNow || language !== this.words || !sameShape(before, table) || before.id !== table.id;
    this.table = table;
    this.context = context;
    this.openNow = open;
    this.words = language;
    if (before !== table || fresh) this.labels = Array.from({ length: table.n_cols }, (_, col) => columnLabel(table, col));
    if (fresh) this.build(table, context);
    this.fillTags();
    for (const cell of table.cells) this.fill(cell);
  }

  /** Only what is marked on cells has changed. */
  mark(): void {
    for (const cell of this.table?.cells ?? []) this.fill(cell);
  }

  node(row: number, col: number): HTMLTableCellElement | undefined {
    const cell = this.table && gridOf(this.table)[row]?.[col];
    return this.nodes.get(cell ? `${cell.row}:${cell.col}` : `${row}:${col}`);
  }

  showsRow(row: number): boolean {
    const { table, context } = this;
    if (!table || !context) return false;
    if (row < headEnd(table)) return true;
    const page = pageOfRow(table, row);
    return page === undefined || page === context.page || context.open.has(page);
  }

  select(area: Area | null, focus: HTMLElement | undefined): void {
    const next = new Set<HTMLElement>();
    if (area && this.table) {
      for (let row = area.top; row < area.bottom; row++) {
        for (let col = area.left; col < area.right; col++) {
          const node = this.node(row, col);
          if (node) next.add(node);
        }
      }
    }
    for (const node of this.selected) {
      if (!next.has(node)) {
        node.removeAttribute('aria-selected');
        node.classList.remove('selected');
      }
      node.classList.remove('focus');
    }
    for (const node of next) {
      if (!this.selected.has(node)) {
        node.setAttribute('aria-selected', 'true');
        node.classList.add('selected');
      }
    }
    if (focus && next.has(focus)) focus.classList.add('focus');
    this.selected = next;
  }

  highlight(keys: ReadonlySet<string>): void {
    const next = new Set<HTMLElement>();
    for (const key of keys) {
      const [id, row, col] = key.split(':');
      const node = id === this.table?.id ? this.node(Number(row), Number(col)) : undefined;
      if (node) next.add(node);
    }
    for (const node of this.lit) if (!next.has(node)) node.classList.remove('lit');
    for (const node of next) node.classList.add('lit');
    this.lit = next;
  }

  /** Widths of columns follow those on the page. */
  fit(width: number): void {
    if (!this.table) return;
    const widths = columnWidths(this.table, width);
    this.cols.forEach((col, index) => (col.style.width = `${widths[index]}px`));
    this.element.style.width = `${widths.reduce((sum, each) => sum + each, 0)}px`;
  }

  private build(table: Table, context: TableContext): void {
    this.nodes.clear();
    this.shown.clear();
    this.selected.clear();
    this.lit.clear();
    this.element.dataset.table = table.id;
    this.element.setAttribute('aria-rowcount', String(table.n_rows));
    this.element.setAttribute('aria-colcount', String(table.n_cols));
    const columns = document.createElement('colgroup');
    this.cols = Array.from({ length: table.n_cols + 1 }, () => columns.appendChild(document.createElement('col')));
    const head = document.createElement('thead');
    head.append(this.tagRow(table, context));
    const end = headEnd(table);
    this.rows(table, head, 0, end);
    const body = document.createElement('tbody');
    for (const segment of segmentsOf(table, end)) {
      const { page, start } = segment;
      if (page !== undefined && page !== context.page) body.append(toggleRow(table, segment, context));
      if (page === undefined || page === context.page || context.open.has(page)) this.rows(table, body, start, segment.end);
    }
    this.element.replaceChildren(columns, head, body);
  }

  private tagRow(table: Table, context: TableContext): HTMLTableRowElement {
    const row = document.createElement('tr');
    row.className = 'tags';
    row.append(gutter(''));
    this.tags = [];
    for (let col = 0; col < table.n_cols; col++) {
      const node = document.createElement('th');
      node.scope = 'col';
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'tag';
      button.dataset.col = String(col);
      button.tabIndex = -1;
      button.addEventListener('click', () => context.pickColumn(col));
      node.append(button);
      row.append(node);
      this.tags.push(button);
    }
    return row;
  }

  private rows(table: Table, parent: HTMLTableSectionElement, start: number, end: number): void {
    const grid = gridOf(table);
    for (let row = start; row < end; row++) {
      const line = document.createElement('tr');
      line.setAttribute('aria-rowindex', String(row + 1));
      line.append(gutter(String(row + 1)));
      for (let col = 0; col < table.n_cols; col++) {
        const cell = grid[row]?.[col];
        // A cell that begins in rows that are not shown is shown from the first one that is.
        if (cell && (cell.col !== col || (cell.row !== row && row !== start))) continue;
        line.append(cell ? this.cellNode(table, cell, row, end) : this.holeNode(table, row, col));
      }
      parent.append(line);
    }
  }

  private cellNode(table: Table, cell: Cell, row: number, end: number): HTMLTableCellElement {
    const place = `${cell.row}:${cell.col}`;
    const node = document.createElement(cell.row < table.header_rows ? 'th' : 'td');
    const rows = Math.min(cell.row + cell.rowspan, end) - row;
    if (rows > 1) node.rowSpan = rows;
    if (cell.colspan > 1) node.colSpan = cell.colspan;
    node.setAttribute('role', cell.row < table.header_rows ? 'columnheader' : 'gridcell');
    node.setAttribute('aria-colindex', String(cell.col + 1));
    node.dataset.cell = keyOf(table.id, cell.row, cell.col);
    const text = document.createElement('div');
    text.className = 'text';
    node.append(text);
    this.nodes.set(place, node);
    return node;
  }

  private holeNode(table: Table, row: number, col: number): HTMLTableCellElement {
    const node = document.createElement('td');
    node.className = 'hole';
    node.title = t('table.hole');
    node.setAttribute('role', 'gridcell');
    node.setAttribute('aria-colindex', String(col + 1));
    node.dataset.cell = keyOf(table.id, row, col);
    this.nodes.set(`${row}:${col}`, node);
    return node;
  }

  private fillTags(): void {
    this.tags.forEach((button, col) => {
      const label = this.labels[col] ?? null;
      const name = label ? nameOf(label) : '—';
      if (button.textContent !== name) button.textContent = name;
      button.dataset.hue = hueOf(label);
      const title = t('table.column', { col: col + 1, label: label ? name : t('table.noLabel') });
      button.title = `${title}（${label ?? '—'}）`;
      button.setAttribute('aria-label', title);
    });
  }

  private fill(cell: Cell): void {
    const { table, context } = this;
    const place = `${cell.row}:${cell.col}`;
    const node = this.nodes.get(place);
    if (!node || !table || !context) return;
    const marks = context.marks(keyOf(table.id, cell.row, cell.col), cell);
    const heading = cell.row < table.header_rows;
    const usual = heading ? 'header' : (this.labels[cell.col] ?? null);
    const was = this.shown.get(place);
    if (was?.cell === cell && was.marks === marks && was.label === usual) return;
    this.shown.set(place, { cell, marks, label: usual });
    if (was?.cell !== cell || was.label !== usual) {
      const label = wholeLabel(cell.spans, cell.text);
      fillText(node.firstElementChild as HTMLElement, cell, label, usual, !heading && table.header_rows > 0);
      node.classList.toggle('figure', parseAmount(cell.text) !== null && !heading);
    }
    if (was?.marks !== marks) {
      for (const name of was?.marks.split(' ') ?? []) if (name) node.classList.remove(name);
      for (const name of marks.split(' ')) if (name) node.classList.add(name);
    }
  }
}

/** Rows of headings, and those that a heading reaches down into: they stay in sight. */
function headEnd(table: Table): number {
  const ends = table.cells.filter((cell) => cell.row < table.header_rows).map((cell) => cell.row + cell.rowspan);
  return Math.min(table.n_rows, Math.max(table.header_rows, ...ends, 0));
}

function segmentsOf(table: Table, start: number): Segment[] {
  const segments: Segment[] = [];
  for (let row = start; row < table.n_rows; row++) {
    const page = pageOfRow(table, row);
    const last = segments.at(-1);
    if (last && (last.page === page || page === undefined)) last.end = row + 1;
    else segments.push({ page, start: row, end: row + 1 });
  }
  return segments;
}

function toggleRow(table: Table, { page, start, end }: Segment, context: TableContext): HTMLTableRowElement {
  const row = document.createElement('tr');
  row.className = 'elsewhere';
  const node = document.createElement('td');
  node.colSpan = table.n_cols + 1;
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.toggle = String(page);
  const open = context.open.has(page!);
  button.setAttribute('aria-expanded', String(open));
  button.textContent = `${open ? '▾' : '▸'} ${t(open ? 'table.rowsOfShown' : 'table.rowsOf', { page: page!, count: end - start })}`;
  button.addEventListener('click', () => context.toggle(page!));
  node.append(button);
  row.append(node);
  return row;
}

function gutter(text: string): HTMLTableCellElement {
  const node = document.createElement('th');
  node.className = 'gutter';
  node.scope = 'row';
  node.textContent = text;
  return node;
}

function sameShape(a: Table, b: Table): boolean {
  if (a === b) return true;
  if (a.n_rows !== b.n_rows || a.n_cols !== b.n_cols || a.header_rows !== b.header_rows || a.cells.length !== b.cells.length) return false;
  return a.cells.every((cell, index) => {
    const other = b.cells[index]!;
    return (
      cell === other ||
      (cell.row === other.row &&
        cell.col === other.col &&
        cell.rowspan === other.rowspan &&
        cell.colspan === other.colspan &&
        cell.page === other.page &&
        // The page of a row is that of its first text.
        (cell.text === '') === (other.text === ''))
    );
  });
}
