/** The client of the server: every request, typed. */

import type {
  Accepted,
  AdjudicationView,
  Adjudications,
  BBox,
  CellHistory,
  CellRef,
  Choice,
  Claim,
  Derived,
  EditIn,
  PageView,
  People,
  Problem,
  Queue,
  QueueItem,
  Saved,
  Session,
  Table,
  Words,
} from './types';

/** The server refused; `status` 0 when it could not be reached at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.error);
  }

  /** Whether the same request may go through later. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

export interface QueueFilter {
  state: 'open' | 'accepted' | 'unsure' | 'all';
  document?: string;
  kind?: string;
  why?: string;
  offset?: number;
  limit?: number;
}

export class Api {
  session: Session = { person: null, csrf: '', needs_token: false };
  /** Called when nobody is signed in any more. */
  onSignedOut: () => void = () => undefined;

  async loadSession(): Promise<Session> {
    this.session = await this.get<Session>('session');
    return this.session;
  }

  async signIn(person: string, token?: string): Promise<Session> {
    this.session = await this.send<Session>('POST', 'session', token ? { person, token } : { person });
    return this.session;
  }

  words(): Promise<Words> {
    return this.get('labels');
  }

  queue(filter: QueueFilter): Promise<Queue> {
    return this.get(`queue?${query({ ...filter })}`);
  }

  next(): Promise<QueueItem | null> {
    return this.send('POST', 'queue/next', {});
  }

  people(): Promise<People> {
    return this.get('people');
  }

  page(document: string, page: number): Promise<PageView> {
    return this.get(pagePath(document, page));
  }

  async image(document: string, page: number): Promise<Blob> {
    const response = await this.fetch('GET', `${pagePath(document, page)}/image`);
    return response.blob();
  }

  derived(document: string, page: number, version: number, wait: number, signal?: AbortSignal): Promise<Derived> {
    return this.get(`documents/${document}/derived?${query({ version, page, wait })}`, signal);
  }

  edit(document: string, edit: EditIn): Promise<Saved> {
    return this.send('POST', `documents/${document}/edits`, edit);
  }

  claim(document: string, page: number, take = false): Promise<Claim> {
    return this.send('POST', `${pagePath(document, page)}/claim`, take ? { take } : {});
  }

  /** Let others have a page; the request outlives the page that sends it. */
  async release(document: string, page: number): Promise<void> {
    await this.fetch('DELETE', `${pagePath(document, page)}/claim`, {}, undefined, true);
  }

  accept(document: string, page: number, body: { base: number; unsure: boolean; strokes: number; seconds: number }): Promise<Accepted> {
    return this.send('POST', `${pagePath(document, page)}/accept`, body);
  }

  reopen(document: string, page: number): Promise<{ version: number }> {
    return this.send('POST', `${pagePath(document, page)}/reopen`, {});
  }

  readTable(document: string, page: number, bbox: BBox, table_id: string): Promise<{ table: Table }> {
    return this.send('POST', `${pagePath(document, page)}/read`, { bbox, table_id });
  }

  labelTable(document: string, table: Table): Promise<{ table: Table }> {
    return this.send('POST', `documents/${document}/labels`, { table });
  }

  history(document: string, page: number, { table, row, col }: CellRef): Promise<CellHistory> {
    return this.get(`documents/${document}/history?${query({ table, row, col, page })}`);
  }

  adjudications(): Promise<Adjudications> {
    return this.get('adjudication');
  }

  adjudication(document: string, page: number): Promise<AdjudicationView> {
    return this.get(`${pagePath(document, page)}/adjudication`);
  }

  settle(document: string, page: number, base: number, choices: Choice[]): Promise<{ version: number }> {
    return this.send('POST', `${pagePath(document, page)}/adjudication`, { base, choices });
  }

  private async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const response = await this.fetch('GET', path, undefined, signal);
    return (await response.json()) as T;
  }

  private async send<T>(method: string, path: string, body: unknown): Promise<T> {
    const response = await this.fetch(method, path, body);
    const text = await response.text();
    return (text ? JSON.parse(text) : null) as T;
  }

  private async fetch(method: string, path: string, body?: unknown, signal?: AbortSignal, keepalive = false): Promise<Response> {
    const response = await this.fetchOnce(method, path, body, signal, keepalive);
    if (response.ok) return response;
    const problem = await problemOf(response);
    // The secret is that of an older session: ask for the present one, and try once more.
    if (response.status === 403 && method !== 'GET' && path !== 'session') {
      const before = this.session.csrf;
      await this.loadSession();
      if (this.session.csrf !== before) {
        const again = await this.fetchOnce(method, path, body, signal, keepalive);
        if (again.ok) return again;
        throw new ApiError(again.status, await problemOf(again));
      }
    }
    if (response.status === 401) this.onSignedOut();
    throw new ApiError(response.status, problem);
  }

  private async fetchOnce(method: string, path: string, body: unknown, signal?: AbortSignal, keepalive = false): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (method !== 'GET') {
      headers['X-Yusuan-CSRF'] = this.session.csrf;
      headers['Content-Type'] = 'application/json';
    }
    try {
      return await fetch(`api/${path}`, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        credentials: 'same-origin',
        signal: signal ?? null,
        keepalive,
      });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new ApiError(0, { error: 'offline', hint: null });
    }
  }
}

function pagePath(document: string, page: number): string {
  return `documents/${document}/pages/${page}`;
}

function query(values: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== undefined && value !== '') search.set(key, String(value));
  return search.toString();
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const body = (await response.json()) as Partial<Problem>;
    return { ...body, error: body.error ?? response.statusText, hint: body.hint ?? null };
  } catch {
    return { error: response.statusText || String(response.status), hint: null };
  }
}
