/** The panel beside the table: records, checks, history and evidence of the selected cell. */

import { css, html, type TemplateResult } from 'lit';
import type { Api } from '../api/client';
import type { CellRef } from '../api/types';
import { type Message, t } from '../i18n';
import { shared } from '../styles/shared';
import './checks';
import './evidence';
import './history-tab';
import type { Images } from './images';
import { StoreView } from './listening';
import './records';
import type { What } from './store';

const TABS = ['evidence', 'checks', 'records', 'history'] as const;
type Tab = (typeof TABS)[number];
const KEY = 'yusuan.tab';

export class Panel extends StoreView {
  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-width: 0;
        min-height: 0;
        background: var(--paper);
      }
      [role='tablist'] {
        display: flex;
        flex: none;
        gap: 2px;
        padding: 0 8px;
        border-bottom: 1px solid var(--line);
        background: var(--ground);
      }
      [role='tab'] {
        min-height: 34px;
        padding: 0 12px;
        border: 0;
        border-bottom: 2px solid transparent;
        border-radius: 0;
        background: none;
        color: var(--ink-soft);
      }
      [role='tab'][aria-selected='true'] {
        border-bottom-color: var(--accent);
        color: var(--ink);
        font-weight: 600;
      }
      [role='tabpanel'] {
        flex: 1;
        min-height: 0;
        overflow: auto;
      }
      .count {
        min-width: 18px;
        padding: 0 5px;
        border-radius: 9px;
        background: var(--fail);
        color: #fff;
        font-size: 11px;
        font-weight: 600;
        line-height: 17px;
      }
    `,
  ];

  api!: Api;
  images!: Images;
  pick: (ref: CellRef) => void = () => undefined;
  take: () => void = () => undefined;
  protected override readonly on: readonly What[] = ['tables', 'derived', 'draft'];
  private tab: Tab = TABS.find((tab) => tab === localStorage.getItem(KEY)) ?? 'evidence';

  override render(): TemplateResult {
    const fails = this.store.closures.filter((each) => each.light === 'fails').length;
    return html`<div role="tablist" aria-label=${t('panel.label')} @keydown=${this.arrows}>
        ${TABS.map(
          (tab) =>
            html`<button
              role="tab"
              id="tab-${tab}"
              data-tab=${tab}
              aria-selected=${tab === this.tab}
              aria-controls="panel"
              tabindex=${tab === this.tab ? 0 : -1}
              @click=${() => this.show(tab)}
            >
              ${t(`panel.${tab}` as Message)}${tab === 'checks' && fails ? html`<span class="count">✗ ${fails}</span>` : ''}
            </button>`,
        )}
      </div>
      <div role="tabpanel" id="panel" aria-labelledby="tab-${this.tab}" tabindex="-1">${this.content()}</div>`;
  }

  private content(): TemplateResult {
    const { store } = this;
    switch (this.tab) {
      case 'records':
        return html`<yu-records .store=${store} .pick=${this.pick}></yu-records>`;
      case 'checks':
        return html`<yu-checks .store=${store}></yu-checks>`;
      case 'history':
        return html`<yu-history .store=${store} .api=${this.api}></yu-history>`;
      case 'evidence':
        return html`<yu-evidence .store=${store} .images=${this.images} .take=${this.take}></yu-evidence>`;
    }
  }

  private show(tab: Tab): void {
    this.tab = tab;
    localStorage.setItem(KEY, tab);
    this.requestUpdate();
  }

  private arrows(event: KeyboardEvent): void {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = TABS[(TABS.indexOf(this.tab) + by + TABS.length) % TABS.length]!;
    this.show(next);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`#tab-${next}`)?.focus());
  }
}

customElements.define('yu-panel', Panel);
