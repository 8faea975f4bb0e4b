/** One page of two people: where they differ, with the crop of the scan, and a choice for each place. */

import { css, html, nothing, type TemplateResult } from 'lit';
import type { AdjudicationView as Answer, Choice, Difference } from '../api/types';
import { messageOf } from '../app';
import { nameOf, t } from '../i18n';
import { cellOf, refKey } from '../model/table';
import '../page/crop';
import { shared } from '../styles/shared';
import { Listing, listStyles } from './listing';

export class AdjudicationPage extends Listing {
  static override styles = [
    shared,
    listStyles,
    css`
      .head {
        display: flex;
        align-items: center;
        gap: 10px;
      }
      td {
        vertical-align: top;
      }
      td.choice {
        width: 26%;
      }
      td.choice button {
        width: 100%;
        min-height: 36px;
        justify-content: flex-start;
        padding: 4px 12px;
        text-align: left;
        white-space: normal;
      }
      button[aria-checked='true'] {
        border-color: var(--accent);
        background: var(--accent-soft);
        font-weight: 600;
      }
      button[aria-checked='true']::before {
        color: var(--accent);
        content: '●';
      }
      button[aria-checked='false']::before {
        color: var(--ink-soft);
        content: '○';
      }
      yu-crop {
        width: 320px;
      }
    `,
  ];

  document = '';
  page = 1;
  private answer: Answer | null = null;
  private taken = new Map<string, 'a' | 'b'>();

  protected override async load(): Promise<void> {
    this.answer = await this.app.api.adjudication(this.document, this.page);
    this.taken.clear();
  }

  protected override list(): TemplateResult {
    const { answer } = this;
    if (!answer) return html`<div class="sheet"><p class="soft" role="status">${t('app.loading')}</p></div>`;
    const left = answer.differences.length - this.taken.size;
    return html`<div class="sheet">
      <div class="head">
        <h1>${t('adjudication.title')}</h1>
        <span class="grow"></span>
        <span class="chip ${left ? 'doubt' : 'good'}" data-testid="left">${t('adjudication.left', { count: left })}</span>
        ${(['a', 'b'] as const).map(
          (side) => html`<button data-all=${side} @click=${() => this.takeAll(side)}>${t('adjudication.allOf', { person: answer.people[side === 'a' ? 0 : 1] })}</button>`,
        )}
        <button class="primary" data-action="settle" ?disabled=${left > 0} @click=${this.save}>${t('adjudication.save')}</button>
      </div>
      <div class="card">
        <table class="list">
          <thead>
            <tr>
              <th>${t('adjudication.cell')}</th>
              <th>${t('adjudication.what')}</th>
              <th>${answer.people[0]}</th>
              <th>${answer.people[1]}</th>
            </tr>
          </thead>
          <tbody>
            ${answer.differences.map((difference) => this.row(answer, difference))}
          </tbody>
        </table>
      </div>
    </div>`;
  }

  private row(answer: Answer, difference: Difference): TemplateResult {
    const key = keyOfDifference(difference);
    const cell = cellOf(answer.tables_a, difference) ?? cellOf(answer.tables_b, difference);
    const choice = (side: 'a' | 'b'): TemplateResult => {
      const value = difference[side];
      const text = difference.what === 'label' ? value.split(/[,;、 ]+/).map(nameOf).join('、') : value;
      return html`<td class="choice">
        <button role="radio" data-take=${side} aria-checked=${this.taken.get(key) === side} @click=${() => this.take(key, side)}>
          ${text || t('adjudication.blank')}
        </button>
      </td>`;
    };
    return html`<tr data-difference=${key}>
      <td>
        ${difference.table} · ${difference.row + 1}, ${difference.col + 1}
        ${cell ? html`<yu-crop .images=${this.app.images} .document=${this.document} .page=${cell.page} .bbox=${cell.bbox}></yu-crop>` : nothing}
      </td>
      <td>${t(`adjudication.what.${difference.what}`)}</td>
      ${choice('a')}${choice('b')}
    </tr>`;
  }

  private take(key: string, side: 'a' | 'b'): void {
    this.taken.set(key, side);
    this.requestUpdate();
  }

  private takeAll(side: 'a' | 'b'): void {
    for (const difference of this.answer?.differences ?? []) this.taken.set(keyOfDifference(difference), side);
    this.requestUpdate();
  }

  private async save(): Promise<void> {
    const { answer } = this;
    if (!answer) return;
    const choices = answer.differences.map((difference): Choice => {
      const { table, row, col, what } = difference;
      const take = this.taken.get(keyOfDifference(difference)) ?? 'a';
      return what === 'structure' ? { table, row: null, col: null, take } : { table, row, col, take };
    });
    const unique = [...new Map(choices.map((choice) => [`${choice.table}:${choice.row}:${choice.col}`, choice])).values()];
    try {
      await this.app.api.settle(this.document, this.page, answer.version, unique);
      this.app.notify({ message: 'adjudication.saved', level: 'info' });
      this.app.go({ view: 'adjudications' });
    } catch (error) {
      this.app.notify({ message: 'notice.failed', values: { message: messageOf(error) }, level: 'error' });
    }
  }
}

function keyOfDifference(difference: Difference): string {
  return `${refKey(difference)} ${difference.what}`;
}

customElements.define('yu-adjudication', AdjudicationPage);
