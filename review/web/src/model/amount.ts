/** Printed amounts, read as `extraction/numerals.py` reads them. */

const PLAIN = /^\p{Nd}+(?:\.\p{Nd}+)?$/u;
const GROUPED = /^\p{Nd}{1,3}(?:,\p{Nd}{3})+(?:\.\p{Nd}+)?$/u;
const MINUS = /[−–—―﹣]/g;
// The same texts are asked about at every key.
const remembered = new Map<string, string | null>();
const MOST_REMEMBERED = 1 << 14;
// What Python's str.split() takes for white space and NFKC leaves.
const BLANK = /[\s\x1c-\x1f\x85]+/g;

export function canonical(text: string): string {
  return text.normalize('NFKC').replace(BLANK, '');
}

/** The amount as a decimal string, or null when the text is none: a blank, a dash, a percentage. */
export function parseAmount(text: string): string | null {
  let amount = remembered.get(text);
  if (amount === undefined) {
    amount = parsed(text);
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(text, amount);
  }
  return amount;
}

function parsed(text: string): string | null {
  let plain = canonical(text).replace(MINUS, '-');
  let negative = plain.startsWith('-');
  if (plain.startsWith('(') && plain.endsWith(')')) {
    plain = plain.slice(1, -1);
    negative = true;
  }
  for (const sign of ['-', '+', '¥']) if (plain.startsWith(sign)) plain = plain.slice(1);
  if (!PLAIN.test(plain) && !GROUPED.test(plain)) return null;
  const digits = plain.replaceAll(',', '');
  return /^[\d.]+$/.test(digits) ? (negative ? '-' : '') + digits : null;
}
