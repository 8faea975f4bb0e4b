/**
 * A page and the server in step: edits go to the outbox, what others did is taken in or laid before the person.
 *
 * `confirmed` are the tables as the server is known to have them, `tables` those with all edits that are still
 * on their way. `known` says, table by table, up to which version we have seen them: our own edits are known to us
 * before everything that others did in between is.
 */

import type { Api } from '../api/client';
import { newId, type Outbox, type OutboxNotice, type Pending } from '../api/outbox';
import type { Conflict, EditIn, PageView, Patch, Table } from '../api/types';
import { between, dispute, type Dispute, rebase, settle, theirsOf } from '../model/merge';
import { apply, touchedTables } from '../model/patch';
import { takeStrokes } from './strokes';

/** What a person must decide before their edits can be stored. */
export interface Question {
  dispute: Dispute;
  mine: Table[];
  fresh: PageView;
  patches: Patch[];
  people: string[];
}

export interface SyncListener {
  /** Tables have changed under us; `theirs` are the patches of others. */
  taken(theirs: Patch[], view: PageView, people: string[]): void;
  acknowledged(edit: string, version: number): void;
  asks(question: Question): void;
  rejected(message: string): void;
}

export class Sync {
  confirmed: Table[];
  tables: Table[];
  version: number;
  lead: string | null;
  private known = new Map<string, number>();
  private stale = false;
  /** The version that was there when the page was loaded: what older edits were made on is not known. */
  private readonly loaded: number;
  private refreshing: Promise<void> | null = null;
  private readonly stop: () => void;

  constructor(
    private readonly api: Api,
    private readonly outbox: Outbox,
    public view: PageView,
    private readonly listener: SyncListener,
  ) {
    this.confirmed = view.tables;
    this.tables = view.tables;
    this.version = view.version;
    this.loaded = view.version;
    this.lead = view.previous ?? null;
    this.stop = outbox.subscribe((notice) => void this.heard(notice));
    this.takeLeftovers();
  }

  close(): void {
    this.stop();
  }

  /** Edits of an earlier visit that are still on their way. */
  private takeLeftovers(): void {
    const left = this.outbox.of(this.document);
    if (!left.length) return;
    try {
      this.tables = apply(this.tables, left.flatMap((each) => each.edit.patches), this.lead);
    } catch {
      // They do not fit any more: the server will say so, and the person is asked.
    }
    queueMicrotask(() => this.outbox.retry(this.document));
  }

  get document(): string {
    return this.view.document;
  }

  /** Do patches here, and have them sent; returns the id of the edit. Throws when they do not fit. */
  edit(action: string, patches: Patch[], undoes: { edit: string; version: number | null } | null = null): string {
    this.tables = apply(this.tables, patches, this.lead);
    const waits = undoes !== null && this.outbox.of(this.document).some((each) => each.edit.edit === undoes.edit);
    const edit: EditIn = {
      edit: newId(),
      base: this.base(touchedTables(patches)),
      page: this.view.page.number,
      action,
      patches,
      strokes: takeStrokes(),
      undoes: waits ? null : (undoes?.version ?? null),
    };
    this.outbox.add(this.document, edit, waits ? undoes.edit : null);
    return edit.edit;
  }

  /** The version up to which tables have been seen. */
  base(tables: readonly string[]): number {
    return Math.min(...tables.map((table) => this.known.get(table) ?? this.version), Number.MAX_SAFE_INTEGER);
  }

  /** Tables of other pages that are worked on here too: the next one, to be joined. */
  extend(tables: readonly Table[], version: number): void {
    const more = tables.filter((table) => !this.tables.some((each) => each.id === table.id));
    for (const table of more) this.known.set(table.id, version);
    this.tables = [...this.tables, ...more];
    this.confirmed = [...this.confirmed, ...more];
  }

  /** The server has something newer than we know of. */
  noteVersion(version: number): void {
    if (version > this.version) this.stale = true;
    void this.refreshWhenIdle();
  }

  /** All edits are stored, and we have seen what others did; false when that cannot be had now. */
  async settled(): Promise<boolean> {
    await this.outbox.flush();
    if (this.outbox.of(this.document).length) return false;
    await this.refreshWhenIdle();
    return !this.stale;
  }

  private async heard(notice: OutboxNotice): Promise<void> {
    if (notice.what === 'state') return;
    if (notice.pending.document !== this.document) return;
    if (notice.what === 'saved') this.saved(notice.pending, notice.version);
    else if (notice.what === 'conflict') await this.conflict(notice.pending, notice.conflict);
    else {
      await this.refresh();
      this.listener.rejected(notice.error.problem.error);
    }
  }

  private saved({ edit }: Pending, version: number): void {
    if (version <= this.view.version) {
      // It was stored before this page was loaded: its answer was lost.
      this.stale = true;
    } else {
      try {
        this.confirmed = apply(this.confirmed, edit.patches, this.lead);
      } catch {
        this.stale = true;
      }
    }
    for (const table of touchedTables(edit.patches)) this.known.set(table, version);
    if (version === this.version + 1) this.version = version;
    else if (version > this.version) this.stale = true;
    this.listener.acknowledged(edit.edit, version);
    void this.refreshWhenIdle();
  }

  private async refreshWhenIdle(): Promise<void> {
    if (this.stale && !this.outbox.of(this.document).length) {
      this.refreshing ??= this.refresh().finally(() => (this.refreshing = null));
    }
    await this.refreshing;
  }

  /** Ask for the page again and take it as it is, when nothing of ours is on its way. */
  async refresh(): Promise<void> {
    const fresh = await this.api.page(this.document, this.view.page.number).catch(() => null);
    if (!fresh || this.outbox.of(this.document).length) return;
    const theirs = between(this.tables, fresh.tables);
    this.take(fresh);
    this.tables = fresh.tables;
    this.listener.taken(theirs, fresh, []);
  }

  private take(fresh: PageView): void {
    this.view = fresh;
    this.confirmed = fresh.tables;
    this.version = fresh.version;
    this.lead = fresh.previous ?? null;
    this.known.clear();
    this.stale = false;
  }

  private async conflict(first: Pending, conflict: Conflict): Promise<void> {
    const events = theirsOf(conflict.events, new Set(first.own));
    const people = [...new Set(events.map((event) => event.person))];
    const others = events.flatMap((event) => event.patches);
    const fresh = await this.api.page(this.document, this.view.page.number).catch(() => null);
    if (!fresh) return void setTimeout(() => void this.conflict(first, conflict), 3000);
    const pending = this.outbox.of(this.document);
    const patches = pending.flatMap((each) => each.edit.patches);
    const base = first.edit.base < this.loaded ? [] : this.confirmed;
    const mine = this.tables;
    const merged = rebase(fresh.tables, patches, others, fresh.previous ?? null);
    if (merged) {
      const theirs = between(this.confirmed, fresh.tables);
      this.take(fresh);
      this.tables = merged;
      this.outbox.resolve(this.document, pending, fresh.version);
      this.listener.taken(theirs, fresh, people);
      return;
    }
    this.listener.asks({ dispute: dispute(base, mine, fresh.tables, patches), mine, fresh, patches, people });
  }

  /** What the person decided: which cells (or tables) are taken as they had them. */
  decide(question: Question, takeMine: ReadonlySet<string>): void {
    const { fresh, mine, patches } = question;
    const lead = fresh.previous ?? null;
    const kept = settle(fresh.tables, mine, patches, question.dispute, takeMine, lead);
    let tables = fresh.tables;
    try {
      tables = apply(fresh.tables, kept, lead);
    } catch {
      kept.length = 0;
    }
    const theirs = between(this.tables, tables);
    this.take(fresh);
    this.tables = tables;
    const edit: EditIn = {
      edit: newId(),
      base: fresh.version,
      page: fresh.page.number,
      action: 'merge_mine',
      patches: kept,
      strokes: takeStrokes(),
      undoes: null,
    };
    this.outbox.resolve(this.document, kept.length ? [{ edit, undoes: null }] : [], fresh.version);
    this.listener.taken(theirs, fresh, question.people);
  }
}
