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
  /** The language of the tags. */
  words: string;
}

/** A row as it is made of nodes; where its key stays, the nodes are used again. */
interface Line {
  key: string;
  node: HTMLTableRowElement;
  cells: HTMLTableCellElement[];
}

interface Plan {
  key: string;
  make(): Line;
  name(line: Line): void;
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
  private shown = new WeakMap<HTMLElement, Shown>();
  private headLines: Line[] = [];
  private bodyLines: Line[] = [];
  private tags: HTMLButtonElement[] = [];
  private labels: (string | null)[] = [];
  private selected = new Set<HTMLElement>();
  private lit = new Set<HTMLElement>();
  private cols: HTMLTableColElement[] = [];
  private words = '';
  private columns = -1;
  private widths: number[] = [];

  constructor() {
    this.element.setAttribute('role', 'grid');
    this.element.setAttribute('aria-multiselectable', 'true');
  }

  /** Show a table; nothing is done for what has not changed. */
  update(table: Table, context: TableContext, language: string): void {
    const before = this.table;
    const open = [...context.open].join();
    const fresh = !before || open !== this.openNow || language !== this.words || !sameShape(before, table);
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
    if (widths.length === this.widths.length && widths.every((each, index) => each === this.widths[index])) return;
    this.widths = widths;
    this.cols.forEach((col, index) => (col.style.width = `${widths[index]}px`));
    this.element.style.width = `${widths.reduce((sum, each) => sum + each, 0)}px`;
  }

  private build(table: Table, context: TableContext): void {
    this.select(null, undefined);
    this.highlight(new Set());
    this.nodes.clear();
    this.element.dataset.table = table.id;
    this.element.setAttribute('aria-rowcount', String(table.n_rows));
    this.element.setAttribute('aria-colcount', String(table.n_cols));
    const end = headEnd(table);
    const head = this.plans(table, 0, end);
    const body = segmentsOf(table, end).flatMap((segment): Plan[] => {
      const { page, start } = segment;
      const elsewhere = page !== undefined && page !== context.page;
      const plans = !elsewhere || context.open.has(page) ? this.plans(table, start, segment.end) : [];
      return elsewhere ? [togglePlan(table, segment, context, this.words), ...plans] : plans;
    });
    if (this.columns !== table.n_cols) {
      this.columns = table.n_cols;
      this.widths = [];
      this.headLines = [];
      this.bodyLines = [];
      const columns = document.createElement('colgroup');
      this.cols = Array.from({ length: table.n_cols + 1 }, () => columns.appendChild(document.createElement('col')));
      const parts = [document.createElement('thead'), document.createElement('tbody')];
      parts[0]!.append(this.tagRow(table, context));
      this.element.replaceChildren(columns, ...parts);
    }
    this.headLines = this.lay(this.element.tHead!, this.headLines, head, 1);
    this.bodyLines = this.lay(this.element.tBodies[0]!, this.bodyLines, body, 0);
  }

  /** Let a section show rows: those alike at its top and bottom stay, what is between is made anew. */
  private lay(section: HTMLTableSectionElement, before: Line[], plans: Plan[], skip: number): Line[] {
    let top = 0;
    while (top < before.length && top < plans.length && before[top]!.key === plans[top]!.key) top++;
    let bottom = 0;
    const most = Math.min(before.length, plans.length) - top;
    while (bottom < most && before[before.length - 1 - bottom]!.key === plans[plans.length - 1 - bottom]!.key) bottom++;
    for (const line of before.slice(top, before.length - bottom)) line.node.remove();
    const made = plans.slice(top, plans.length - bottom).map((plan) => plan.make());
    const next = section.rows[top + skip] ?? null;
    for (const line of made) section.insertBefore(line.node, next);
    const lines = [...before.slice(0, top), ...made, ...before.slice(before.length - bottom)];
    lines.forEach((line, index) => plans[index]!.name(line));
    return lines;
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

  /** Plans of rows: what distinguishes them, how they are made, and how they are named where they stand. */
  private plans(table: Table, start: number, end: number): Plan[] {
    const grid = gridOf(table);
    return Array.from({ length: end - start }, (_, index): Plan => {
      const row = start + index;
      const cells: (Cell | number)[] = [];
      for (let col = 0; col < table.n_cols; col++) {
        const cell = grid[row]?.[col];
        // A cell that begins in rows that are not shown is shown from the first one that is.
        if (cell && (cell.col !== col || (cell.row !== row && row !== start))) continue;
        cells.push(cell ?? col);
      }
      const rows = (cell: Cell): number => Math.min(cell.row + cell.rowspan, end) - row;
      const heading = row < table.header_rows;
      const key = cells.map((cell) => (typeof cell === 'number' ? cell : `${cell.col},${rows(cell)},${cell.colspan},${cell.row < table.header_rows},${cell.text}`));
      return {
        key: `${heading} ${key.join('|')}`,
        make: () => makeLine(`${heading} ${key.join('|')}`, cells.map((cell) => (typeof cell === 'number' ? holeNode() : cellNode(table, cell, rows(cell))))),
        name: (line) => {
          this.nameLine(line, row);
          cells.forEach((cell, at) => {
            const [r, c] = typeof cell === 'number' ? [row, cell] : [cell.row, cell.col];
            const node = line.cells[at]!;
            const name = keyOf(table.id, r, c);
            if (node.dataset.cell !== name) {
              node.dataset.cell = name;
              node.setAttribute('aria-colindex', String(c + 1));
            }
            this.nodes.set(`${r}:${c}`, node);
          });
        },
      };
    });
  }

  private nameLine({ node }: Line, row: number): void {
    const name = String(row + 1);
    if (node.getAttribute('aria-rowindex') === name) return;
    node.setAttribute('aria-rowindex', name);
    node.firstElementChild!.textContent = name;
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
    const was = this.shown.get(node);
    if (was?.cell === cell && was.marks === marks && was.label === usual && was.words === this.words) return;
    this.shown.set(node, { cell, marks, label: usual, words: this.words });
    const alike = was?.cell.text === cell.text && was.cell.spans === cell.spans;
    if (!alike || was.label !== usual || this.words !== was.words) {
      const label = wholeLabel(cell.spans, cell.text);
      fillText(node.firstElementChild as HTMLElement, cell, label, usual, !heading && table.header_rows > 0);
      node.classList.toggle('figure', !heading && parseAmount(cell.text) !== null && hueOf(label ?? this.labels[cell.col] ?? null) === 'gold');
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

function togglePlan(table: Table, { page, start, end }: Segment, context: TableContext, language: string): Plan {
  const open = context.open.has(page!);
  const key = `toggle ${page} ${open} ${end - start} ${language}`;
  return {
    key,
    make: () => {
      const node = document.createElement('tr');
      node.className = 'elsewhere';
      const cell = document.createElement('td');
      cell.colSpan = table.n_cols + 1;
      const button = document.createElement('button');
      button.type = 'button';
      button.dataset.toggle = String(page);
      button.setAttribute('aria-expanded', String(open));
      button.textContent = `${open ? '▾' : '▸'} ${t(open ? 'table.rowsOfShown' : 'table.rowsOf', { page: page!, count: end - start })}`;
      button.addEventListener('click', () => context.toggle(page!));
      cell.append(button);
      node.append(cell);
      return { key, node, cells: [] };
    },
    name: () => undefined,
  };
}

function makeLine(key: string, cells: HTMLTableCellElement[]): Line {
  const node = document.createElement('tr');
  node.append(gutter(''), ...cells);
  return { key, node, cells };
}

function cellNode(table: Table, cell: Cell, rows: number): HTMLTableCellElement {
  const heading = cell.row < table.header_rows;
  const node = document.createElement(heading ? 'th' : 'td');
  if (rows > 1) node.rowSpan = rows;
  if (cell.colspan > 1) node.colSpan = cell.colspan;
  node.setAttribute('role', heading ? 'columnheader' : 'gridcell');
  const text = document.createElement('div');
  text.className = 'text';
  node.append(text);
  return node;
}

function holeNode(): HTMLTableCellElement {
  const node = document.createElement('td');
  node.className = 'hole';
  node.title = t('table.hole');
  node.setAttribute('role', 'gridcell');
  return node;
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
  const alike = a.cells.every((cell, index) => {
    const other = b.cells[index]!;
    return (
      cell === other ||
      (cell.row === other.row &&
        cell.col === other.col &&
        cell.rowspan === other.rowspan &&
        cell.colspan === other.colspan &&
        cell.page === other.page)
    );
  });
  return alike && rowPages(a) === rowPages(b);
}

/** On which pages rows stand: a text that comes or goes can change that, where a row lies on two. */
function rowPages(table: Table): string {
  return Array.from({ length: table.n_rows }, (_, row) => pageOfRow(table, row)).join();
}
