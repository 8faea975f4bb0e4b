/** Others changed the same cells: what they have, what I have, and a choice for each. */

import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Cell } from '../api/types';
import { nameOf, t } from '../i18n';
import type { Clash } from '../model/merge';
import { refKey, tableOf } from '../model/table';
import { shared } from '../styles/shared';
import type { Question } from './sync';

export class MergeView extends LitElement {
  static override styles = [
    shared,
    css`
      dialog {
        width: 820px;
      }
      .body {
        display: flex;
        flex-direction: column;
        gap: 12px;
      }
      td button {
        width: 100%;
        min-height: 34px;
        justify-content: flex-start;
        white-space: normal;
        text-align: left;
      }
      button[aria-checked='true'] {
        border-color: var(--accent);
        background: var(--accent-soft);
        font-weight: 600;
      }
      button[aria-checked='true']::before {
        content: '●';
        color: var(--accent);
      }
      button[aria-checked='false']::before {
        content: '○';
        color: var(--ink-soft);
      }
    `,
  ];

  private question: Question | null = null;
  private mine = new Set<string>();
  private decide: (takeMine: ReadonlySet<string>) => void = () => undefined;

  ask(question: Question, decide: (takeMine: ReadonlySet<string>) => void): void {
    Object.assign(this, { question, decide, mine: new Set<string>() });
    this.requestUpdate();
    void this.updateComplete.then(() => {
      if (!this.dialog.open) this.dialog.showModal();
    });
  }

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector('dialog')!;
  }

  private keys(question: Question): string[] {
    const { structural, tables, clashes } = question.dispute;
    return structural ? tables : clashes.map(refKey);
  }

  override render(): TemplateResult {
    const { question } = this;
    return html`<dialog data-testid="merge-view" @cancel=${(event: Event) => event.preventDefault()} aria-labelledby="heading">
      ${question
        ? html`<header><h2 id="heading">${t('merge.title')}</h2></header>
            <div class="body">
              <p>${question.people.length ? t('merge.lead', { people: question.people.join('、') }) : t('merge.leadSomeone')}</p>
              ${question.dispute.structural ? html`<p class="soft">${t('merge.structural')}</p>` : nothing}
              <table class="list">
                <thead>
                  <tr>
                    <th>${t('merge.where')}</th>
                    <th>${t('merge.base')}</th>
                    <th>${t('merge.mine')}</th>
                    <th>${t('merge.theirs')}</th>
                  </tr>
                </thead>
                <tbody>
                  ${question.dispute.structural
                    ? question.dispute.tables.map((id) => this.tableRow(question, id))
                    : question.dispute.clashes.map((clash) => this.cellRow(clash))}
                </tbody>
              </table>
            </div>
            <footer>
              <button data-action="all-theirs" @click=${() => this.all(question, false)}>${t('merge.allTheirs')}</button>
              <button data-action="all-mine" @click=${() => this.all(question, true)}>${t('merge.allMine')}</button>
              <span class="grow"></span>
              <button class="primary" data-action="decide" @click=${this.finish}>${t('app.ok')}</button>
            </footer>`
        : nothing}
    </dialog>`;
  }

  private cellRow(clash: Clash): TemplateResult {
    const key = refKey(clash);
    return html`<tr data-clash=${key}>
      <td>${clash.row + 1}, ${clash.col + 1}</td>
      <td>${clash.base ? said(clash.base) : '–'}</td>
      ${this.choices(key, said(clash.mine), said(clash.theirs))}
    </tr>`;
  }

  private tableRow(question: Question, id: string): TemplateResult {
    const size = (tables: Question['mine']): string => {
      const table = tableOf(tables, id);
      return table ? t('table.size', { rows: table.n_rows, cols: table.n_cols }) : t('merge.gone');
    };
    return html`<tr data-clash=${id}>
      <td>${t('merge.wholeTable', { table: id })}</td>
      <td></td>
      ${this.choices(id, size(question.mine), size(question.fresh.tables))}
    </tr>`;
  }

  private choices(key: string, mine: string, theirs: string): TemplateResult {
    const choice = (own: boolean, text: string): TemplateResult =>
      html`<td>
        <button role="radio" data-take=${own ? 'mine' : 'theirs'} aria-checked=${this.mine.has(key) === own} @click=${() => this.choose(key, own)}>${text}</button>
      </td>`;
    return html`${choice(true, mine)}${choice(false, theirs)}`;
  }

  private choose(key: string, own: boolean): void {
    if (own) this.mine.add(key);
    else this.mine.delete(key);
    this.requestUpdate();
  }

  private all(question: Question, own: boolean): void {
    this.mine = new Set(own ? this.keys(question) : []);
    this.requestUpdate();
  }

  private finish(): void {
    this.dialog.close();
    this.question = null;
    this.decide(this.mine);
  }
}

function said(cell: Cell | null): string {
  if (!cell) return t('merge.gone');
  const labels = cell.spans.map((span) => nameOf(span.label)).join('、');
  return `${cell.text || t('adjudication.blank')}${labels ? `　[${labels}]` : ''}`;
}

customElements.define('yu-merge-view', MergeView);
