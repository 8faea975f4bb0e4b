/** The bar over everything: where one can go, how much is done, whether all is saved. */

import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Progress } from '../api/types';
import type { App } from '../app';
import { languageNow, onLanguage, setLanguage, t } from '../i18n';
import { hashOf, type Route } from '../routes';
import { shared } from '../styles/shared';
import { icon } from './icons';

export class TopBar extends LitElement {
  static override properties = { route: { attribute: false }, progress: { attribute: false }, person: { attribute: false } };
  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 14px;
        height: 44px;
        padding: 0 12px;
        background: #1d2a3d;
        color: #e8edf4;
      }
      strong {
        font-size: 15px;
        letter-spacing: 0.02em;
        white-space: nowrap;
      }
      nav {
        display: flex;
        gap: 2px;
        height: 100%;
      }
      a {
        display: flex;
        align-items: center;
        padding: 0 12px;
        border-bottom: 2px solid transparent;
        color: #c3cedc;
        text-decoration: none;
        white-space: nowrap;
      }
      a:hover {
        color: #fff;
      }
      a[aria-current='page'] {
        border-bottom-color: #8ab8f0;
        color: #fff;
        font-weight: 600;
      }
      .progress {
        display: flex;
        align-items: center;
        gap: 8px;
        font-size: 12px;
        white-space: nowrap;
      }
      progress {
        width: 120px;
        height: 6px;
        border: 0;
        border-radius: 3px;
        background: #3b4a60;
        overflow: hidden;
        appearance: none;
      }
      progress::-webkit-progress-bar {
        background: #3b4a60;
      }
      progress::-webkit-progress-value {
        background: #7cc49b;
      }
      progress::-moz-progress-bar {
        background: #7cc49b;
      }
      .save {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        min-width: 76px;
        padding: 0 10px;
        border-radius: 11px;
        font-size: 12px;
        line-height: 22px;
        white-space: nowrap;
      }
      .save.saved {
        color: #a8dcbf;
      }
      .save.saving {
        color: #f2d48a;
      }
      .save.offline,
      .save.conflict {
        background: #ffd7d3;
        color: #7d1710;
        font-weight: 600;
      }
      button.quiet {
        padding: 0 10px;
        color: #e8edf4;
      }
      button.quiet:hover:not(:disabled) {
        background: #33435b;
      }
      :focus-visible {
        outline-color: #fff;
      }
    `,
  ];

  app!: App;
  route!: Route;
  progress: Progress | null = null;
  person: string | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.app.outbox.subscribe((notice) => {
      if (notice.what !== 'conflict') this.requestUpdate();
    });
    onLanguage(() => this.requestUpdate());
  }

  override render(): TemplateResult {
    const link = (view: 'queue' | 'people' | 'adjudications', word: string): TemplateResult => {
      const here = this.route.view === view || (view === 'adjudications' && this.route.view === 'adjudication');
      return html`<a href=${hashOf({ view })} aria-current=${here ? 'page' : nothing}>${word}</a>`;
    };
    const { progress, person } = this;
    const done = progress ? progress.accepted + progress.unsure : 0;
    return html`<strong>${t('app.name')}</strong>
      ${person
        ? html`<nav>${link('queue', t('nav.queue'))}${link('people', t('nav.people'))}${link('adjudications', t('nav.adjudication'))}</nav>`
        : nothing}
      <span class="grow"></span>
      ${person && progress
        ? html`<span class="progress" title=${t('queue.left', { open: progress.open, unsure: progress.unsure })}>
            <progress max=${progress.pages || 1} value=${done} aria-label=${t('queue.progress', { done, pages: progress.pages })}></progress>
            ${t('queue.progress', { done, pages: progress.pages })}
          </span>`
        : nothing}
      ${person ? this.saveState() : nothing}
      <button class="quiet" data-action="language" lang=${languageNow() === 'zh' ? 'en' : 'zh-CN'} @click=${() => setLanguage(languageNow() === 'zh' ? 'en' : 'zh')}>
        ${t('app.language')}
      </button>
      <button class="quiet" data-action="help" title="${t('app.help')}（?）" aria-label=${t('app.help')} @click=${() => this.app.help()}>${icon('help')}</button>
      ${person
        ? html`<button class="quiet" data-testid="person" title=${t('app.signOut')} @click=${() => this.app.signOut()}>${person}</button>`
        : nothing}`;
  }

  private saveState(): TemplateResult {
    const { state, size } = this.app.outbox;
    const sign = { saved: '✓', saving: '…', offline: '⚠', conflict: '⚠' }[state];
    return html`<span class="save ${state}" role="status" aria-live="polite" data-testid="save-state" data-state=${state} data-count=${size}>
      <span aria-hidden="true">${sign}</span>${t(`save.${state}`, { count: size })}
    </span>`;
  }
}

customElements.define('yu-top-bar', TopBar);
