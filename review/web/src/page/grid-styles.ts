/** How tables look: dense, calm, marks told by shape as well as by colour. */

import { css } from 'lit';

export const gridStyles = css`
  :host {
    display: block;
    min-width: 0;
    min-height: 0;
    background: var(--ground);
  }
  .scroller {
    position: relative;
    height: 100%;
    overflow: auto;
    padding: 0 10px 40px;
    scrollbar-width: thin;
  }
  .scroller:focus-within td.focus,
  .scroller:focus-within th.focus {
    outline-color: var(--accent);
  }
  section {
    padding-top: 10px;
    contain: layout style;
  }
  .heading {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: 32px;
    padding: 0 2px 6px;
    font-size: 13px;
  }
  .heading h2 {
    flex: 1;
    min-width: 120px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .heading select {
    max-width: 180px;
    min-height: 26px;
    font-size: 12px;
  }
  .heading button {
    width: 28px;
    min-height: 26px;
    padding: 0;
  }
  .scroller {
    container-type: inline-size;
  }
  @container (max-width: 620px) {
    .heading .size {
      display: none;
    }
  }
  .heading .soft {
    font-size: 12px;
    white-space: nowrap;
  }
  table {
    table-layout: fixed;
    border-spacing: 0;
    border-collapse: separate;
    border-left: 1px solid var(--line);
    border-top: 1px solid var(--line);
    background: var(--paper);
    font-size: 13px;
    line-height: 1.4;
    user-select: none;
    cursor: cell;
  }
  th,
  td {
    position: relative;
    padding: 0;
    border-right: 1px solid var(--line);
    border-bottom: 1px solid var(--line);
    vertical-align: middle;
    text-align: left;
    font-weight: 400;
    overflow-wrap: anywhere;
  }
  thead {
    position: sticky;
    top: 0;
    z-index: 2;
  }
  thead th {
    background: #eef1f5;
    font-size: 12.5px;
    font-weight: 600;
    text-align: center;
  }
  .text {
    min-height: 27px;
    padding: 4px 8px;
  }
  .figure .text {
    text-align: right;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .gutter {
    position: sticky;
    left: 0;
    z-index: 1;
    background: #f7f8fa;
    color: var(--ink-soft);
    font-size: 11px;
    font-weight: 400;
    text-align: center;
    cursor: default;
  }
  .tags th {
    height: 22px;
    background: var(--paper);
    overflow: hidden;
  }
  .tags .gutter {
    background: var(--paper);
  }
  .tag {
    display: block;
    width: 100%;
    min-height: 21px;
    padding: 0 4px;
    border: 0;
    border-bottom: 3px solid var(--hue, var(--line));
    border-radius: 0;
    background: transparent;
    color: var(--hue, var(--ink-soft));
    font-size: 11px;
    line-height: 18px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    cursor: pointer;
  }
  .text[data-tag]::after {
    content: attr(data-tag);
    display: block;
    overflow: hidden;
    color: var(--hue);
    font-size: 10.5px;
    font-weight: 400;
    line-height: 13px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .stretch {
    border-bottom: 2px solid var(--hue);
  }
  .hole {
    background: repeating-linear-gradient(135deg, var(--sunken) 0 4px, var(--paper) 4px 8px);
  }
  .elsewhere td {
    padding: 3px 6px;
    background: #f7f8fa;
  }
  .elsewhere button {
    position: sticky;
    left: 6px;
    min-height: 24px;
    border: 0;
    background: transparent;
    color: var(--accent);
    font-size: 12px;
  }
  .away {
    background: #fafbfc;
    color: var(--ink-soft);
  }

  /* Marks: a glyph in the corner, and a colour. */
  .doubt {
    background: var(--doubt-soft);
    box-shadow: inset 3px 0 0 var(--doubt-line);
  }
  .failed {
    box-shadow: inset 0 -3px 0 -1px var(--fail);
  }
  .doubt.failed {
    box-shadow:
      inset 3px 0 0 var(--doubt-line),
      inset 0 -3px 0 -1px var(--fail);
  }
  .doubt::before,
  .failed::before,
  .unsure::before,
  .reviewed::before {
    position: absolute;
    top: 0;
    right: 2px;
    font-size: 10px;
    font-weight: 700;
    line-height: 12px;
    letter-spacing: -0.5px;
  }
  /* Figures stand on the right: there the glyph would lie over them. */
  .figure::before {
    right: auto;
    left: 5px;
  }
  .reviewed::before {
    content: '✓';
    color: var(--good);
  }
  .doubt::before {
    content: '?';
    color: var(--doubt);
  }
  .doubt.proposed::before {
    content: '?→';
  }
  .failed::before {
    content: '≠';
    color: var(--fail);
  }
  .doubt.failed::before {
    content: '? ≠';
  }
  .failed.reviewed::before {
    content: '✓ ≠';
  }
  .unsure {
    background: var(--unsure-soft);
  }
  .unsure::before {
    content: '!?';
    color: var(--unsure);
  }
  .lit {
    background: #e3f3f4;
    outline: 1px dashed var(--teal);
    outline-offset: -2px;
  }
  .selected {
    background: var(--accent-soft);
  }
  .focus {
    outline: 2px solid var(--line-strong);
    outline-offset: -2px;
    z-index: 1;
  }
  .editor {
    position: absolute;
    top: 0;
    left: 0;
    z-index: 5;
    min-width: 40px;
    margin: 0;
    padding: 3px 7px;
    border: 2px solid var(--accent);
    border-radius: 0;
    background: var(--paper);
    box-shadow: 0 3px 10px rgb(20 30 50 / 0.22);
    color: var(--ink);
    font: 13px/1.4 var(--font);
    font-variant-numeric: tabular-nums;
    resize: none;
    overflow: hidden;
    outline: none;
  }
  .editor:not(.editing) {
    opacity: 0;
    pointer-events: none;
  }
  @media (min-width: 2000px) {
    table,
    .editor {
      font-size: 14px;
    }
  }
  .none {
    max-width: 460px;
    margin: 60px auto;
    color: var(--ink-soft);
    text-align: center;
  }
`;
