/** Small line icons, drawn on a square of 16. */

import { html, svg, type TemplateResult } from 'lit';

const PATHS: Record<string, string> = {
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4',
  confirm: 'M3 8.5l3.5 3.5L13 4.5',
  take_repair: 'M2 8h8M7 4.5L10.5 8 7 11.5M13.5 3v10',
  unsure: 'M5.5 6a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .8-1 1.7M8 12.6v.2',
  label: 'M2 3h6l6 6-5 5-7-6zM5 5.8v.2',
  label_column: 'M2 2h12v3H2zM5 8h6M5 11h6M8 8v6',
  undo: 'M6 3L2.5 6.5 6 10M3 6.5h6a4 4 0 0 1 0 7.5H7',
  redo: 'M10 3l3.5 3.5L10 10M13 6.5H7A4 4 0 0 0 7 14h2',
  merge: 'M2 3h12v10H2zM4 8h3M9 8h3M5.5 6.5L7 8 5.5 9.5M10.5 6.5L9 8l1.5 1.5',
  split: 'M2 3h12v10H2zM8 3v10M6 8H3.5M10 8h2.5',
  row_below: 'M2 2h12v5H2zM8 9v5M5.5 11.5h5',
  row_above: 'M2 9h12v5H2zM8 2v5M5.5 4.5h5',
  col_right: 'M2 2h5v12H2zM9 8h5M11.5 5.5v5',
  col_left: 'M9 2h5v12H9zM2 8h5M4.5 5.5v5',
  delete_rows: 'M2 5h12v6H2zM6 6.5l4 3M10 6.5l-4 3',
  delete_cols: 'M5 2h6v12H5zM6.5 6l3 4M9.5 6l-3 4',
  shift_left: 'M14 8H3M6.5 4.5L3 8l3.5 3.5',
  shift_right: 'M2 8h11M9.5 4.5L13 8l-3.5 3.5',
  shift_up: 'M8 14V3M4.5 6.5L8 3l3.5 3.5',
  shift_down: 'M8 2v11M4.5 9.5L8 13l3.5-3.5',
  header: 'M2 3h12v10H2zM2 6.5h12M4 4.8h8',
  join: 'M3 2h10v4H3zM3 10h10v4H3zM8 6.5v3M6.5 8L8 9.5 9.5 8',
  part: 'M3 2h10v4H3zM3 10h10v4H3zM1.5 8h2M6 8h1.5M9 8h1.5M13 8h1.5',
  draw: 'M2 5V2h3M11 2h3v3M14 11v3h-3M5 14H2v-3M8 5.5v5M5.5 8h5',
  help: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M6 6.4a2 2 0 1 1 2.8 1.8c-.6.3-.8.7-.8 1.4M8 11.6v.2',
  remove: 'M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.6 9h5.8l.6-9M7 7v4M9 7v4',
  previous: 'M10 3L5 8l5 5',
  next: 'M6 3l5 5-5 5',
  back: 'M2 8h12M6 4L2 8l4 4',
};

export function icon(name: string): TemplateResult {
  return html`<svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
    ${svg`<path d=${PATHS[name] ?? ''} />`}
  </svg>`;
}
