/** Choose a label: type to filter by its Chinese or English name or its id, arrows and Enter to take it. */

import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Word } from '../api/types';
import { allWords, languageNow, t } from '../i18n';
import { hues, shared } from '../styles/shared';
import { composing } from './actions';
import { hueOf } from './labels';

const NONE = '';

export class LabelPicker extends LitElement {
  static override styles = [
    shared,
    hues,
    css`
      dialog {
        width: 440px;
        margin-top: 12vh;
      }
      .field {
        padding: 12px 16px 8px;
      }
      input {
        width: 100%;
        min-height: 34px;
      }
      ul {
        height: 380px;
        margin: 0;
        padding: 0 8px 8px;
        overflow: auto;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: 10px minmax(0, 1fr) auto;
        align-items: center;
        gap: 8px;
        padding: 5px 8px;
        border-radius: 4px;
        cursor: pointer;
      }
      li::before {
        width: 10px;
        height: 10px;
        border-radius: 3px;
        background: var(--hue);
        content: '';
      }
      li.at {
        background: var(--accent-soft);
        box-shadow: inset 0 0 0 1px var(--accent);
      }
      li.now span:first-of-type::after {
        margin-left: 8px;
        color: var(--good);
        content: '✓';
      }
      code {
        color: var(--ink-soft);
        font: 12px/1 ui-monospace, monospace;
      }
    `,
  ];

  private heading = '';
  private now: string | null = null;
  private filter = '';
  private at = 0;
  private done: (label: string | null) => void = () => undefined;
  private closed: () => void = () => undefined;

  /** Ask for a label; `done` is called with the one chosen, null to take it away, `closed` in any case. */
  ask(heading: string, now: string | null, done: (label: string | null) => void, closed: () => void): void {
    Object.assign(this, { heading, now, done, closed, filter: '' });
    this.at = Math.max(0, this.found().findIndex((word) => word.name === now));
    this.requestUpdate();
    void this.updateComplete.then(() => {
      this.dialog.showModal();
      this.renderRoot.querySelector('input')!.focus();
      this.showAt();
    });
  }

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector('dialog')!;
  }

  private found(): Word[] {
    const wanted = this.filter.trim().toLowerCase();
    const none: Word = { name: NONE, zh: t('label.none'), en: t('label.none'), group: '' };
    const labels = allWords().labels;
    if (!wanted) return [...labels, none];
    const rank = (word: Word): number => {
      const texts = [word.zh, word.en.toLowerCase(), word.name];
      if (texts.some((text) => text === wanted)) return 0;
      if (texts.some((text) => text.startsWith(wanted))) return 1;
      if (word.name.split('.')[1]?.startsWith(wanted)) return 2;
      return texts.some((text) => text.includes(wanted)) ? 3 : 4;
    };
    const ranked = labels.map((word) => ({ word, rank: rank(word) })).filter((each) => each.rank < 4);
    return ranked.sort((a, b) => a.rank - b.rank).map((each) => each.word);
  }

  override render(): TemplateResult {
    const found = this.found();
    return html`<dialog @close=${() => this.closed()} @click=${(event: Event) => event.target === this.dialog && this.dialog.close()} aria-labelledby="heading">
      <header><h2 id="heading" class="grow">${this.heading}</h2><kbd>Esc</kbd></header>
      <div class="field">
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="labels"
          aria-activedescendant="label-${this.at}"
          aria-label=${t('label.filter')}
          placeholder=${t('label.filter')}
          autocomplete="off"
          .value=${this.filter}
          @input=${this.typed}
          @keydown=${this.keydown}
        />
      </div>
      <ul id="labels" role="listbox" aria-label=${t('label.title')}>
        ${found.map((word, index) => this.option(word, index))} ${found.length ? nothing : html`<p class="soft">${t('label.noMatch')}</p>`}
      </ul>
    </dialog>`;
  }

  private option(word: Word, index: number): TemplateResult {
    return html`<li
      id="label-${index}"
      role="option"
      data-label=${word.name}
      data-hue=${hueOf(word.name || null)}
      aria-selected=${index === this.at}
      class="${index === this.at ? 'at' : ''} ${word.name === this.now ? 'now' : ''}"
      @click=${() => this.take(word)}
    >
      <span>${word[languageNow()]}</span><code>${word.name}</code>
    </li>`;
  }

  private typed(event: Event): void {
    this.filter = (event.target as HTMLInputElement).value;
    this.at = 0;
    this.requestUpdate();
  }

  private keydown(event: KeyboardEvent): void {
    if (composing(event)) return;
    event.stopPropagation();
    const found = this.found();
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (by) {
      event.preventDefault();
      this.at = Math.min(found.length - 1, Math.max(0, this.at + by));
      this.requestUpdate();
      void this.updateComplete.then(() => this.showAt());
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const word = found[this.at];
      if (word) this.take(word);
    }
  }

  private showAt(): void {
    this.renderRoot.querySelector(`#label-${this.at}`)?.scrollIntoView({ block: 'nearest' });
  }

  private take(word: Word): void {
    const { done } = this;
    this.dialog.close();
    done(word.name === NONE ? null : word.name);
  }
}

customElements.define('yu-label-picker', LabelPicker);
