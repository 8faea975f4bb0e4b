/** The queue: which pages wait, what is left, when one may stop. */

import { css, html, nothing, type TemplateResult } from 'lit';
import type { QueueFilter } from '../api/client';
import type { Queue, QueueItem } from '../api/types';
import { messageOf } from '../app';
import { allWords, money, nameOf, percent, t } from '../i18n';
import { hashOf } from '../routes';
import { shared } from '../styles/shared';
import { Listing, listStyles } from './listing';

const STATES = ['open', 'unsure', 'accepted', 'all'] as const;
const WHYS = ['priority', 'random', 'rare'] as const;
const PART = 100;
// Kept for the visit: who comes back from a page finds the queue as they left it.
let filter: QueueFilter = { state: 'open' };

export class QueueView extends Listing {
  static override styles = [
    shared,
    listStyles,
    css`
      .lead {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        align-items: center;
        gap: 4px 20px;
        padding: 18px 20px;
      }
      .lead .stop {
        font-size: 17px;
        font-weight: 600;
      }
      .lead button {
        grid-area: 1 / 2 / 4 / 3;
        min-width: 128px;
        min-height: 44px;
        font-size: 16px;
      }
      .filters {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
      }
      .filters label {
        display: flex;
        align-items: center;
        gap: 6px;
        font-size: 13px;
      }
      .filters select {
        max-width: 240px;
      }
      .states {
        display: flex;
      }
      .states button {
        border-radius: 0;
        margin-left: -1px;
      }
      .states button:first-child {
        border-radius: var(--radius) 0 0 var(--radius);
      }
      .states button:last-child {
        border-radius: 0 var(--radius) var(--radius) 0;
      }
      .states button[aria-pressed='true'] {
        border-color: var(--accent);
        background: var(--accent-soft);
        font-weight: 600;
        z-index: 1;
      }
      tr[data-page] {
        cursor: pointer;
      }
      td a {
        color: var(--accent);
        font-weight: 600;
        text-decoration: none;
      }
      td a:hover {
        text-decoration: underline;
      }
      td.name {
        max-width: 320px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      td.kinds {
        max-width: 260px;
        font-size: 13px;
      }
      .foot {
        padding: 10px;
        text-align: center;
      }
    `,
  ];

  private queue: Queue | null = null;
  private items: QueueItem[] = [];
  private starting = false;

  protected override async load(): Promise<void> {
    const queue = await this.app.api.queue({ ...filter, limit: PART });
    this.queue = queue;
    this.items = queue.items;
    this.app.progress = queue.progress;
    this.app.requestUpdate();
  }

  private async more(): Promise<void> {
    const queue = await this.app.api.queue({ ...filter, offset: this.items.length, limit: PART }).catch(() => null);
    if (queue) this.items = [...this.items, ...queue.items];
    this.requestUpdate();
  }

  private set(change: Partial<QueueFilter>): void {
    filter = { ...filter, ...change };
    this.requestUpdate();
    void this.reload();
  }

  private async start(): Promise<void> {
    this.starting = true;
    this.requestUpdate();
    try {
      const item = await this.app.api.next();
      if (item) this.app.go({ view: 'page', document: item.document, page: item.page });
      else this.app.notify({ message: 'queue.none', level: 'info' });
    } catch (error) {
      this.app.notify({ message: 'notice.failed', values: { message: messageOf(error) }, level: 'error' });
    }
    this.starting = false;
    this.requestUpdate();
  }

  protected override list(): TemplateResult {
    const { queue } = this;
    if (!queue) return html`<div class="sheet"><p class="soft" role="status">${t('app.loading')}</p></div>`;
    return html`<div class="sheet">
      ${this.lead(queue)} ${this.filters()}
      <div class="card">
        ${this.items.length ? this.table() : html`<p class="empty">${t('queue.empty')}</p>`}
        ${queue.total > this.items.length
          ? html`<p class="foot"><button @click=${this.more}>${t('queue.more', { count: Math.min(PART, queue.total - this.items.length) })}</button></p>`
          : nothing}
      </div>
    </div>`;
  }

  private lead({ stop, progress }: Queue): TemplateResult {
    const values = { cells: stop.cells_left ?? '', target: percent(stop.target), level: percent(stop.level) };
    const known = progress.pages > 0 && stop.cells_left !== null;
    const sentence = !known ? t('queue.stopUnknown') : stop.cells_left === 0 ? t('queue.stopDone', values) : t('queue.stop', values);
    return html`<div class="card lead">
      <p class="stop" data-testid="stop">${sentence}</p>
      <p class="soft">${known ? t('queue.error', { now: percent(stop.error_now), bound: percent(stop.bound_now) }) : nothing}</p>
      <p class="soft">${t('queue.progress', { done: progress.accepted + progress.unsure, pages: progress.pages })}　${t('queue.left', { open: progress.open, unsure: progress.unsure })}</p>
      <button class="primary" data-action="start" ?disabled=${this.starting || progress.open === 0} @click=${this.start}>${t('queue.start')}</button>
    </div>`;
  }

  private filters(): TemplateResult {
    const select = (name: 'kind' | 'why' | 'document', all: string, options: readonly (readonly [string, string])[]): TemplateResult =>
      html`<select
        aria-label=${all}
        data-filter=${name}
        @change=${(event: Event) => this.set({ [name]: (event.target as HTMLSelectElement).value || undefined })}
      >
        <option value="" ?selected=${!filter[name]}>${all}</option>
        ${options.map(([value, word]) => html`<option value=${value} ?selected=${filter[name] === value}>${word}</option>`)}
      </select>`;
    const documents = new Map(this.items.map((item) => [item.document, item.name]));
    return html`<div class="filters">
      <div class="states" role="group" aria-label=${t('queue.state')}>
        ${STATES.map((state) => html`<button aria-pressed=${filter.state === state} data-state=${state} @click=${() => this.set({ state })}>${t(`queue.state.${state}`)}</button>`)}
      </div>
      ${select('kind', t('queue.kindAll'), allWords().kinds.map((kind) => [kind.name, nameOf(kind.name)]))}
      ${select('why', t('queue.whyAll'), WHYS.map((why) => [why, t(`queue.why.${why}`)]))}
      ${select('document', t('queue.documentAll'), [...documents])}
    </div>`;
  }

  private table(): TemplateResult {
    return html`<table class="list">
      <thead>
        <tr>
          <th>${t('queue.document')}</th>
          <th class="figure">${t('queue.page')}</th>
          <th>${t('queue.kinds')}</th>
          <th class="figure">${t('queue.doubtful')}</th>
          <th class="figure">${t('queue.failed')}</th>
          <th class="figure">${t('queue.money')}</th>
          <th>${t('queue.why')}</th>
          <th>${t('queue.state')}</th>
        </tr>
      </thead>
      <tbody>
        ${this.items.map((item) => this.row(item))}
      </tbody>
    </table>`;
  }

  private row(item: QueueItem): TemplateResult {
    const route = { view: 'page', document: item.document, page: item.page } as const;
    const state = item.state === 'open' ? '' : item.state === 'accepted' ? 'good' : 'unsure';
    const who = item.accepted_by ?? (item.claimed_by ? t('queue.claimed', { person: item.claimed_by }) : '');
    return html`<tr data-page="${item.document}/${item.page}" @click=${() => this.app.go(route)}>
      <td class="name" title=${item.name}><a href=${hashOf(route)} @click=${(event: Event) => event.stopPropagation()}>${item.name}</a></td>
      <td class="figure">${item.page}<span class="soft">／${item.pages}</span></td>
      <td class="kinds">${item.kinds.map(nameOf).join('、')}</td>
      <td class="figure">${item.doubtful ? html`<span class="chip doubt">? ${item.doubtful}</span>` : html`<span class="soft">0</span>`}</td>
      <td class="figure">${item.failed ? html`<span class="chip fail">✗ ${item.failed}</span>` : html`<span class="soft">0</span>`}</td>
      <td class="figure">${money(item.money)}</td>
      <td>${t(`queue.why.${item.why}`)}</td>
      <td><span class="chip ${state}">${t(`queue.state.${item.state}`)}</span> <span class="soft">${who}</span></td>
    </tr>`;
  }
}

customElements.define('yu-queue', QueueView);
