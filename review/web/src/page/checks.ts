/** Closure lights: the sums of a page, live, and the other checks; those of the selected cell first. */

import { css, html, nothing, type TemplateResult } from 'lit';
import type { CellRef, Finding, Term } from '../api/types';
import { nameOf, t } from '../i18n';
import { grouped } from '../model/decimal';
import { type Closure, type Light, termsOf } from '../model/sums';
import { refKey } from '../model/table';
import { shared } from '../styles/shared';
import { StoreView } from './listening';
import type { What } from './store';

const SIGN: Record<Light, string> = { holds: '✓', fails: '✗', unknown: '–' };
const ORDER: Record<Light, number> = { fails: 0, unknown: 1, holds: 2 };
const MOST = 40;

export class Checks extends StoreView {
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
      button.light {
        display: grid;
        grid-template-columns: 22px minmax(0, 1fr) auto;
        gap: 0 8px;
        width: 100%;
        margin-bottom: 4px;
        padding: 5px 10px 5px 6px;
        border-color: var(--line);
        font-size: 13px;
        line-height: 1.45;
        text-align: left;
        white-space: normal;
      }
      .sign {
        display: grid;
        place-items: center;
        width: 18px;
        height: 18px;
        border-radius: 50%;
        background: var(--sunken);
        color: var(--ink-soft);
        font-size: 12px;
        font-weight: 700;
      }
      .holds .sign {
        background: var(--good-soft);
        color: var(--good);
      }
      .fails .sign {
        border-radius: 3px;
        background: var(--fail);
        color: #fff;
      }
      .fails {
        border-color: var(--fail) !important;
      }
      .figures {
        color: var(--ink-soft);
        font-variant-numeric: tabular-nums;
        text-align: right;
      }
      .off {
        color: var(--fail);
        font-weight: 600;
      }
      .name {
        overflow-wrap: anywhere;
      }
      .terms {
        grid-column: 2 / 4;
        color: var(--ink-soft);
        font-size: 12px;
      }
      .terms b {
        color: var(--ink);
        font-weight: 600;
        font-variant-numeric: tabular-nums;
      }
      details summary {
        padding: 4px 0;
        color: var(--accent);
        font-size: 12px;
        cursor: pointer;
      }
    `,
  ];

  protected override readonly on: readonly What[] = ['tables', 'selection', 'derived', 'page', 'draft'];
  private others = true;
  private limit = MOST;

  override render(): TemplateResult {
    const { closures, derived, current } = this.store;
    const key = current && refKey(current);
    const sums = new Set(derived.equations.map((equation) => equation.id));
    const findings = derived.findings.filter((finding) => !sums.has(finding.id));
    const ownSums = closures.filter((each) => termsOf(each.equation).some((term) => refKey(term) === key));
    const otherSums = closures.filter((each) => !ownSums.includes(each)).sort((a, b) => ORDER[a.light] - ORDER[b.light]);
    const ownFindings = findings.filter((finding) => finding.cells.some((ref) => refKey(ref) === key));
    const otherFindings = findings.filter((finding) => !ownFindings.includes(finding)).sort((a, b) => statusOrder(a) - statusOrder(b));
    const count = otherSums.length + otherFindings.length;
    const none = !ownSums.length && !ownFindings.length;
    return html`<section>
        <h3>${t('checks.ofCell')}</h3>
        ${ownSums.map((each) => this.sum(each, true))} ${ownFindings.map((finding) => this.finding(finding))}
        ${none ? html`<p class="soft">${t(count ? 'checks.none' : 'checks.noneAtAll')}</p>` : nothing}
      </section>
      ${count
        ? html`<section>
            <details ?open=${this.others} @toggle=${(event: Event) => this.toggled((event.target as HTMLDetailsElement).open)}>
              <summary>${t('checks.others', { count })}</summary>
              ${this.others
                ? html`${otherSums.slice(0, this.limit).map((each) => this.sum(each, false))}
                  ${otherFindings.slice(0, this.limit).map((finding) => this.finding(finding))}`
                : nothing}
              ${this.others && count > this.limit
                ? html`<button
                    @click=${() => {
                      this.limit *= 4;
                      this.requestUpdate();
                    }}
                  >
                    …
                  </button>`
                : nothing}
            </details>
          </section>`
        : nothing}`;
  }

  private toggled(open: boolean): void {
    if (this.others === open) return;
    this.others = open;
    this.requestUpdate();
  }

  private sum(closure: Closure, full: boolean): TemplateResult {
    const { equation, light, left, right, off } = closure;
    const name = [nameOf(equation.rule), equation.label].filter(Boolean).join('　');
    const figures =
      light === 'fails'
        ? html`<span class="off">${t('checks.off')} ${grouped(off)}</span>`
        : html`<span>${light === 'unknown' ? t('checks.unknown') : grouped(equation.left.length ? left : right)}</span>`;
    return html`<button class="light ${light}" data-equation=${equation.id} data-light=${light} title=${t('checks.show')} @click=${() => this.show(termsOf(equation))}>
      <span class="sign" role="img" aria-label=${t(`checks.${light}`)}>${SIGN[light]}</span>
      <span class="name">${name}</span>
      <span class="figures">${figures}</span>
      ${full || light === 'fails' ? this.terms(closure) : nothing}
    </button>`;
  }

  private terms({ equation, left, right }: Closure): TemplateResult {
    const wanted = equation.wanted.map((each) => (each === '0' ? '' : ` + ${each}`)).join(' / ');
    return html`<span class="terms">
      ${equation.left.length ? html`${t('checks.left')} <b>${grouped(left)}</b> = ` : nothing}
      ${t('checks.right')} <b>${grouped(right)}</b>${wanted} (${equation.right.length})
    </span>`;
  }

  private finding(finding: Finding): TemplateResult {
    const light: Light = finding.status === 'pass' ? 'holds' : finding.status === 'fail' ? 'fails' : 'unknown';
    const word = finding.status === 'skipped' ? t('checks.skipped') : t(`checks.${light}`);
    return html`<button class="light ${light}" data-finding=${finding.id} title=${t('checks.show')} @click=${() => this.show(finding.cells)}>
      <span class="sign" role="img" aria-label=${word}>${SIGN[light]}</span>
      <span class="name">${nameOf(finding.rule)}</span>
      <span class="figures">${word}</span>
      ${finding.message && finding.status !== 'pass' ? html`<span class="terms">${finding.message}</span>` : nothing}
    </button>`;
  }

  private show(refs: readonly (CellRef | Term)[]): void {
    this.store.setHighlight(refs);
  }
}

function statusOrder(finding: Finding): number {
  return { fail: 0, skipped: 1, pass: 2 }[finding.status];
}


customElements.define('yu-checks', Checks);
