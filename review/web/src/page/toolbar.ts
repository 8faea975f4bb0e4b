/** All actions as buttons; tooltips show their keys. */

import { css, html, nothing, type TemplateResult } from 'lit';
import { t } from '../i18n';
import { proposalOf } from '../model/operations';
import { shared } from '../styles/shared';
import { icon } from '../views/icons';
import { type ActionId, actionName, keyHint } from './actions';
import { StoreView } from './listening';
import type { What } from './store';

const GROUPS: readonly (readonly ActionId[])[] = [
  ['undo', 'redo'],
  ['label', 'label_column'],
  ['merge', 'split'],
  ['row_above', 'row_below', 'col_left', 'col_right', 'delete_rows', 'delete_cols'],
  ['shift_left', 'shift_right', 'shift_up', 'shift_down'],
  ['header', 'join', 'part', 'draw'],
];

export class Toolbar extends StoreView {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        padding: 5px 10px;
        border-bottom: 1px solid var(--line);
        background: var(--paper);
        overflow: hidden;
      }
      /* The line before the first group of each row falls out of sight. */
      .groups {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        row-gap: 4px;
        margin-left: -9px;
        clip-path: inset(0 0 0 2px);
      }
      .group {
        display: flex;
        gap: 1px;
        padding: 0 8px;
        border-left: 1px solid var(--line);
      }
      .group button {
        width: 28px;
        min-height: 28px;
        padding: 0;
        border-color: transparent;
      }
      .walk button {
        width: auto;
        padding: 0 8px;
        border-color: var(--line-strong);
        margin-right: 3px;
        font-size: 13px;
      }
      .walk kbd {
        min-width: 17px;
        padding: 0 3px;
        font-size: 11px;
        line-height: 15px;
      }
    `,
  ];

  run: (action: ActionId) => void = () => undefined;
  protected override readonly on: readonly What[] = ['tables', 'selection', 'page', 'twins'];

  override render(): TemplateResult {
    const { locked, history, cell, twins } = this.store;
    const off = (id: ActionId): boolean => {
      if (locked) return true;
      if (id === 'undo') return !history.undo.length;
      if (id === 'redo') return !history.redo.length;
      return id !== 'draw' && !this.store.selection;
    };
    return html`<div class="groups"><div class="group walk" role="toolbar" aria-label=${t('group.walk')}>
        ${this.worded('confirm', locked || !cell)} ${this.worded('take_repair', locked || !proposalOf(cell))} ${this.worded('unsure', locked || !cell)}
        ${twins ? this.worded('apply_twins', locked) : nothing}
      </div>
      ${GROUPS.map(
        (group) => html`<div class="group" role="toolbar" aria-label=${t(actionName(group[0]!))}>${group.map((id) => this.button(id, off(id)))}</div>`,
      )}</div>`;
  }

  private tooltip(id: ActionId): string {
    return `${t(actionName(id))}（${keyHint(id)}）`;
  }

  private button(id: ActionId, disabled: boolean): TemplateResult {
    const title = this.tooltip(id);
    return html`<button data-action=${id} title=${title} aria-label=${title} ?disabled=${disabled} @click=${() => this.run(id)}>${icon(id)}</button>`;
  }

  private worded(id: 'confirm' | 'take_repair' | 'unsure' | 'apply_twins', disabled: boolean): TemplateResult {
    const words = { confirm: 'bar.confirm', take_repair: 'bar.take_repair', unsure: 'bar.unsure', apply_twins: 'bar.apply_twins' } as const;
    return html`<button data-action=${id} title=${this.tooltip(id)} ?disabled=${disabled} @click=${() => this.run(id)}>
      ${icon(id === 'apply_twins' ? 'confirm' : id)}${t(words[id])}<kbd>${keyHint(id)}</kbd>
    </button>`;
  }
}

customElements.define('yu-toolbar', Toolbar);
