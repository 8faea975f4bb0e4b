/** Labels as they are seen: a colour for each kind of record, tags, underlined stretches of a text. */

import type { Cell } from '../api/types';
import { nameOf } from '../i18n';
import { slice } from '../model/text';

const HUES: Record<string, string> = {
  budget_line: 'blue',
  organization: 'violet',
  project: 'teal',
  indicator: 'green',
  asset: 'brown',
  procurement: 'pink',
  institution: 'violet',
};

/** The colour of a label, as the `data-hue` attribute; figures of money have one of their own. */
export function hueOf(label: string | null): string {
  if (!label) return 'none';
  if (/\.(amount|budget|budget_total|budget_local|budget_upper|price|value|quantity)$/.test(label) && !label.startsWith('indicator.')) return 'gold';
  return HUES[label.split('.')[0] ?? ''] ?? 'grey';
}

/** The text of a cell: stretches with labels of their own are underlined, a label that is not the usual one is told. */
export function fillText(node: HTMLElement, cell: Cell, label: string | null, usual: string | null, tellNone: boolean): void {
  const parts: Node[] = [];
  let own: string | null | undefined;
  if (label !== null || !cell.spans.length) {
    parts.push(document.createTextNode(cell.text));
    const odd = label !== usual && (label !== null || (tellNone && cell.text !== '' && usual !== null));
    if (odd) own = label;
  } else {
    let at = 0;
    for (const span of cell.spans) {
      if (span.start > at) parts.push(document.createTextNode(slice(cell.text, at, span.start)));
      const part = document.createElement('span');
      part.className = 'stretch';
      part.dataset.hue = hueOf(span.label);
      part.title = nameOf(span.label);
      part.textContent = slice(cell.text, span.start, span.end);
      parts.push(part);
      at = span.end;
    }
    const rest = slice(cell.text, at);
    if (rest) parts.push(document.createTextNode(rest));
  }
  node.replaceChildren(...parts);
  // As an attribute, which a style sheet prints: the text of the node stays that of the cell.
  if (own === undefined) {
    delete node.dataset.tag;
    delete node.dataset.hue;
  } else {
    node.dataset.tag = own ? nameOf(own) : '—';
    node.dataset.hue = hueOf(own);
  }
}
