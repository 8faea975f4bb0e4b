/** Short notices at the bottom; they go by themselves, errors later than others. */

import { css, html, LitElement, type TemplateResult } from 'lit';
import { t } from '../i18n';
import type { Notice } from '../page/store';
import { shared } from '../styles/shared';

const SHORT_MS = 3500;
const LONG_MS = 9000;
const MOST = 3;

interface Toast extends Notice {
  id: number;
}

export class Toasts extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        position: fixed;
        bottom: 16px;
        left: 16px;
        z-index: 50;
        pointer-events: none;
      }
      [role='status'] {
        display: grid;
        gap: 6px;
        justify-items: start;
        pointer-events: none;
      }
      .toast {
        display: flex;
        align-items: center;
        gap: 10px;
        max-width: min(80vw, 560px);
        padding: 7px 8px 7px 14px;
        border-radius: 6px;
        background: var(--ink);
        box-shadow: 0 4px 16px rgb(20 30 50 / 0.3);
        color: #fff;
        font-size: 13px;
        pointer-events: auto;
      }
      .toast.error {
        background: var(--fail);
      }
      .toast button {
        min-height: 22px;
        padding: 0 6px;
        border: 0;
        background: transparent;
        color: inherit;
      }
      .toast button:hover {
        background: rgb(255 255 255 / 0.2);
      }
    `,
  ];

  private toasts: Toast[] = [];
  private count = 0;

  show(notice: Notice): void {
    const toast = { ...notice, id: ++this.count };
    const others = this.toasts.filter((each) => each.message !== notice.message);
    this.toasts = [...others, toast].slice(-MOST);
    this.requestUpdate();
    setTimeout(() => this.drop(toast.id), notice.level === 'error' ? LONG_MS : SHORT_MS);
  }

  private drop(id: number): void {
    this.toasts = this.toasts.filter((each) => each.id !== id);
    this.requestUpdate();
  }

  override render(): TemplateResult {
    return html`<div role="status" aria-live="polite">
      ${this.toasts.map(
        (toast) =>
          html`<div class="toast ${toast.level}" data-notice=${toast.message}>
            <span>${t(toast.message, toast.values)}</span>
            <button aria-label=${t('app.close')} @click=${() => this.drop(toast.id)}>✕</button>
          </div>`,
      )}
    </div>`;
  }
}

customElements.define('yu-toasts', Toasts);
