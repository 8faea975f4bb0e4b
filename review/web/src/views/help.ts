/** The cheat sheet: all keys and marks. */

import { css, html, LitElement, type TemplateResult } from 'lit';
import { onLanguage, t } from '../i18n';
import { ACTIONS, actionName, type Group, shownKey } from '../page/actions';
import { shared } from '../styles/shared';

const GROUPS: readonly Group[] = ['walk', 'edit', 'move', 'shape', 'table', 'page'];

export class Help extends LitElement {
  static override styles = [
    shared,
    css`
      dialog {
        width: 960px;
      }
      .groups {
        columns: 3 260px;
        column-gap: 28px;
        margin-top: 12px;
      }
      section {
        break-inside: avoid;
        margin-bottom: 14px;
      }
      h3 {
        margin: 0 0 4px;
        padding-bottom: 3px;
        border-bottom: 1px solid var(--line);
        font-size: 13px;
      }
      dl {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 4px 10px;
        margin: 0;
        font-size: 13px;
      }
      dd {
        margin: 0;
        text-align: right;
      }
      .marks {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    onLanguage(() => this.requestUpdate());
  }

  open(): void {
    const dialog = this.renderRoot.querySelector('dialog')!;
    if (!dialog.open) dialog.showModal();
  }

  override render(): TemplateResult {
    return html`<dialog data-testid="help" aria-labelledby="heading" @click=${this.clicked}>
      <header>
        <h2 id="heading" class="grow">${t('help.title')}</h2>
        <button class="quiet" autofocus @click=${this.close}>${t('app.close')} <kbd>Esc</kbd></button>
      </header>
      <div class="body">
        <p class="soft">${t('help.lead')}</p>
        <p class="soft">${t('help.ime')}</p>
        <div class="groups">
          ${GROUPS.map(
            (group) => html`<section>
              <h3>${t(`group.${group}`)}</h3>
              <dl>
                ${ACTIONS.filter((action) => action.group === group).map(
                  (action) =>
                    html`<dt>${t(actionName(action.id))}</dt>
                      <dd>${action.keys.map((key, index) => html`${index ? ' / ' : ''}${shownKey(key).map((part) => html`<kbd>${part}</kbd>`)}`)}</dd>`,
                )}
              </dl>
            </section>`,
          )}
        </div>
        <section>
          <h3>${t('help.marks')}</h3>
          <div class="marks">
            <span class="chip doubt">? ${t('cell.doubtful')}</span>
            <span class="chip doubt">?→ ${t('cell.proposed')}</span>
            <span class="chip fail">≠ ${t('cell.failed')}</span>
            <span class="chip unsure">!? ${t('cell.unsure')}</span>
            <span class="chip good">✓ ${t('cell.reviewed', { person: '' })}</span>
          </div>
        </section>
        <p><a href="licences.txt" target="_blank" rel="noopener">${t('help.licences')}</a></p>
      </div>
    </dialog>`;
  }

  private close(): void {
    this.renderRoot.querySelector('dialog')!.close();
  }

  private clicked(event: Event): void {
    if (event.target === this.renderRoot.querySelector('dialog')) this.close();
  }
}

customElements.define('yu-help', Help);
