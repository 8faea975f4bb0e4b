/** A view of the page's state that renders again when given parts of it change. */

import { LitElement } from 'lit';
import { onLanguage } from '../i18n';
import type { PageStore, What } from './store';

export abstract class StoreView extends LitElement {
  store!: PageStore;
  protected readonly on: readonly What[] = ['tables', 'selection', 'derived', 'page'];
  private stops: (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.stops = [
      this.store.subscribe((what) => {
        if (!this.on.includes(what)) return;
        this.heard(what);
        this.requestUpdate();
      }),
      onLanguage(() => this.requestUpdate()),
    ];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.stops) stop();
  }

  protected heard(_: What): void {
    // For those that need to know which part it was.
  }
}
