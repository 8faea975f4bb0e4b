/** All tables of a page, one below the other, with one selection and one editor. */

import { html, LitElement, nothing, render } from 'lit';
import type { CellRef, Cell, Table } from '../api/types';
import { allWords, languageNow, nameOf, t } from '../i18n';
import { proposalOf } from '../model/operations';
import { cellAt, keyOf, parseKey, refKey } from '../model/table';
import { wholeLabel } from '../model/text';
import { hues, shared } from '../styles/shared';
import { icon } from '../views/icons';
import type { ActionId } from './actions';
import { CellEditor, type Leave } from './editor';
import { gridStyles } from './grid-styles';
import type { PageStore, What } from './store';
import { type TableContext, TableView } from './table-view';

/** What the grid asks of the page around it. */
export interface GridHost {
  run(action: ActionId): void;
  move(down: number, right: number, extend: boolean): void;
  commit(at: CellRef, text: string): boolean;
  split(at: CellRef, text: string, caret: number, axis: 'row' | 'col'): void;
  labelStretch(at: CellRef, text: string, start: number, end: number): void;
  pickColumn(table: string, col: number): void;
  setKind(table: string, kind: Table['kind']): void;
  relabel(table: string): void;
  removeTable(table: string): void;
  walk(direction: 1 | -1): void;
}

interface Part {
  section: HTMLElement;
  heading: HTMLElement;
  view: TableView;
}

export class Grid extends LitElement {
  static override styles = [shared, hues, gridStyles];

  store!: PageStore;
  host!: GridHost;
  private parts = new Map<string, Part>();
  private open = new Map<string, Set<number>>();
  private scroller!: HTMLElement;
  private list!: HTMLElement;
  private spoken!: HTMLElement;
  private dragging = false;
  private selecting = false;
  private stop: (() => void) | null = null;
  private width = 0;
  private resized = new ResizeObserver(() => {
    this.width = this.scroller.clientWidth - 20;
    this.fit();
    this.placeEditor();
  });
  /** The cell that is typed into: it stays when another is selected meanwhile. */
  private target: CellRef | null = null;
  private doubtKeys = new Map<string, true>();

  readonly editor = new CellEditor({
    run: (action) => this.host.run(action),
    move: (down, right, extend) => this.host.move(down, right, extend),
    mayEdit: () => {
      this.target = this.store.locked ? null : this.store.current;
      return this.target !== null;
    },
    draft: (text) => this.store.setDraft(text !== null && this.target ? { ref: this.target, text } : null),
    commit: (text, leave) => this.commit(text, leave),
    split: (text, at, axis) => {
      if (this.target) this.host.split(this.target, text, at, axis);
    },
    labelStretch: (text, start, end) => {
      if (this.target) this.host.labelStretch(this.target, text, start, end);
    },
    copied: () => this.copied(),
    leave: () => {
      const at = this.store.current;
      if (at) this.store.select(at);
    },
  });

  override render() {
    return html`<div class="scroller" @pointerdown=${this.pressed} @pointerover=${this.dragged} @dblclick=${this.doubled}>
      <div class="list"></div>
      <div class="spoken" aria-live="polite"></div>
    </div>`;
  }

  override firstUpdated(): void {
    this.scroller = this.renderRoot.querySelector('.scroller')!;
    this.list = this.renderRoot.querySelector('.list')!;
    this.spoken = this.renderRoot.querySelector('.spoken')!;
    this.scroller.append(this.editor.element);
    this.resized.observe(this.scroller);
    this.stop = this.store.subscribe((what) => this.changed(what));
    addEventListener('pointerup', this.released);
    this.showTables();
    this.showSelection();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop?.();
    this.resized.disconnect();
    removeEventListener('pointerup', this.released);
  }

  focusCell(): void {
    this.editor.focus();
  }

  startEdit(): void {
    this.editor.start(this.store.cell?.text ?? '');
  }

  /** Whether a row is among those that are shown. */
  shows = (table: Table, row: number): boolean => this.parts.get(table.id)?.view.showsRow(row) ?? false;

  /** Names and labels have changed with the language. */
  relanguage(): void {
    this.showTables();
    this.describe();
  }

  private changed(what: What): void {
    if (what === 'tables') {
      this.showTables();
      this.selectSoon();
    } else if (what === 'selection') {
      this.editor.finish('blur');
      this.selectSoon();
    } else if (what === 'derived' || what === 'draft') this.showMarks();
    else if (what === 'highlight') for (const { view } of this.parts.values()) view.highlight(this.store.highlight);
    else if (what === 'page') this.showTables();
  }

  /** Once for all that one key does: to show a selection the browser must lay the page out. */
  private selectSoon(): void {
    if (this.selecting) return;
    this.selecting = true;
    queueMicrotask(() => {
      this.selecting = false;
      if (this.isConnected) this.showSelection();
    });
  }

  private noteDoubts(): void {
    this.doubtKeys = new Map(this.store.doubts.map((doubt) => [refKey(doubt), true]));
  }

  private marks(key: string, cell: Cell): string {
    const names = [];
    if (this.doubtKeys.has(key)) names.push('doubt');
    if (proposalOf(cell)) names.push('proposed');
    if (this.store.failed.has(key)) names.push('failed');
    if (cell.unsure) names.push('unsure');
    else if (cell.reviewer) names.push('reviewed');
    if (cell.page !== this.store.page) names.push('away');
    return names.join(' ');
  }

  private context(table: Table): TableContext {
    let open = this.open.get(table.id);
    if (!open) this.open.set(table.id, (open = new Set()));
    const shown = open;
    return {
      page: this.store.page,
      open: shown,
      marks: (key, cell) => this.marks(key, cell),
      toggle: (page) => {
        if (!shown.delete(page)) shown.add(page);
        this.showTables();
        this.showSelection();
      },
      pickColumn: (col) => this.host.pickColumn(table.id, col),
    };
  }

  private showTables(): void {
    this.noteDoubts();
    const { tables } = this.store;
    const ids = new Set(tables.map((table) => table.id));
    for (const [id, part] of this.parts) {
      if (ids.has(id)) continue;
      part.section.remove();
      this.parts.delete(id);
    }
    let before: Element | null = null;
    for (const table of tables) {
      let part = this.parts.get(table.id);
      if (!part) {
        part = this.makePart(table.id);
        this.parts.set(table.id, part);
      }
      const next: Element | null = before ? before.nextElementSibling : this.list.firstElementChild;
      if (next !== part.section) this.list.insertBefore(part.section, next);
      before = part.section;
      this.showHeading(part.heading, table);
      part.view.update(table, this.context(table), languageNow());
      part.view.highlight(this.store.highlight);
      part.view.element.setAttribute('aria-label', table.title ?? t('table.untitled'));
    }
    this.fit();
    this.list.querySelector('.none')?.remove();
    if (!tables.length) {
      const none = document.createElement('p');
      none.className = 'none';
      none.textContent = t('page.noTables');
      this.list.append(none);
    }
  }

  private makePart(id: string): Part {
    const section = document.createElement('section');
    section.dataset.section = id;
    const heading = document.createElement('div');
    heading.className = 'heading';
    const view = new TableView();
    section.append(heading, view.element);
    return { section, heading, view };
  }

  private showHeading(parent: HTMLElement, table: Table): void {
    const locked = this.store.locked;
    const kinds = allWords().kinds;
    const button = (action: string, name: string, title: string, act: () => void) =>
      html`<button class="quiet" data-action=${action} title=${title} aria-label=${title} ?disabled=${locked} @click=${act}>${icon(name)}</button>`;
    render(
      html`<h2 title=${table.title ?? ''}>${table.title ?? t('table.untitled')}</h2>
        <select
          aria-label=${t('table.kind')}
          title=${t('table.kind')}
          ?disabled=${locked}
          .value=${table.kind}
          @change=${(event: Event) => this.host.setKind(table.id, (event.target as HTMLSelectElement).value as Table['kind'])}
        >
          ${kinds.map((kind) => html`<option value=${kind.name} ?selected=${kind.name === table.kind}>${nameOf(kind.name)}</option>`)}
          ${kinds.some((kind) => kind.name === table.kind) ? nothing : html`<option value=${table.kind} selected>${table.kind}</option>`}
        </select>
        <span class="soft">${table.unit ? t('table.unit', { unit: table.unit }) : nothing}</span>
        <span class="soft size">${t('table.size', { rows: table.n_rows, cols: table.n_cols })}</span>
        ${button('relabel', 'label', t('table.relabel'), () => this.host.relabel(table.id))}
        ${button('remove_table', 'remove', t('table.remove'), () => this.host.removeTable(table.id))}`,
      parent,
    );
  }

  private showMarks(): void {
    this.noteDoubts();
    for (const { view } of this.parts.values()) view.mark();
    this.describe();
  }

  private fit(): void {
    // Asked of the browser when it changes only: to ask now would make it lay the page out once more.
    if (this.width > 0) for (const { view } of this.parts.values()) view.fit(this.width);
  }

  // --- the selection

  private focused(): HTMLTableCellElement | undefined {
    const { selection } = this.store;
    return selection ? this.parts.get(selection.table)?.view.node(...selection.focus) : undefined;
  }

  private showSelection(): void {
    const { selection, area } = this.store;
    const node = this.focused();
    for (const [id, { view }] of this.parts) {
      const own = selection?.table === id;
      view.select(own ? area : null, own ? node : undefined);
    }
    if (node) this.bringIntoView(node);
    else if (selection) this.openRow(selection.table, selection.focus[0]);
    this.placeEditor();
    this.describe();
  }

  /** Rows of another page are shown once a cell in them is selected. */
  private openRow(id: string, row: number): void {
    const table = this.store.tables.find((each) => each.id === id);
    const page = table && cellAt(table, row, this.store.selection!.focus[1])?.page;
    const open = this.open.get(id);
    if (!table || page === undefined || !open || open.has(page)) return;
    open.add(page);
    this.showTables();
    this.showSelection();
  }

  private bringIntoView(node: HTMLElement): void {
    const { scroller } = this;
    const box = node.getBoundingClientRect();
    const view = scroller.getBoundingClientRect();
    const head = node.closest('table')?.tHead;
    const top = view.top + (head && !head.contains(node) ? head.offsetHeight : 0);
    const left = view.left + 44;
    const bottom = view.top + scroller.clientHeight;
    const right = view.left + scroller.clientWidth;
    const down = box.top < top ? box.top - top - 8 : box.bottom > bottom ? Math.min(box.bottom - bottom + 8, box.top - top) : 0;
    const across = box.left < left ? box.left - left : box.right > right ? Math.min(box.right - right, box.left - left) : 0;
    if ((down && !head?.contains(node)) || across) scroller.scrollBy(across, head?.contains(node) ? 0 : down);
  }

  private placeEditor(): void {
    const node = this.focused();
    if (!node) return;
    const box = node.getBoundingClientRect();
    const view = this.scroller.getBoundingClientRect();
    this.editor.place(
      box.left - view.left + this.scroller.scrollLeft - this.scroller.clientLeft,
      box.top - view.top + this.scroller.scrollTop - this.scroller.clientTop,
      box.width,
      box.height,
    );
  }

  /** Say what is selected to those who cannot see it. */
  private describe(): void {
    const { current, cell } = this.store;
    const { element } = this.editor;
    if (!current) return element.setAttribute('aria-label', t('page.table'));
    const key = refKey(current);
    const label = cell ? wholeLabel(cell.spans, cell.text) : null;
    const words = [
      t('cell.spoken', {
        row: current.row + 1,
        col: current.col + 1,
        label: label ? nameOf(label) : t('table.noLabel'),
        text: cell?.text || t('cell.blank'),
      }),
    ];
    if (this.doubtKeys.has(key)) words.push(t('cell.doubtful'));
    if (this.store.failed.has(key)) words.push(t('cell.failed'));
    if (proposalOf(cell)) words.push(t('cell.proposed'));
    if (cell?.unsure) words.push(t('cell.unsure'));
    else if (cell?.reviewer) words.push(t('cell.reviewed', { person: cell.reviewer }));
    const said = words.join('，');
    element.setAttribute('aria-label', said);
    if (this.spoken.textContent !== said) this.spoken.textContent = said;
  }

  // --- mouse

  private refOf(event: Event): CellRef | null {
    const node = event.composedPath().find((each): each is HTMLElement => each instanceof HTMLElement && each.dataset.cell !== undefined);
    return node ? parseKey(node.dataset.cell!) : null;
  }

  private pressed(event: PointerEvent): void {
    const ref = this.refOf(event);
    if (!ref || event.button !== 0) return;
    event.preventDefault();
    this.editor.finish('blur');
    if (event.shiftKey && this.store.selection?.table === ref.table) this.store.extend([ref.row, ref.col]);
    else this.store.select(ref);
    this.dragging = true;
    this.editor.focus();
  }

  private dragged(event: PointerEvent): void {
    if (!this.dragging) return;
    const ref = this.refOf(event);
    const { selection } = this.store;
    if (!ref || !selection || ref.table !== selection.table) return;
    if (keyOf(ref.table, ...selection.focus) !== refKey(ref)) this.store.extend([ref.row, ref.col]);
  }

  private readonly released = (): void => {
    this.dragging = false;
  };

  private doubled(event: Event): void {
    if (this.refOf(event)) this.startEdit();
  }

  // --- the editor

  private commit(text: string, leave: Leave): void {
    const at = this.target;
    const { walking } = this.store;
    this.store.setDraft(null);
    if (!at || !this.host.commit(at, text) || leave === 'blur') return;
    if (walking) this.host.walk(leave === 'back' ? -1 : 1);
    else if (leave === 'enter') this.host.move(1, 0, false);
    else this.host.move(0, leave === 'back' ? -1 : 1, false);
  }

  private copied(): string {
    const { table, area } = this.store;
    if (!table || !area) return '';
    const lines = [];
    for (let row = area.top; row < area.bottom; row++) {
      const texts = [];
      for (let col = area.left; col < area.right; col++) {
        const cell = cellAt(table, row, col);
        texts.push(cell && cell.row === row && cell.col === col ? cell.text : '');
      }
      lines.push(texts.join('\t'));
    }
    return lines.join('\n');
  }
}

customElements.define('yu-grid', Grid);
