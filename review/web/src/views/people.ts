/** Who has done what, and how well. */

import { html, type TemplateResult } from 'lit';
import type { PersonStats } from '../api/types';
import { percent, t } from '../i18n';
import { Listing } from './listing';

export class PeopleView extends Listing {
  private people: PersonStats[] | null = null;

  protected override async load(): Promise<void> {
    this.people = (await this.app.api.people()).people;
  }

  protected override list(): TemplateResult {
    const { people } = this;
    return html`<div class="sheet">
      <h1>${t('people.title')}</h1>
      <div class="card">
        ${people?.length
          ? html`<table class="list">
              <thead>
                <tr>
                  <th>${t('people.person')}</th>
                  <th class="figure">${t('people.accepted')}</th>
                  <th class="figure">${t('people.edits')}</th>
                  <th class="figure">${t('people.seconds')}</th>
                  <th class="figure">${t('people.kappa')}</th>
                  <th class="figure">${t('people.amounts')}</th>
                  <th class="figure">${t('people.gold')}</th>
                </tr>
              </thead>
              <tbody>
                ${people.map((person) => this.row(person))}
              </tbody>
            </table>`
          : html`<p class="empty">${people ? t('people.empty') : t('app.loading')}</p>`}
      </div>
    </div>`;
  }

  private row(person: PersonStats): TemplateResult {
    const figure = (value: number | null, shown: (value: number) => string): string => (value === null ? '–' : shown(value));
    return html`<tr data-person=${person.person}>
      <td><strong>${person.person}</strong></td>
      <td class="figure">${person.accepted}</td>
      <td class="figure">${person.edits}</td>
      <td class="figure">${figure(person.seconds_a_page, (value) => value.toFixed(0))}</td>
      <td class="figure">${figure(person.kappa, (value) => value.toFixed(3))}</td>
      <td class="figure">${figure(person.amounts_agree, (value) => percent(value))}</td>
      <td class="figure">
        ${figure(person.gold_right, (value) => percent(value))} <span class="soft">${person.gold_seen ? t('people.goldSeen', { count: person.gold_seen }) : ''}</span>
      </td>
    </tr>`;
  }
}

customElements.define('yu-people', PeopleView);
