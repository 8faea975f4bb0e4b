/** How the page is laid out: scan, splitter, table, and the panel below it or, where there is room, beside it. */

import { css } from 'lit';

export const pageStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
    height: 100%;
  }
  .bar {
    display: flex;
    flex: none;
    align-items: center;
    gap: 8px;
    min-height: 44px;
    padding: 5px 10px;
    border-bottom: 1px solid var(--line);
    background: var(--paper);
  }
  .bar h1 {
    min-width: 40px;
    overflow: hidden;
    font-size: 14px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .bar .square {
    width: 30px;
    padding: 0;
  }
  .banner {
    display: flex;
    flex: none;
    align-items: center;
    gap: 12px;
    padding: 5px 14px;
    border-bottom: 1px solid var(--line);
    background: var(--accent-soft);
    font-size: 13px;
  }
  .banner.done {
    background: var(--good-soft);
  }
  .banner.other {
    background: var(--doubt-soft);
  }
  .banner button {
    min-height: 26px;
  }
  main {
    display: grid;
    flex: 1;
    grid-template: minmax(0, 1fr) / minmax(220px, var(--split, 46%)) 7px minmax(0, 1fr);
    min-height: 0;
  }
  .splitter {
    position: relative;
    border: 0 solid var(--line);
    border-width: 0 1px;
    background: var(--sunken);
    cursor: col-resize;
    touch-action: none;
  }
  .splitter::after {
    position: absolute;
    inset: calc(50% - 14px) 1px auto;
    height: 28px;
    border: solid var(--line-strong);
    border-width: 0 1px;
    content: '';
  }
  .splitter:hover,
  .splitter:focus-visible {
    background: var(--accent-soft);
  }
  .work {
    display: grid;
    grid-template: auto minmax(0, 1fr) auto minmax(150px, 32%) / minmax(0, 1fr);
    grid-template-areas: 'tools' 'grid' 'twins' 'panel';
    min-width: 0;
    min-height: 0;
  }
  yu-toolbar {
    grid-area: tools;
  }
  yu-grid {
    grid-area: grid;
  }
  .twins {
    display: flex;
    grid-area: twins;
    align-items: center;
    gap: 10px;
    padding: 5px 12px;
    border-top: 1px solid var(--line);
    background: var(--accent-soft);
    font-size: 13px;
  }
  .twins span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  yu-panel {
    grid-area: panel;
    border-top: 1px solid var(--line-strong);
  }
  @media (min-width: 1800px) {
    .work {
      grid-template: auto minmax(0, 1fr) auto / minmax(0, 1fr) clamp(360px, 34%, 520px);
      grid-template-areas: 'tools panel' 'grid panel' 'twins panel';
    }
    yu-panel {
      border-top: 0;
      border-left: 1px solid var(--line-strong);
    }
  }
`;
