/**
 * The outbox: every edit goes to the server at once, and stays here until that says it is on the disk. What is
 * here survives a reload and is sent again, in order and under the same id, which the server does only once.
 */

import { touchedTables } from '../model/patch';
import { ApiError } from './client';
import type { Conflict, EditIn, Saved } from './types';

export interface Pending {
  document: string;
  edit: EditIn;
  /** Versions since `edit.base` that are this browser's own doing. */
  own: number[];
  /** Id of an edit, still here, that this one takes back; its version is not known yet. */
  undoes: string | null;
}

export type SaveState = 'saved' | 'saving' | 'offline' | 'conflict';

export type OutboxNotice =
  | { what: 'state' }
  | { what: 'saved'; pending: Pending; version: number }
  | { what: 'conflict'; pending: Pending; conflict: Conflict }
  | { what: 'rejected'; pending: Pending; dropped: Pending[]; error: ApiError };

type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;
type Send = (document: string, edit: EditIn) => Promise<Saved>;

const PREFIX = 'yusuan.outbox.';
const BEAT_MS = 4000;
const DEAD_MS = 15_000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

interface Record {
  /** When the page that wrote this was last alive; 0 once it is closed. */
  alive: number;
  pending: Pending[];
}

export class Outbox {
  private pending: Pending[] = [];
  private blocked = new Set<string>();
  private listeners = new Set<(notice: OutboxNotice) => void>();
  private running: Promise<void> | null = null;
  private wait = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private offline = false;
  private readonly key: string;

  constructor(
    private readonly storage: Kept,
    private readonly send: Send,
    id: string,
    private readonly now: () => number = Date.now,
  ) {
    this.key = PREFIX + id;
    this.adopt();
  }

  /** Take over what pages that are closed have left; called now and then, as they may crash without a word. */
  adopt(): void {
    const keys = Array.from({ length: this.storage.length }, (_, index) => this.storage.key(index));
    for (const key of keys) {
      if (!key?.startsWith(PREFIX) || key === this.key) continue;
      const record = parse(this.storage.getItem(key));
      if (record?.alive && this.now() - record.alive < DEAD_MS) continue;
      this.storage.removeItem(key);
      if (record) this.pending.unshift(...record.pending);
    }
    this.keep();
  }

  /** Say that this page is alive, so that no other takes its edits over. */
  beat(): void {
    if (this.pending.length) this.keep();
  }

  /** This page is closed: the next one may take over at once. */
  close(): void {
    if (this.pending.length) this.write(0);
  }

  static readonly beatMs = BEAT_MS;

  subscribe(listener: (notice: OutboxNotice) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  add(document: string, edit: EditIn, undoes: string | null = null): void {
    this.pending.push({ document, edit, own: [], undoes });
    this.keep();
    this.tell({ what: 'state' });
    void this.flush();
  }

  of(document: string): readonly Pending[] {
    return this.pending.filter((each) => each.document === document);
  }

  get size(): number {
    return this.pending.length;
  }

  get documents(): string[] {
    return [...new Set(this.pending.map((each) => each.document))];
  }

  get state(): SaveState {
    if (!this.pending.length) return 'saved';
    if (this.blocked.size) return 'conflict';
    return this.offline ? 'offline' : 'saving';
  }

  /** After a conflict: what is to be done instead, over `base`; the other edits of the document go on from there. */
  resolve(document: string, edits: readonly { edit: EditIn; undoes: string | null }[], base: number): void {
    const others = this.pending.filter((each) => each.document !== document);
    const own = edits.map(({ edit, undoes }) => ({ document, edit: { ...edit, base }, own: [], undoes }));
    this.pending = [...others, ...own];
    this.blocked.delete(document);
    this.keep();
    this.tell({ what: 'state' });
    void this.flush();
  }

  /** Try again what waits for a decision: a page is there now that can ask for it. */
  retry(document: string): void {
    if (this.blocked.delete(document)) void this.flush();
  }

  /** Send what is here; resolves when all is sent, or nothing more can be. */
  flush(): Promise<void> {
    this.running ??= this.run().finally(() => {
      this.running = null;
      this.tell({ what: 'state' });
    });
    return this.running;
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    for (;;) {
      const next = this.pending.find((each) => !this.blocked.has(each.document));
      if (!next) return;
      try {
        const { version } = await this.send(next.document, next.edit);
        this.offline = false;
        this.wait = FIRST_WAIT_MS;
        this.saved(next, version);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 409 && 'events' in error.problem) {
          this.blocked.add(next.document);
          this.tell({ what: 'conflict', pending: next, conflict: error.problem as Conflict });
        } else if (error.passing || error.status === 401 || error.status === 403) {
          this.offline = true;
          this.timer = setTimeout(() => void this.flush(), this.wait);
          this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 2);
          return;
        } else {
          // It will never fit, and what was built on it neither.
          const dropped = this.pending.filter((each) => each.document === next.document);
          this.pending = this.pending.filter((each) => each.document !== next.document);
          this.keep();
          this.tell({ what: 'rejected', pending: next, dropped, error });
        }
      }
    }
  }

  private saved(done: Pending, version: number): void {
    this.pending = this.pending.filter((each) => each !== done);
    const tables = new Set(touchedTables(done.edit.patches));
    for (const each of this.pending) {
      if (each.document !== done.document) continue;
      if (each.undoes === done.edit.edit) {
        each.undoes = null;
        each.edit = { ...each.edit, undoes: version };
      }
      // An edit of the same tables alone has seen all that this one has; so has any where nothing came between.
      const sees = touchedTables(each.edit.patches).every((table) => tables.has(table));
      if (sees || version === each.edit.base + 1) {
        each.edit = { ...each.edit, base: version };
        each.own = [];
      } else {
        each.own.push(version);
      }
    }
    this.keep();
    this.tell({ what: 'saved', pending: done, version });
  }

  private keep(): void {
    this.write(this.now());
  }

  private write(alive: number): void {
    if (!this.pending.length) this.storage.removeItem(this.key);
    else this.storage.setItem(this.key, JSON.stringify({ alive, pending: this.pending } satisfies Record));
  }

  private tell(notice: OutboxNotice): void {
    for (const listener of [...this.listeners]) listener(notice);
  }
}

function parse(text: string | null): Record | null {
  try {
    const value = JSON.parse(text ?? '') as Record;
    return Array.isArray(value.pending) && typeof value.alive === 'number' ? value : null;
  } catch {
    return null;
  }
}

/** An id for an edit; `crypto.randomUUID` is missing where a page is not served over a safe connection. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
