/** Records that were made from the selected cell, and all of the page. */

import { css, html, nothing, type TemplateResult } from 'lit';
import type { CellRef, RecordView } from '../api/types';
import { known, nameOf, percent, t } from '../i18n';
import { refKey } from '../model/table';
import { shared } from '../styles/shared';
import { StoreView } from './listening';
import type { What } from './store';

// What every record has beside its own fields.
const COMMON = new Set(['type', 'id', 'status', 'confidence', 'provenance', 'checks']);
const MOST = 60;

export class Records extends StoreView {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      section {
        padding: 10px 14px;
      }
      h3 {
        margin: 0 0 6px;
        color: var(--ink-soft);
        font-size: 12px;
        font-weight: 600;
      }
      article {
        margin-bottom: 6px;
        padding: 6px 10px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--paper);
        font-size: 13px;
      }
      article.own {
        border-color: var(--accent);
      }
      .head {
        display: flex;
        align-items: center;
        gap: 8px;
        margin-bottom: 2px;
      }
      dl {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 16px;
        margin: 0;
      }
      dl div {
        display: flex;
        gap: 5px;
        min-width: 0;
        max-width: 100%;
      }
      dt {
        flex: none;
        color: var(--ink-soft);
      }
      dd {
        margin: 0;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      dd button {
        display: inline;
        min-height: 0;
        padding: 0 2px;
        border: 0;
        border-bottom: 1px dotted var(--accent);
        border-radius: 0;
        background: none;
        text-align: left;
        white-space: normal;
      }
      dd.here button {
        background: var(--accent-soft);
        font-weight: 600;
      }
      details summary {
        padding: 4px 0;
        color: var(--accent);
        font-size: 12px;
        cursor: pointer;
      }
    `,
  ];

  pick: (ref: CellRef) => void = () => undefined;
  private all = false;
  private limit = MOST;

  protected override heard(what: What): void {
    if (what === 'page') this.limit = MOST;
  }

  override render(): TemplateResult {
    const { derived, current } = this.store;
    const key = current && refKey(current);
    const own = key ? derived.records.filter((record) => refsOf(record).some((ref) => refKey(ref) === key)) : [];
    const pending = derived.version < this.store.version || this.store.outbox.of(this.store.view.document).length > 0;
    return html`<section>
        <h3>${t('records.ofCell')} ${pending ? html`<span class="chip">${t('records.pending')}</span>` : nothing}</h3>
        ${own.length ? own.map((record) => this.record(record, key)) : html`<p class="soft">${t('records.none')}</p>`}
      </section>
      <section>
        <details ?open=${this.all} @toggle=${(event: Event) => this.toggled((event.target as HTMLDetailsElement).open)}>
          <summary>${t('records.all', { count: derived.records.length })}</summary>
          ${this.all ? derived.records.slice(0, this.limit).map((record) => this.record(record, key)) : nothing}
          ${this.all && derived.records.length > this.limit
            ? html`<button
                @click=${() => {
                  this.limit += MOST * 4;
                  this.requestUpdate();
                }}
              >
                +${derived.records.length - this.limit}
              </button>`
            : nothing}
        </details>
      </section>`;
  }

  private toggled(open: boolean): void {
    if (this.all === open) return;
    this.all = open;
    this.requestUpdate();
  }

  private record(record: RecordView, key: string | null): TemplateResult {
    const fields = Object.entries(record).filter(([name, value]) => !COMMON.has(name) && value !== null && value !== undefined);
    const here = refsOf(record).some((ref) => refKey(ref) === key);
    const status = { accepted: 'good', reviewed: 'good', review: 'doubt' }[record.status] ?? '';
    return html`<article class=${here ? 'own' : ''} data-record=${record.id}>
      <div class="head">
        <strong>${known(`record.${record.type}`) ?? record.type}</strong>
        <span class="chip ${status}">${known(`record.${record.status}`) ?? record.status}</span>
        ${record.confidence === null ? nothing : html`<span class="soft">${percent(record.confidence, 1)}</span>`}
      </div>
      <dl>${fields.map(([name, value]) => this.field(record, name, String(value), key))}</dl>
    </article>`;
  }

  private field(record: RecordView, name: string, value: string, key: string | null): TemplateResult {
    const refs = refsOfField(record, name);
    const label = `${record.type}.${name}`;
    const word = nameOf(label) === label ? (known(`field.${name}`) ?? name) : nameOf(label);
    const shown = name === 'table' ? nameOf(value) : (known(`value.${value}`) ?? value);
    const here = refs.some((ref) => refKey(ref) === key);
    const [first] = refs;
    return html`<div>
      <dt>${word}</dt>
      <dd class=${here ? 'here' : ''}>${first ? html`<button @click=${() => this.pick(first)}>${shown}</button>` : shown}</dd>
    </div>`;
  }
}

function refsOfField(record: RecordView, field: string): CellRef[] {
  return (record.provenance[field] ?? []).flatMap(({ table, row, col }) =>
    table === null || row === null || col === null ? [] : [{ table, row, col }],
  );
}

function refsOf(record: RecordView): CellRef[] {
  return Object.keys(record.provenance).flatMap((field) => refsOfField(record, field));
}

customElements.define('yu-records', Records);
