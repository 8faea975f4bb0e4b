/** What was done to the selected cell, latest first. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { Api } from '../api/client';
import type { Cell, CellEvent } from '../api/types';
import { known, nameOf, t, when } from '../i18n';
import { refKey } from '../model/table';
import { shared } from '../styles/shared';
import { StoreView } from './listening';
import type { What } from './store';

const WAIT_MS = 250;

export class HistoryTab extends StoreView {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        padding: 10px 14px;
        font-size: 13px;
      }
      ol {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 2px 12px;
        padding: 6px 0;
        border-bottom: 1px solid var(--line);
      }
      .change {
        grid-column: 1 / 3;
        overflow-wrap: anywhere;
      }
      del {
        color: var(--fail);
      }
      ins {
        color: var(--good);
        text-decoration: none;
        font-weight: 600;
      }
    `,
  ];

  api!: Api;
  private events: CellEvent[] | null = null;
  private failed = false;
  private key = '';
  private timer: ReturnType<typeof setTimeout> | undefined;

  override updated(_: PropertyValues): void {
    const { current, version } = this.store;
    const key = current ? `${refKey(current)} ${version} ${this.store.outbox.size}` : '';
    if (key === this.key) return;
    this.key = key;
    clearTimeout(this.timer);
    if (current) this.timer = setTimeout(() => void this.load(key), WAIT_MS);
  }

  protected override heard(what: What): void {
    if (what === 'selection') this.events = null;
  }

  private async load(key: string): Promise<void> {
    const { current, view, page } = this.store;
    if (!current) return;
    try {
      const { events } = await this.api.history(view.document, page, current);
      if (this.key === key) [this.events, this.failed] = [events, false];
    } catch {
      if (this.key === key) this.failed = true;
    }
    this.requestUpdate();
  }

  override render(): TemplateResult {
    if (!this.store.current) return html`<p class="soft">${t('history.pick')}</p>`;
    if (this.failed) return html`<p class="soft">${t('history.failed')}</p>`;
    if (!this.events) return html`<p class="soft">…</p>`;
    if (!this.events.length) return html`<p class="soft">${t('history.none')}</p>`;
    return html`<ol>
      ${this.events.map(
        (event) =>
          html`<li>
            <span>${event.person}　<span class="chip">${known(`event.${event.action}`) ?? event.action}</span></span>
            <time class="soft" datetime=${event.at}>${when(event.at)}</time>
            <span class="change">${this.change(event.before, event.after)}</span>
          </li>`,
      )}
    </ol>`;
  }

  private change(before: Cell | null, after: Cell | null): TemplateResult | typeof nothing {
    if (before?.text !== after?.text) {
      return html`<del>${before?.text || t('adjudication.blank')}</del> → <ins>${after?.text || t('adjudication.blank')}</ins>`;
    }
    const [old, now] = [labelsOf(before), labelsOf(after)];
    return old === now ? nothing : html`<del>${old || t('table.noLabel')}</del> → <ins>${now || t('table.noLabel')}</ins>`;
  }
}

function labelsOf(cell: Cell | null): string {
  return (cell?.spans ?? []).map((span) => nameOf(span.label)).join('、');
}

customElements.define('yu-history', HistoryTab);
