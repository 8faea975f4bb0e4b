/** The state of a page under review: tables, selection, undo, doubts and lights. Views listen to it. */

import type { Api } from '../api/client';
import type { Outbox } from '../api/outbox';
import type { Cell, CellRef, Derived, Doubt, PageView, Patch, Place, Table } from '../api/types';
import type { Message } from '../i18n';
import { doubtsLeft, follow } from '../model/derived';
import * as histories from '../model/history';
import type { Desk, Outcome } from '../model/operations';
import { followed, invert } from '../model/patch';
import { byCell, closures, type Closure, textsOf } from '../model/sums';
import { type Area, areaOf, cellAt, cellsIn, refKey, tableOf } from '../model/table';
import { twinsOf } from '../model/twins';
import { anchorOf, areaOfSelection, type Selection, single } from './selection';
import { type Question, Sync } from './sync';

const KEEP_MS = 500;

export type What = 'tables' | 'selection' | 'derived' | 'draft' | 'page' | 'question' | 'twins' | 'highlight';

export interface Notice {
  message: Message;
  values?: Record<string, string | number>;
  level: 'info' | 'error';
}

export interface Twins {
  refs: CellRef[];
  before: string;
  text: string;
}

export class PageStore {
  readonly sync: Sync;
  derived: Derived;
  selection: Selection | null = null;
  history: histories.History;
  /** The text that is being typed, for the lights. */
  draft: { ref: CellRef; text: string } | null = null;
  doubts: Doubt[] = [];
  closures: Closure[] = [];
  /** Cells in sums that fail, or that other failed checks name, by key. */
  failed = new Set<string>();
  question: Question | null = null;
  twins: Twins | null = null;
  /** Cells of a sum or record that is looked at, by key. */
  highlight: ReadonlySet<string> = new Set();
  /** Whether the person goes from doubt to doubt: then Enter goes on to the next. */
  walking = false;
  readonly began = Date.now();
  strokes = 0;
  private listeners = new Set<(what: What) => void>();
  private poll: AbortController | null = null;
  private keeping: ReturnType<typeof setTimeout> | undefined;
  private versions = new Map<string, number>();

  constructor(
    private readonly api: Api,
    readonly outbox: Outbox,
    view: PageView,
    readonly notify: (notice: Notice) => void,
  ) {
    this.derived = view.derived;
    this.history = this.keptHistory(view);
    this.sync = new Sync(api, outbox, view, {
      taken: (theirs, fresh, people) => this.taken(theirs, fresh, people),
      acknowledged: (edit, version) => this.acknowledged(edit, version),
      asks: (question) => {
        this.question = question;
        this.tell('question');
      },
      rejected: (message) => {
        this.history = histories.EMPTY;
        this.keepHistory();
        notify({ message: 'notice.rejected', values: { message }, level: 'error' });
      },
    });
    addEventListener('pagehide', this.keepNow);
    this.reckon();
    if (this.derived.version < this.version) void this.pollDerived();
  }

  close(): void {
    this.keepNow();
    removeEventListener('pagehide', this.keepNow);
    this.poll?.abort();
    this.sync.close();
    this.listeners.clear();
  }

  subscribe(listener: (what: What) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(what: What): void {
    for (const listener of [...this.listeners]) listener(what);
  }

  get view(): PageView {
    return this.sync.view;
  }

  get page(): number {
    return this.view.page.number;
  }

  get tables(): Table[] {
    return this.sync.tables;
  }

  get version(): number {
    return this.sync.version;
  }

  get desk(): Desk {
    return { tables: this.tables, person: this.api.session.person ?? '', lead: this.sync.lead };
  }

  get locked(): boolean {
    return this.view.state !== 'open';
  }

  // --- selection

  get table(): Table | undefined {
    return this.selection ? tableOf(this.tables, this.selection.table) : undefined;
  }

  /** The place of the cell that is looked at. */
  get current(): CellRef | null {
    const table = this.table;
    return table && this.selection ? anchorOf(table, this.selection.focus) : null;
  }

  get cell(): Cell | undefined {
    const table = this.table;
    return table && this.selection ? cellAt(table, ...this.selection.focus) : undefined;
  }

  get area(): Area | null {
    const table = this.table;
    return table && this.selection ? areaOfSelection(table, this.selection) : null;
  }

  get selectedRefs(): CellRef[] {
    const [table, area] = [this.table, this.area];
    return table && area ? cellsIn(table, area).map((cell) => ({ table: table.id, row: cell.row, col: cell.col })) : [];
  }

  select(ref: CellRef | null, walking = false): void {
    this.setSelection(ref && single(ref), walking);
  }

  extend(place: Place): void {
    if (this.selection) this.setSelection({ ...this.selection, focus: place }, false);
  }

  setSelection(selection: Selection | null, walking: boolean): void {
    this.walking = walking;
    this.selection = selection;
    if (this.highlight.size) this.setHighlight([]);
    this.tell('selection');
  }

  setHighlight(refs: readonly CellRef[]): void {
    this.highlight = new Set(refs.map(refKey));
    this.tell('highlight');
  }

  /** The next (1) or previous (-1) doubtful cell on this page; null when none is left. */
  nextDoubt(direction: 1 | -1): CellRef | null {
    const doubts = this.doubts;
    if (!doubts.length) return null;
    const here = this.current;
    if (!here) return direction > 0 ? doubts[0]! : doubts.at(-1)!;
    const order = (ref: CellRef): number[] => [this.tables.findIndex((table) => table.id === ref.table), ref.row, ref.col];
    const compared = doubts.map((doubt) => ({ doubt, side: compareOrder(order(doubt), order(here)) }));
    const found = direction > 0 ? compared.find((each) => each.side > 0) : compared.findLast((each) => each.side < 0);
    return (found ?? (direction > 0 ? compared[0] : compared.at(-1)))?.doubt ?? null;
  }

  // --- edits

  /** Do what an operation gave, or say why it cannot be done. */
  do(action: string, outcome: Outcome): boolean {
    if (this.locked) {
      this.notify({ message: 'notice.locked', level: 'error' });
      return false;
    }
    if (!outcome.ok) {
      this.notify({ message: outcome.reason, level: 'info' });
      return false;
    }
    const before = this.tables;
    const at = this.current;
    const inverse = invert(before, outcome.patches, this.sync.lead);
    const edit = this.sync.edit(action, outcome.patches);
    const { patches } = outcome;
    this.history = histories.done(this.history, { edit, action, patches, inverse, at: at && refKey(at) });
    this.keepHistory();
    this.changed(patches);
    return true;
  }

  /** Type into a cell, and see whether others stand as it did. */
  offerTwins(ref: CellRef, before: Cell | undefined): void {
    const text = tableOf(this.tables, ref.table) && cellAt(tableOf(this.tables, ref.table)!, ref.row, ref.col)?.text;
    const refs = before && text !== undefined && text !== before.text ? twinsOf(this.tables, ref, before) : [];
    this.twins = refs.length && before && text !== undefined ? { refs, before: before.text, text } : null;
    this.tell('twins');
  }

  dismissTwins(): void {
    this.twins = null;
    this.tell('twins');
  }

  undo(): void {
    const step = this.history.undo.at(-1);
    if (!step) return this.notify({ message: 'notice.nothingToUndo', level: 'info' });
    if (!this.sendStep('undo', step.inverse, step.edit)) return;
    this.history = histories.undone(this.history);
    this.afterStep(step.inverse, step.at);
  }

  redo(): void {
    const step = this.history.redo.at(-1);
    if (!step) return this.notify({ message: 'notice.nothingToRedo', level: 'info' });
    const edit = this.sendStep('redo', step.patches, null);
    if (!edit) return;
    this.history = histories.redone(this.history, edit);
    this.afterStep(step.patches, step.at);
  }

  private sendStep(action: string, patches: Patch[], undoes: string | null): string | null {
    if (this.locked) {
      this.notify({ message: 'notice.locked', level: 'error' });
      return null;
    }
    try {
      return this.sync.edit(action, patches, undoes ? { edit: undoes, version: this.versions.get(undoes) ?? null } : null);
    } catch {
      // Others have changed what this would touch.
      this.history = histories.EMPTY;
      this.keepHistory();
      this.notify({ message: 'notice.cannotUndo', level: 'error' });
      return null;
    }
  }

  private afterStep(patches: Patch[], at: string | null): void {
    this.keepHistory();
    this.changed(patches);
    if (at) {
      const [table = '', row, col] = at.split(':');
      const target = tableOf(this.tables, table);
      if (target && Number(row) < target.n_rows && Number(col) < target.n_cols) this.select({ table, row: Number(row), col: Number(col) });
    }
  }

  private changed(patches: readonly Patch[]): void {
    this.derived = follow(this.derived, patches);
    this.twins = null;
    this.draft = null;
    this.keepSelection(patches);
    this.reckon();
    this.tell('tables');
  }

  /** Let the selection go with what it is on. */
  private keepSelection(patches: readonly Patch[]): void {
    if (!this.selection) return;
    const { table, anchor, focus } = this.selection;
    const moved = [anchor, focus].map(([row, col]) => {
      let ref: CellRef | undefined = { table, row, col };
      for (const patch of patches) ref = ref && patch.op === 'change' && patch.splices.length ? followed(ref, patch) : ref;
      return ref ?? { table, row, col };
    });
    const target = tableOf(this.tables, table);
    if (!target || !target.n_rows || !target.n_cols) {
      this.selection = null;
      return;
    }
    const inside = ({ row, col }: CellRef): Place => [Math.min(row, target.n_rows - 1), Math.min(col, target.n_cols - 1)];
    this.selection = { table, anchor: inside(moved[0]!), focus: inside(moved[1]!) };
  }

  // --- what follows from the tables

  /** Doubts and lights from the tables as they are. */
  private reckon(): void {
    this.doubts = doubtsLeft(this.derived, this.tables, this.page);
    this.closures = closures(this.derived.equations, textsOf(this.tables, this.draft ?? undefined));
    const failed = new Set<string>();
    const sums = new Set(this.derived.equations.map((equation) => equation.id));
    for (const each of this.closures) {
      if (each.light !== 'fails') continue;
      for (const term of [...each.equation.left, ...each.equation.right]) failed.add(refKey(term));
    }
    for (const finding of this.derived.findings) {
      if (finding.status === 'fail' && !sums.has(finding.id)) for (const ref of finding.cells) failed.add(refKey(ref));
    }
    this.failed = failed;
  }

  /** While a text is typed only the sums of its cell are reckoned anew. */
  setDraft(draft: { ref: CellRef; text: string } | null): void {
    this.draft = draft;
    if (draft) {
      const own = new Set(byCell(this.derived.equations).get(refKey(draft.ref)));
      if (own.size) {
        const texts = textsOf(this.tables, draft);
        this.closures = this.closures.map((each) => (own.has(each.equation) ? closures([each.equation], texts)[0]! : each));
      }
    } else {
      this.reckon();
    }
    this.tell('draft');
  }

  private async pollDerived(): Promise<void> {
    this.poll?.abort();
    const poll = new AbortController();
    this.poll = poll;
    while (!poll.signal.aborted) {
      const wanted = this.lastSaved();
      const derived = await this.api
        .derived(this.view.document, this.page, wanted, 20, poll.signal)
        .catch(() => null);
      if (poll.signal.aborted) return;
      if (!derived) {
        await new Promise((resolve) => setTimeout(resolve, 3000));
        continue;
      }
      if (derived.version < wanted) continue;
      this.takeDerived(derived);
      if (this.lastSaved() <= derived.version) return;
    }
  }

  private saved = 0;

  private lastSaved(): number {
    return Math.max(this.saved, this.version);
  }

  private takeDerived(derived: Derived): void {
    // What is still on its way has moved lines since.
    const pending = this.outbox.of(this.view.document).flatMap((each) => each.edit.patches);
    this.derived = follow(derived, pending);
    this.reckon();
    this.tell('derived');
    this.sync.noteVersion(derived.version);
  }

  private acknowledged(edit: string, version: number): void {
    this.versions.set(edit, version);
    this.saved = Math.max(this.saved, version);
    this.keepHistory();
    void this.pollDerived();
  }

  private taken(theirs: Patch[], view: PageView, people: string[]): void {
    this.history = histories.rebased(this.history, theirs);
    this.keepHistory();
    this.derived = follow(view.derived.version >= 0 ? view.derived : this.derived, this.outbox.of(view.document).flatMap((each) => each.edit.patches));
    this.question = null;
    this.keepSelection(theirs);
    this.reckon();
    this.tell('tables');
    this.tell('page');
    if (theirs.length) {
      const message: Message = people.length ? 'notice.mergedWith' : 'notice.changedByOthers';
      this.notify({ message, values: { people: people.join('、') }, level: 'info' });
    }
    if (view.derived.version < view.version) void this.pollDerived();
  }

  decide(takeMine: ReadonlySet<string>): void {
    const question = this.question;
    this.question = null;
    if (question) this.sync.decide(question, takeMine);
    this.tell('question');
  }

  /** The whole of a cell as an area, for what works on rectangles. */
  areaOfCurrent(): Area | null {
    const [table, cell, at] = [this.table, this.cell, this.current];
    if (!table || !at) return null;
    return cell ? areaOf(table.id, cell) : { table: table.id, top: at.row, left: at.col, bottom: at.row + 1, right: at.col + 1 };
  }

  // --- the history is kept over a reload, as long as nobody else has changed anything

  private historyKey(view: PageView): string {
    return `yusuan.history.${view.document}.${view.page.number}`;
  }

  /** Soon, not at once: to write down all steps takes longer than the step. */
  private keepHistory(): void {
    this.keeping ??= setTimeout(() => this.keepNow(), KEEP_MS);
  }

  private readonly keepNow = (): void => {
    clearTimeout(this.keeping);
    this.keeping = undefined;
    try {
      const kept = { version: this.lastSaved() + this.outbox.of(this.view.document).length, text: histories.dump(this.history) };
      sessionStorage.setItem(this.historyKey(this.view), JSON.stringify(kept));
    } catch {
      // The store is full: undo ends with a reload then.
    }
  };

  private keptHistory(view: PageView): histories.History {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.historyKey(view)) ?? 'null') as { version: number; text: string } | null;
      return kept?.version === view.version ? histories.load(kept.text) : histories.EMPTY;
    } catch {
      return histories.EMPTY;
    }
  }
}

function compareOrder(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return a[index]! - b[index]!;
  return 0;
}
