/** The app: who is signed in, where one is, what is on its way to the server. Views hang below this element. */

import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { Api, ApiError } from './api/client';
import { newId, Outbox } from './api/outbox';
import type { Progress } from './api/types';
import { onLanguage, setLanguage, setWords, languageNow, t } from './i18n';
import { Images } from './page/images';
import './page/page';
import { type Notice, PageStore } from './page/store';
import { hashOf, type Route, routeOf } from './routes';
import { shared } from './styles/shared';
import './views/adjudication';
import './views/adjudications';
import type { Help } from './views/help';
import './views/help';
import './views/people';
import './views/queue';
import './views/sign-in';
import type { Toasts } from './views/toasts';
import './views/toasts';
import './views/top-bar';

const ADOPT_MS = 15_000;

export class App extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        height: 100vh;
      }
      .view {
        min-width: 0;
        min-height: 0;
        overflow: hidden;
      }
      .middle {
        display: grid;
        height: 100%;
        align-content: center;
        justify-items: center;
        gap: 14px;
        color: var(--ink-soft);
      }
    `,
  ];

  readonly api = new Api();
  readonly images = new Images(this.api);
  readonly outbox = new Outbox(localStorage, (document, edit) => this.api.edit(document, edit), newId());
  /** From the address that the server printed; it does not stay in the address bar. */
  readonly token = tokenInAddress();
  route: Route = routeOf(location.hash);
  progress: Progress | null = null;
  private ready = false;
  private problem = '';
  private store: PageStore | null = null;
  private loading = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    setLanguage(languageNow());
    onLanguage(() => this.requestUpdate());
    this.api.onSignedOut = () => {
      if (!this.api.session.person) return;
      this.api.session = { ...this.api.session, person: null };
      this.notify({ message: 'notice.signedOut', level: 'error' });
      this.requestUpdate();
    };
    addEventListener('hashchange', () => this.moved());
    addEventListener('online', () => void this.outbox.flush());
    addEventListener('pagehide', () => this.outbox.close());
    // A page that comes back from the browser's memory has lost its outbox to another one.
    addEventListener('pageshow', (event) => {
      if (event.persisted) location.reload();
    });
    setInterval(() => this.outbox.beat(), Outbox.beatMs);
    setInterval(() => {
      this.outbox.adopt();
      void this.outbox.flush();
    }, ADOPT_MS);
    void this.begin();
  }

  async begin(): Promise<void> {
    this.problem = '';
    this.requestUpdate();
    try {
      const [session, words] = await Promise.all([this.api.loadSession(), this.api.words()]);
      setWords(words);
      this.ready = true;
      if (session.person) await this.enter();
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.requestUpdate();
  }

  /** Somebody has signed in. */
  async enter(): Promise<void> {
    void this.outbox.flush();
    await this.moved();
    void this.loadProgress();
    this.requestUpdate();
  }

  signOut(): void {
    this.closePage();
    this.api.session = { ...this.api.session, person: null };
    this.requestUpdate();
  }

  go(route: Route): void {
    const hash = hashOf(route);
    if (location.hash === hash) void this.moved();
    else location.hash = hash;
  }

  notify(notice: Notice): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<Toasts>('yu-toasts')?.show(notice));
  }

  help(): void {
    this.renderRoot.querySelector<Help>('yu-help')?.open();
  }

  async loadProgress(): Promise<void> {
    const queue = await this.api.queue({ state: 'open', limit: 1 }).catch(() => null);
    if (!queue) return;
    this.progress = queue.progress;
    this.requestUpdate();
  }

  private async moved(): Promise<void> {
    const before = this.route;
    this.route = routeOf(location.hash);
    if (this.route.view === 'page') await this.openPage(this.route.document, this.route.page);
    else this.closePage();
    if (before.view === 'page') void this.loadProgress();
    this.requestUpdate();
  }

  private closePage(): void {
    this.loading++;
    this.store = null;
    this.problem = '';
    this.requestUpdate();
  }

  private async openPage(document: string, page: number): Promise<void> {
    if (!this.api.session.person) return;
    this.closePage();
    const turn = this.loading;
    try {
      // What is still on its way belongs to the page that is asked for.
      if (this.outbox.of(document).length) await this.outbox.flush();
      void this.images.get(document, page).catch(() => undefined);
      const view = await this.api.page(document, page);
      if (turn !== this.loading) return;
      this.store = new PageStore(this.api, this.outbox, view, (notice) => this.notify(notice));
    } catch (error) {
      if (turn === this.loading) this.problem = messageOf(error);
    }
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const { person } = this.api.session;
    return html`<yu-top-bar .app=${this} .route=${this.route} .progress=${this.progress} .person=${person}></yu-top-bar>
      <div class="view">${this.ready && !person ? html`<yu-sign-in .app=${this}></yu-sign-in>` : this.content()}</div>
      <yu-toasts></yu-toasts>
      <yu-help></yu-help>`;
  }

  private content(): TemplateResult | typeof nothing {
    if (this.problem) {
      return html`<div class="middle" role="alert">
        <p>${t('app.failed', { message: this.problem })}</p>
        <button class="primary" @click=${() => (this.ready ? this.moved() : this.begin())}>${t('app.retry')}</button>
        ${this.ready ? html`<button @click=${() => this.go({ view: 'queue' })}>${t('page.back')}</button>` : nothing}
      </div>`;
    }
    if (!this.ready) return html`<div class="middle" role="status">${t('app.loading')}</div>`;
    switch (this.route.view) {
      case 'queue':
        return html`<yu-queue .app=${this}></yu-queue>`;
      case 'people':
        return html`<yu-people .app=${this}></yu-people>`;
      case 'adjudications':
        return html`<yu-adjudications .app=${this}></yu-adjudications>`;
      case 'adjudication':
        return html`${keyed(location.hash, html`<yu-adjudication .app=${this} .document=${this.route.document} .page=${this.route.page}></yu-adjudication>`)}`;
      case 'page':
        return this.store
          ? html`${keyed(this.store, html`<yu-page .app=${this} .store=${this.store}></yu-page>`)}`
          : html`<div class="middle" role="status">${t('app.loading')}</div>`;
    }
  }
}

function tokenInAddress(): string {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1] ?? '';
  if (token) history.replaceState(null, '', '#/queue');
  return decodeURIComponent(token);
}

/** What went wrong, in the words of the server. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.status === 0 ? t('notice.offline') : [error.problem.error, error.problem.hint].filter(Boolean).join('；');
  return error instanceof Error ? error.message : String(error);
}

customElements.define('yu-app', App);
