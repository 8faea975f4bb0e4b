/** Styles of buttons, fields, tables and dialogs that all views share. */

import { css } from 'lit';

export const shared = css`
  :host {
    box-sizing: border-box;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  button,
  select,
  input {
    font: inherit;
    color: inherit;
  }
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-height: 30px;
    padding: 0 12px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--paper);
    color: var(--ink);
    cursor: pointer;
    white-space: nowrap;
    text-decoration: none;
  }
  button:hover:not(:disabled),
  .button:hover {
    background: var(--sunken);
  }
  button:disabled {
    opacity: 0.45;
    cursor: default;
  }
  button.primary {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--accent-ink);
    font-weight: 600;
  }
  button.primary:hover:not(:disabled) {
    background: #154e94;
  }
  button.quiet {
    border-color: transparent;
    background: transparent;
  }
  button.quiet:hover:not(:disabled) {
    background: var(--sunken);
  }
  input,
  select {
    min-height: 30px;
    padding: 0 8px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--paper);
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 1px;
  }
  kbd {
    display: inline-block;
    min-width: 20px;
    padding: 0 5px;
    border: 1px solid var(--line-strong);
    border-bottom-width: 2px;
    border-radius: 4px;
    background: var(--paper);
    color: var(--ink);
    font: 12px/18px var(--font);
    text-align: center;
  }
  h1 {
    margin: 0;
    font-size: 20px;
    font-weight: 650;
  }
  h2 {
    margin: 0;
    font-size: 15px;
    font-weight: 650;
  }
  p {
    margin: 0;
  }
  .soft {
    color: var(--ink-soft);
  }
  .chip {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 0 8px;
    border-radius: 10px;
    background: var(--sunken);
    font-size: 12px;
    line-height: 20px;
    white-space: nowrap;
  }
  .chip.doubt {
    background: var(--doubt-soft);
    color: var(--doubt);
  }
  .chip.fail {
    background: var(--fail-soft);
    color: var(--fail);
  }
  .chip.good {
    background: var(--good-soft);
    color: var(--good);
  }
  .chip.unsure {
    background: var(--unsure-soft);
    color: var(--unsure);
  }
  table.list {
    width: 100%;
    border-collapse: collapse;
    background: var(--paper);
  }
  table.list th {
    padding: 8px 12px;
    border-bottom: 1px solid var(--line-strong);
    background: var(--paper);
    color: var(--ink-soft);
    font-size: 12px;
    font-weight: 600;
    text-align: left;
    white-space: nowrap;
  }
  table.list td {
    padding: 7px 12px;
    border-bottom: 1px solid var(--line);
  }
  table.list .figure {
    text-align: right;
    font-variant-numeric: tabular-nums;
  }
  dialog {
    max-width: min(92vw, 960px);
    max-height: 86vh;
    padding: 0;
    border: 1px solid var(--line-strong);
    border-radius: 8px;
    background: var(--paper);
    color: var(--ink);
    box-shadow: 0 12px 40px rgb(20 30 50 / 0.22);
    overflow: hidden;
  }
  dialog[open] {
    display: flex;
    flex-direction: column;
  }
  dialog::backdrop {
    background: rgb(20 30 50 / 0.32);
  }
  dialog header,
  dialog footer {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 12px 16px;
  }
  dialog header {
    border-bottom: 1px solid var(--line);
  }
  dialog footer {
    justify-content: flex-end;
    border-top: 1px solid var(--line);
  }
  dialog .body {
    padding: 16px;
    overflow: auto;
  }
  .grow {
    flex: 1;
  }
  .spoken {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

/** The colours of labels, by `data-hue`. */
export const hues = css`
  [data-hue='blue'] {
    --hue: var(--blue);
  }
  [data-hue='violet'] {
    --hue: var(--violet);
  }
  [data-hue='teal'] {
    --hue: var(--teal);
  }
  [data-hue='green'] {
    --hue: var(--green);
  }
  [data-hue='brown'] {
    --hue: var(--brown);
  }
  [data-hue='pink'] {
    --hue: var(--pink);
  }
  [data-hue='gold'] {
    --hue: var(--gold);
  }
  [data-hue='grey'],
  [data-hue='none'] {
    --hue: var(--grey);
  }
`;
