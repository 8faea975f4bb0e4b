/** What speaks for a cell: its crop of the scan, what was read, repairs and what they rest on. */

import { css, html, nothing, type TemplateResult } from 'lit';
import type { BBox, Repair } from '../api/types';
import { nameOf, percent, t } from '../i18n';
import { refKey } from '../model/table';
import { shared } from '../styles/shared';
import './crop';
import type { Images } from './images';
import { StoreView } from './listening';

export class EvidenceTab extends StoreView {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        padding: 10px 14px;
        font-size: 13px;
        container-type: inline-size;
      }
      .cell {
        display: grid;
        gap: 4px 18px;
      }
      /* Below the table there is more width than height. */
      @container (min-width: 520px) {
        .cell {
          grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
          align-items: start;
        }
        .cell dl {
          margin-top: 0;
        }
      }
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 3px 12px;
        margin: 8px 0;
      }
      dt {
        color: var(--ink-soft);
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }
      .text {
        font-size: 15px;
        font-variant-numeric: tabular-nums;
      }
      article {
        margin-top: 8px;
        padding: 8px 10px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }
      .proposed {
        border-color: var(--doubt-line);
        background: var(--doubt-soft);
      }
      .head {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      del {
        color: var(--fail);
      }
      ins {
        color: var(--good);
        text-decoration: none;
        font-weight: 600;
      }
      ul {
        margin: 6px 0 0;
        padding: 0;
        list-style: none;
      }
    `,
  ];

  images!: Images;
  take: () => void = () => undefined;

  override render(): TemplateResult {
    const { current, cell } = this.store;
    if (!current || !cell) return html`<p class="soft">${t('evidence.pick')}</p>`;
    const key = refKey(current);
    const doubt = this.store.derived.doubtful.find((each) => refKey(each) === key);
    const blank = html`<span class="soft">${t('evidence.nothing')}</span>`;
    return html`<div class="cell">${this.crop(cell.page, cell.bbox)}
      <dl>
        <dt>${t('evidence.text')}</dt>
        <dd class="text">${cell.text || blank}</dd>
        <dt>${t('evidence.raw')}</dt>
        <dd class="text">${cell.raw_text || blank}</dd>
        ${cell.confidence === null ? nothing : html`<dt>${t('evidence.confidence')}</dt><dd>${percent(cell.confidence, 1)}</dd>`}
        <dt>${t('evidence.label')}</dt>
        <dd>${cell.spans.map((span) => nameOf(span.label)).join('、') || t('table.noLabel')}</dd>
        ${cell.reviewer ? html`<dt>${t('evidence.reviewer')}</dt><dd>${cell.reviewer}${cell.unsure ? `（${t('cell.unsure')}）` : ''}</dd>` : nothing}
        ${doubt && !cell.reviewer ? html`<dt>${t('evidence.doubt')}</dt><dd>${doubt.why.map((why) => t(`why.${why}`)).join('、')}</dd>` : nothing}
      </dl></div>
      ${cell.repairs.map((repair) => this.repair(repair))}`;
  }

  private repair(repair: Repair): TemplateResult {
    const proposed = repair.kind === 'proposed';
    return html`<article class=${proposed ? 'proposed' : ''}>
      <div class="head">
        <span class="chip">${t(`repair.${repair.kind}`)}</span>
        <span class="grow"><del>${repair.before || t('evidence.nothing')}</del> → <ins>${repair.after || t('evidence.nothing')}</ins></span>
        ${proposed ? html`<button class="primary" @click=${this.take}>${t('repair.take')} <kbd>R</kbd></button>` : nothing}
      </div>
      <ul>
        ${repair.evidence.map(
          (evidence) => html`<li>
            ${evidence.text} ${evidence.page !== null && evidence.bbox ? this.crop(evidence.page, evidence.bbox) : nothing}
          </li>`,
        )}
      </ul>
    </article>`;
  }

  private crop(page: number, bbox: BBox): TemplateResult {
    return html`<yu-crop .images=${this.images} .document=${this.store.view.document} .page=${page} .bbox=${bbox}></yu-crop>`;
  }
}

customElements.define('yu-evidence', EvidenceTab);
