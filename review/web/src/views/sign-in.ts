/** Who works here: a name, and the token where others can reach the server. */

import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { type App, messageOf } from '../app';
import { onLanguage, t } from '../i18n';
import { shared } from '../styles/shared';

const KEY = 'yusuan.person';

export class SignIn extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        height: 100%;
        place-items: center;
      }
      form {
        display: grid;
        gap: 14px;
        width: 360px;
        padding: 28px;
        border: 1px solid var(--line);
        border-radius: 10px;
        background: var(--paper);
        box-shadow: 0 6px 24px rgb(20 30 50 / 0.08);
      }
      label {
        display: grid;
        gap: 4px;
        font-size: 13px;
        font-weight: 600;
      }
      label .soft {
        font-weight: 400;
      }
      input,
      button {
        min-height: 38px;
      }
      .problem {
        color: var(--fail);
      }
    `,
  ];

  app!: App;
  private problem = '';
  private busy = false;

  override connectedCallback(): void {
    super.connectedCallback();
    onLanguage(() => this.requestUpdate());
    void this.updateComplete.then(() => this.renderRoot.querySelector('input')?.focus());
  }

  override render(): TemplateResult {
    return html`<form @submit=${this.submit}>
      <h1>${t('app.title')}</h1>
      <p class="soft">${t('signIn.lead')}</p>
      <label>${t('signIn.name')}<input name="person" required maxlength="64" autocomplete="username" .value=${localStorage.getItem(KEY) ?? ''} /></label>
      ${this.app.api.session.needs_token
        ? html`<label
            >${t('signIn.token')}<input name="token" type="password" required autocomplete="current-password" .value=${this.app.token} /><span class="soft">${t('signIn.tokenHint')}</span></label
          >`
        : nothing}
      ${this.problem ? html`<p class="problem" role="alert">${t('signIn.wrong', { message: this.problem })}</p>` : nothing}
      <button class="primary" type="submit" data-action="sign-in" ?disabled=${this.busy}>${t('signIn.enter')}</button>
    </form>`;
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const person = String(form.get('person') ?? '').trim();
    const token = form.get('token');
    if (!person) return;
    this.busy = true;
    this.requestUpdate();
    try {
      await this.app.api.signIn(person, token ? String(token).trim() : undefined);
      localStorage.setItem(KEY, person);
      await this.app.enter();
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.busy = false;
    this.requestUpdate();
  }
}

customElements.define('yu-sign-in', SignIn);
