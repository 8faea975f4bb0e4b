/** A view that is a list from the server: how it loads, fails and looks. */

import { css, html, LitElement, type TemplateResult } from 'lit';
import { type App, messageOf } from '../app';
import { onLanguage, t } from '../i18n';
import { shared } from '../styles/shared';

export const listStyles = css`
  :host {
    display: block;
    height: 100%;
    overflow: auto;
  }
  .sheet {
    display: grid;
    gap: 14px;
    max-width: 1280px;
    margin: 0 auto;
    padding: 20px 24px 40px;
  }
  .card {
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--paper);
    overflow: hidden;
  }
  .card .empty {
    padding: 36px;
    color: var(--ink-soft);
    text-align: center;
  }
  tbody tr:hover td {
    background: #f7f9fc;
  }
`;

export abstract class Listing extends LitElement {
  static override styles = [shared, listStyles];

  app!: App;
  protected problem = '';
  private stop: (() => void) | null = null;

  protected abstract load(): Promise<void>;
  protected abstract list(): TemplateResult;

  override connectedCallback(): void {
    super.connectedCallback();
    this.stop = onLanguage(() => this.requestUpdate());
    void this.reload();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop?.();
  }

  async reload(): Promise<void> {
    try {
      await this.load();
      this.problem = '';
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.requestUpdate();
  }

  override render(): TemplateResult {
    if (!this.problem) return this.list();
    return html`<div class="sheet">
      <p role="alert">${t('app.failed', { message: this.problem })}</p>
      <p><button class="primary" @click=${() => this.reload()}>${t('app.retry')}</button></p>
    </div>`;
  }
}
