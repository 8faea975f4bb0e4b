/** Dialogs for whole tables: a missed one (read it, or a blank one), and joining with the next. */

import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { t } from '../i18n';
import { shared } from '../styles/shared';

export interface NewTable {
  read(): Promise<string | null>;
  blank(rows: number, cols: number): void;
}

export class TableDialogs extends LitElement {
  static override styles = [
    shared,
    css`
      .body {
        display: flex;
        align-items: end;
        gap: 12px;
      }
      label {
        display: grid;
        gap: 2px;
        font-size: 13px;
      }
      input {
        width: 80px;
      }
      .problem {
        padding: 0 16px 12px;
        color: var(--fail);
      }
    `,
  ];

  private making: NewTable | null = null;
  private joining: ((drop: number) => void) | null = null;
  private drop = 0;
  private most = 0;
  private busy = false;
  private problem = '';
  private closed: () => void = () => undefined;

  askNew(making: NewTable, closed: () => void): void {
    Object.assign(this, { making, joining: null, busy: false, problem: '', closed });
    this.open();
  }

  askJoin(drop: number, most: number, joining: (drop: number) => void, closed: () => void): void {
    Object.assign(this, { making: null, joining, drop, most, problem: '', closed });
    this.open();
  }

  private open(): void {
    this.requestUpdate();
    void this.updateComplete.then(() => {
      this.dialog.showModal();
      this.renderRoot.querySelector<HTMLElement>('button.primary')?.focus();
    });
  }

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector('dialog')!;
  }

  override render(): TemplateResult {
    return html`<dialog data-testid="table-dialog" @close=${() => this.closed()} @keydown=${(event: Event) => event.stopPropagation()} aria-labelledby="heading">
      ${this.making ? this.newTable(this.making) : this.joining ? this.joinForm(this.joining) : nothing}
    </dialog>`;
  }

  private number(name: string, label: string, value: number, least: number, most: number): TemplateResult {
    return html`<label>${label}<input type="number" name=${name} min=${least} max=${most} .value=${String(value)} /></label>`;
  }

  private entered(name: string): number {
    const input = this.renderRoot.querySelector<HTMLInputElement>(`input[name=${name}]`)!;
    return Math.min(Number(input.max), Math.max(Number(input.min), Math.round(Number(input.value)) || 0));
  }

  private newTable(making: NewTable): TemplateResult {
    const blank = (): void => {
      making.blank(this.entered('rows'), this.entered('cols'));
      this.dialog.close();
    };
    return html`<header><h2 id="heading">${t('draw.title')}</h2></header>
      <div class="body">
        <button class="primary" data-action="read-table" ?disabled=${this.busy} @click=${() => this.read(making)}>
          ${t(this.busy ? 'draw.reading' : 'draw.read')}
        </button>
        ${this.number('rows', t('draw.rows'), 5, 1, 500)} ${this.number('cols', t('draw.cols'), 4, 1, 60)}
        <button data-action="blank-table" ?disabled=${this.busy} @click=${blank}>${t('draw.blank')}</button>
      </div>
      ${this.problem ? html`<p class="problem" role="alert">${t('draw.failed', { message: this.problem })}</p>` : nothing}
      <footer><button @click=${() => this.dialog.close()}>${t('app.cancel')}</button></footer>`;
  }

  private async read(making: NewTable): Promise<void> {
    this.busy = true;
    this.requestUpdate();
    const problem = await making.read();
    this.busy = false;
    this.problem = problem ?? '';
    this.requestUpdate();
    if (problem === null) this.dialog.close();
  }

  private joinForm(joining: (drop: number) => void): TemplateResult {
    const finish = (): void => {
      const drop = this.entered('drop');
      this.dialog.close();
      joining(drop);
    };
    return html`<header><h2 id="heading">${t('join.title')}</h2></header>
      <div class="body">${this.number('drop', t('join.drop'), this.drop, 0, this.most)}</div>
      <footer>
        <button @click=${() => this.dialog.close()}>${t('app.cancel')}</button>
        <button class="primary" data-action="join-tables" @click=${finish}>${t('action.join')}</button>
      </footer>`;
  }
}

customElements.define('yu-table-dialogs', TableDialogs);
