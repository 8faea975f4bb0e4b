/** The page under review: the scan on the left, its tables on the right. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { ApiError } from '../api/client';
import type { CellRef, Claim } from '../api/types';
import type { App } from '../app';
import { onLanguage, t } from '../i18n';
import { columnLabel } from '../model/operations';
import * as operations from '../model/operations';
import { tableOf } from '../model/table';
import { lengthOf, slice, typed, wholeLabel } from '../model/text';
import { shared } from '../styles/shared';
import { icon } from '../views/icons';
import { type ActionId, actionOf, composing, keyHint } from './actions';
import { PageClaim } from './claims';
import { Commands, type PageUi } from './commands';
import type { Grid, GridHost } from './grid';
import './grid';
import type { LabelPicker } from './label-picker';
import './label-picker';
import type { MergeView } from './merge-view';
import './merge-view';
import { pageStyles } from './page-styles';
import './panel';
import type { Scan } from './scan';
import './scan';
import { draggedSplit, keptSplit, keySplit } from './splitter';
import type { PageStore, What } from './store';
import { takeStrokes } from './strokes';
import type { TableDialogs } from './table-dialogs';
import './table-dialogs';
import './toolbar';
import { nextTableOf, readMissed } from './whole-tables';

const SHOWN_IN_BAR: readonly What[] = ['tables', 'derived', 'draft', 'page', 'twins', 'question'];

export class Page extends LitElement {
  static override styles = [shared, pageStyles];

  app!: App;
  store!: PageStore;
  private commands!: Commands;
  private claim!: PageClaim;
  private heldBy: Claim | null = null;
  private accepting = false;
  private stops: (() => void)[] = [];
  private split = keptSplit();

  private readonly ui: PageUi = {
    startEdit: () => this.grid.startEdit(),
    pickLabel: (scope) => this.pickLabel(scope),
    zoom: () => this.scan.zoom(),
    draw: () => this.scan.startDrawing(),
    help: () => this.app.help(),
    join: () => void this.join(),
    accept: (unsure) => void this.accept(unsure),
    goToPage: (by) => this.goToPage(by),
    goToQueue: () => this.app.go({ view: 'queue' }),
    nextRegion: () => this.nextRegion(),
    newTableId: () => this.newTableId(),
  };

  private readonly gridHost: GridHost = {
    run: (action) => this.run(action),
    move: (down, right, extend) => this.commands.move(down, right, extend, this.grid.shows),
    commit: (at, text) => this.commands.commit(at, text),
    split: (at, text, caret, axis) => this.splitText(at, text, caret, axis),
    labelStretch: (at, text, start, end) => this.labelStretch(at, text, start, end),
    pickColumn: (table, col) => this.pickColumn(table, col),
    setKind: (table, kind) => this.store.do('kind', operations.setKind(this.store.desk, table, kind)),
    relabel: (table) => void this.relabel(table),
    removeTable: (table) => this.store.do('remove_table', operations.removeTable(this.store.desk, table)),
    walk: (direction) => this.commands.walk(direction),
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.commands = new Commands(this.store, this.ui);
    const { document, page } = this.store.view;
    this.claim = new PageClaim(this.app.api, document, page.number, (other) => {
      if (this.heldBy?.person !== other?.person) {
        this.heldBy = other;
        this.requestUpdate();
      }
    });
    if (!this.store.locked) this.claim.begin();
    this.stops = [
      this.store.subscribe((what) => this.heard(what)),
      onLanguage(() => {
        this.requestUpdate();
        this.grid.relanguage();
      }),
    ];
    this.addEventListener('keydown', this.keydown);
    addEventListener('pagehide', this.left);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.stops) stop();
    removeEventListener('pagehide', this.left);
    this.claim.end();
    this.store.close();
  }

  private readonly left = (): void => this.claim.end();

  override firstUpdated(_: PropertyValues): void {
    this.style.setProperty('--split', this.split);
    this.scan.onDrawn = (box) => this.drawn(box);
    this.scan.onPicked = () => this.grid.focusCell();
    void this.grid.updateComplete.then(() => {
      const first = this.store.nextDoubt(1) ?? firstCell(this.store);
      if (first && !this.store.selection) this.store.select(first, this.store.doubts.length > 0);
      this.grid.focusCell();
      if (this.store.question) this.ask();
    });
    const { document, page, pages } = this.store.view;
    if (page.number < pages) setTimeout(() => void this.app.images.get(document, page.number + 1).catch(() => undefined), 1500);
  }

  private get grid(): Grid {
    return this.renderRoot.querySelector('yu-grid')!;
  }

  private get scan(): Scan {
    return this.renderRoot.querySelector('yu-scan')!;
  }

  private get picker(): LabelPicker {
    return this.renderRoot.querySelector('yu-label-picker')!;
  }

  private get dialogs(): TableDialogs {
    return this.renderRoot.querySelector('yu-table-dialogs')!;
  }

  private heard(what: What): void {
    if (SHOWN_IN_BAR.includes(what)) this.requestUpdate();
    if (what === 'question' && this.store.question) this.ask();
  }

  private ask(): void {
    const view = this.renderRoot.querySelector<MergeView>('yu-merge-view')!;
    this.grid.editor.cancel();
    view.ask(this.store.question!, (mine) => {
      this.store.decide(mine);
      this.grid.focusCell();
    });
  }

  // --- what is seen

  override render(): TemplateResult {
    const { store, app } = this;
    const pick = (ref: CellRef): void => {
      store.select(ref);
      this.grid.focusCell();
    };
    return html`${this.bar()} ${this.banners()}
      <main>
        <yu-scan .store=${store} .images=${app.images} aria-label=${t('page.scan')}></yu-scan>
        <div
          class="splitter"
          role="separator"
          tabindex="0"
          aria-orientation="vertical"
          aria-label=${t('page.splitter')}
          aria-valuenow=${parseInt(this.split, 10)}
          @pointerdown=${this.drag}
          @keydown=${this.splitKey}
        ></div>
        <div class="work">
          <yu-toolbar .store=${store} .run=${(action: ActionId) => this.runAndReturn(action)}></yu-toolbar>
          <yu-grid .store=${store} .host=${this.gridHost}></yu-grid>
          ${this.twins()}
          <yu-panel .store=${store} .api=${app.api} .images=${app.images} .pick=${pick} .take=${() => this.runAndReturn('take_repair')}></yu-panel>
        </div>
      </main>
      <yu-label-picker></yu-label-picker>
      <yu-merge-view></yu-merge-view>
      <yu-table-dialogs></yu-table-dialogs>`;
  }

  private bar(): TemplateResult {
    const { view, doubts, closures, locked } = this.store;
    const count = (light: string): number => closures.filter((each) => each.light === light).length;
    const [holds, fails, unknown] = [count('holds'), count('fails'), count('unknown')];
    const { number } = view.page;
    const square = (id: 'queue' | 'previous_page' | 'next_page', name: string, disabled = false): TemplateResult => {
      const title = `${t(`action.${id}`)}（${keyHint(id)}）`;
      return html`<button class="square" data-action=${id} title=${title} aria-label=${title} ?disabled=${disabled} @click=${() => this.run(id)}>${icon(name)}</button>`;
    };
    return html`<div class="bar">
      ${square('queue', 'back')}
      <h1 title=${view.name}>${view.name}</h1>
      <span class="soft">${t('page.number', { page: number, pages: view.pages })}</span>
      ${square('previous_page', 'previous', number <= 1)} ${square('next_page', 'next', number >= view.pages)}
      <span class="grow"></span>
      <span class="chip ${doubts.length ? 'doubt' : 'good'}" data-testid="doubts">${doubts.length ? `? ${t('page.doubts', { count: doubts.length })}` : `✓ ${t('page.noDoubts')}`}</span>
      <span class="chip ${fails ? 'fail' : holds ? 'good' : ''}" data-testid="lights" data-fails=${fails}>${t('page.lights', { holds, fails, unknown })}</span>
      <span class="spoken" aria-live="polite">${t('page.lightsSpoken', { holds, fails })}</span>
      <button data-action="accept_unsure" title="${t('action.accept_unsure')}（${keyHint('accept_unsure')}）" ?disabled=${locked || this.accepting} @click=${() => this.accept(true)}>
        ${t('page.acceptUnsure')}
      </button>
      <button class="primary" data-action="accept" title="${t('action.accept')}（${keyHint('accept')}）" ?disabled=${locked || this.accepting} @click=${() => this.accept(false)}>
        ${t('page.accept')}
      </button>
    </div>`;
  }

  private banners(): TemplateResult {
    const { view } = this.store;
    const { heldBy } = this;
    const accepted = view.state === 'unsure' ? 'page.acceptedUnsure' : 'page.accepted';
    return html`${view.state === 'open'
      ? nothing
      : html`<div class="banner done" role="status">
          ✓ ${t(accepted, { person: view.accepted_by ?? '' })}<button data-action="reopen" @click=${() => this.reopen()}>${t('page.reopen')}</button>
        </div>`}
    ${heldBy
      ? html`<div class="banner other" role="status">
          ${t('page.claimedBy', { person: heldBy.person })}<button data-action="take" @click=${() => this.claim.claim(true)}>${t('page.take')}</button>
        </div>`
      : nothing}
    ${view.newer_reading ? html`<div class="banner" role="status">${t('page.newer')}</div>` : nothing}
    ${view.page.status === 'ok' ? nothing : html`<div class="banner other" role="status">${t('page.failed', { message: view.page.error ?? view.page.status })}</div>`}`;
  }

  private twins(): TemplateResult | typeof nothing {
    const { twins } = this.store;
    if (!twins) return nothing;
    return html`<div class="twins" role="status" data-testid="twins">
      <span>${t('twins.offer', { count: twins.refs.length, before: twins.before })}</span>
      <button class="primary" @click=${() => this.runAndReturn('apply_twins')}>${t('twins.apply', { text: twins.text })} <kbd>W</kbd></button>
      <button class="quiet" @click=${() => this.store.dismissTwins()}>${t('twins.dismiss')}</button>
    </div>`;
  }

  // --- keys and buttons

  private run(action: ActionId): void {
    this.grid.editor.finish('blur');
    this.commands.run(action);
  }

  private runAndReturn(action: ActionId): void {
    this.run(action);
    if (!['label', 'label_column', 'join', 'edit'].includes(action)) this.grid.focusCell();
  }

  /** Keys pressed elsewhere on the page than in the grid. */
  private readonly keydown = (event: KeyboardEvent): void => {
    if (composing(event) || event.defaultPrevented) return;
    const target = event.composedPath()[0];
    if (this.scan.drawing && event.key === 'Escape') {
      this.scan.stopDrawing();
      event.preventDefault();
      return;
    }
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return;
    if (event.composedPath().some((each) => each instanceof HTMLDialogElement)) return;
    const action = actionOf(event);
    // Keys that work the button or tab which has the focus are its own.
    if (!action || ['Enter', ' ', 'Tab', 'ArrowLeft', 'ArrowRight'].includes(event.key)) return;
    event.preventDefault();
    this.runAndReturn(action);
  };

  private nextRegion(): void {
    const regions = [
      this.grid.editor.element,
      this.renderRoot.querySelector<LitElement>('yu-panel')?.renderRoot.querySelector<HTMLElement>('[role=tab][aria-selected=true]'),
      this.renderRoot.querySelector<HTMLElement>('.bar button:not(:disabled)'),
      this.renderRoot.querySelector<LitElement>('yu-toolbar')?.renderRoot.querySelector<HTMLElement>('button:not(:disabled)'),
    ];
    const now = regions.findIndex((region) => region?.matches(':focus'));
    const host = [this.grid, this.renderRoot.querySelector('yu-panel'), null, this.renderRoot.querySelector('yu-toolbar')].findIndex(
      (each) => each?.matches(':focus-within') ?? false,
    );
    const at = host >= 0 ? host : now >= 0 ? now : 2;
    regions[(at + 1) % regions.length]?.focus();
  }

  private drag(event: PointerEvent): void {
    draggedSplit(event, this.renderRoot.querySelector('main')!, (split) => this.setSplit(split));
  }

  private splitKey(event: KeyboardEvent): void {
    const next = keySplit(event, this.split);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    this.setSplit(next);
  }

  private setSplit(split: string): void {
    this.split = split;
    this.style.setProperty('--split', split);
    this.requestUpdate();
  }

  // --- labels

  private readonly back = (): void => this.grid.focusCell();

  private pickLabel(scope: 'cells' | 'column'): void {
    const { store } = this;
    const at = store.current;
    if (!at) return;
    if (scope === 'column') return this.pickColumn(at.table, at.col);
    const { cell, selectedRefs } = store;
    const now = cell ? wholeLabel(cell.spans, cell.text) : null;
    this.picker.ask(t('label.ofCell'), now, (label) => store.do('label', operations.setLabel(store.desk, selectedRefs, label)), this.back);
  }

  private pickColumn(id: string, col: number): void {
    const { store } = this;
    const table = tableOf(store.tables, id);
    if (!table) return;
    this.picker.ask(
      t('label.ofColumn', { col: col + 1 }),
      columnLabel(table, col),
      (label) => store.do('label_column', operations.setColumnLabel(store.desk, id, col, label)),
      this.back,
    );
  }

  /** What is typed is committed first; where it lost blanks at its beginning, the stretch moves with the text. */
  private labelStretch(at: CellRef, text: string, start: number, end: number): void {
    this.store.setDraft(null);
    if (!this.commands.commit(at, text)) return;
    const clean = typed(text);
    const lead = lengthOf(text) - lengthOf(text.trimStart());
    const [from, to] = [Math.max(0, start - lead), Math.min(lengthOf(clean), end - lead)];
    const heading = t('label.ofStretch', { text: slice(clean, from, to) });
    this.picker.ask(heading, null, (label) => this.store.do('label_stretch', operations.setSpan(this.store.desk, at, from, to, label)), this.back);
  }

  private splitText(at: CellRef, text: string, caret: number, axis: 'row' | 'col'): void {
    this.store.setDraft(null);
    const clean = typed(text);
    const lead = lengthOf(text) - lengthOf(text.trimStart());
    const before = this.store.cell?.text;
    if (clean !== before && !this.commands.commit(at, text)) return;
    this.store.do('split_text', operations.splitText(this.store.desk, at, caret - lead, axis));
  }

  // --- whole tables

  private newTableId(): string {
    const bytes = crypto.getRandomValues(new Uint32Array(1));
    return `n${bytes[0]!.toString(36)}`;
  }

  private drawn(box: [number, number, number, number]): void {
    const { store } = this;
    const add = (table: ReturnType<typeof operations.blankTable>): void => {
      if (store.do('add_table', operations.addTable(store.desk, table))) store.select({ table: table.id, row: 0, col: 0 });
    };
    this.dialogs.askNew(
      {
        read: () => readMissed(this.app.api, store, box, this.newTableId(), add),
        blank: (rows, cols) => add(operations.blankTable(this.newTableId(), store.page, box, rows, cols, store.desk.person)),
      },
      () => {
        this.scan.stopDrawing();
        this.grid.focusCell();
      },
    );
  }

  private async join(): Promise<void> {
    const { store } = this;
    const id = store.current?.table;
    if (!id || store.locked) return;
    const next = await nextTableOf(this.app.api, store, id).catch(() => undefined);
    const table = tableOf(store.tables, id);
    if (!next || !table) return this.app.notify({ message: 'refused.noNext', level: 'info' });
    if (next.n_cols !== table.n_cols) return this.app.notify({ message: 'refused.columns', level: 'error' });
    const join = (drop: number): void => {
      store.do('join', operations.joinNext(store.desk, id, drop));
    };
    this.dialogs.askJoin(operations.repeatedHeader(table, next), next.n_rows, join, this.back);
  }

  private async relabel(id: string): Promise<void> {
    const { store } = this;
    const table = tableOf(store.tables, id);
    if (!table || store.locked) return;
    try {
      const answer = await this.app.api.labelTable(store.view.document, table);
      store.do('relabel', operations.relabel(store.desk, answer.table));
    } catch (error) {
      this.failed(error);
    }
    this.grid.focusCell();
  }

  // --- the page as a whole

  private async accept(unsure: boolean): Promise<void> {
    const { store, app } = this;
    if (this.accepting) return;
    if (store.locked) return app.notify({ message: 'notice.locked', level: 'info' });
    this.grid.editor.finish('blur');
    this.accepting = true;
    this.requestUpdate();
    try {
      const seen = store.tables;
      if (!(await store.sync.settled())) return app.notify({ message: 'notice.notSaved', level: 'error' });
      if (store.tables !== seen && store.tables.some((table, index) => table !== seen[index])) {
        return app.notify({ message: 'notice.changedBeforeAccept', level: 'error' });
      }
      const seconds = Math.min(86_400, (Date.now() - store.began) / 1000);
      const { document, page } = store.view;
      const base = store.version;
      const { next } = await app.api.accept(document, page.number, { base, unsure, strokes: takeStrokes(), seconds });
      this.claim.forget();
      app.notify({ message: next ? 'notice.acceptedNext' : 'notice.acceptedLast', level: 'info' });
      app.go(next ? { view: 'page', document: next.document, page: next.page } : { view: 'queue' });
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) {
        await store.sync.refresh();
        app.notify({ message: 'notice.changedBeforeAccept', level: 'error' });
      } else this.failed(error);
    } finally {
      this.accepting = false;
      this.requestUpdate();
    }
  }

  private async reopen(): Promise<void> {
    try {
      await this.app.api.reopen(this.store.view.document, this.store.page);
      await this.store.sync.refresh();
      this.claim.begin();
    } catch (error) {
      this.failed(error);
    }
    this.grid.focusCell();
  }

  private goToPage(by: 1 | -1): void {
    const { document, page, pages } = this.store.view;
    const target = page.number + by;
    if (target >= 1 && target <= pages) this.app.go({ view: 'page', document, page: target });
    else this.app.notify({ message: 'notice.noPage', level: 'info' });
  }

  private failed(error: unknown): void {
    if (error instanceof ApiError && error.status === 0) this.app.notify({ message: 'notice.offline', level: 'error' });
    else this.app.notify({ message: 'notice.failed', values: { message: messageOf(error) }, level: 'error' });
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ApiError) return [error.problem.error, error.problem.hint].filter(Boolean).join('；');
  return error instanceof Error ? error.message : String(error);
}

function firstCell(store: PageStore): CellRef | null {
  for (const table of store.tables) {
    const cell = table.cells.find((each) => each.page === store.page && each.row >= table.header_rows);
    if (cell) return { table: table.id, row: cell.row, col: cell.col };
  }
  return null;
}


customElements.define('yu-page', Page);
