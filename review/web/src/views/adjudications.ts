/** Pages that two people have reviewed blind of each other and that somebody must settle. */

import { html, type TemplateResult } from 'lit';
import type { Adjudicable } from '../api/types';
import { t } from '../i18n';
import { hashOf } from '../routes';
import { Listing } from './listing';

export class AdjudicationsView extends Listing {
  private items: Adjudicable[] | null = null;

  protected override async load(): Promise<void> {
    this.items = (await this.app.api.adjudications()).items;
  }

  protected override list(): TemplateResult {
    const { items } = this;
    return html`<div class="sheet">
      <h1>${t('adjudication.title')}</h1>
      <p class="soft">${t('adjudication.lead')}</p>
      <div class="card">
        ${items?.length
          ? html`<table class="list">
              <thead>
                <tr>
                  <th>${t('queue.document')}</th>
                  <th class="figure">${t('queue.page')}</th>
                  <th>${t('adjudication.people')}</th>
                  <th class="figure">${t('adjudication.differences')}</th>
                  <th></th>
                </tr>
              </thead>
              <tbody>
                ${items.map((item) => this.row(item))}
              </tbody>
            </table>`
          : html`<p class="empty">${items ? t('adjudication.empty') : t('app.loading')}</p>`}
      </div>
    </div>`;
  }

  private row(item: Adjudicable): TemplateResult {
    const href = hashOf({ view: 'adjudication', document: item.document, page: item.page });
    return html`<tr>
      <td>${item.name}</td>
      <td class="figure">${item.page}</td>
      <td>${item.people.join('、')}</td>
      <td class="figure">${item.differences}</td>
      <td class="figure"><a class="button" href=${href}>${t('adjudication.open')}</a></td>
    </tr>`;
  }
}

customElements.define('yu-adjudications', AdjudicationsView);
