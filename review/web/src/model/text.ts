/**
 * Text of cells and the labels on it. Positions count code points, as in Python: a rare character of a name
 * (beyond the basic plane) is one, though a JavaScript string holds two units for it.
 */

import type { Repair, Span } from '../api/types';

export function chars(text: string): string[] {
  return Array.from(text);
}

export function lengthOf(text: string): number {
  return chars(text).length;
}

export function slice(text: string, start: number, end?: number): string {
  return chars(text).slice(start, end).join('');
}

/** How many characters stand before a position of a text field, which counts UTF-16 units. */
export function fromUnits(text: string, units: number): number {
  return lengthOf(text.slice(0, units));
}

const LATIN = /[\p{Script=Latin}\p{Nd}]/u;

/** Join lines of a wrapped text: a blank stays only between two Latin words or numbers, where one was. */
export function joined(first: string, second: string): string {
  if (!first || !second) return first + second;
  const last = chars(first).at(-1)!;
  const next = chars(second)[0]!;
  return first + (isAsciiWord(last) && isAsciiWord(next) ? ' ' : '') + second;
}

function isAsciiWord(char: string): boolean {
  return char.charCodeAt(0) < 128 && LATIN.test(char);
}

/** What a person typed as the text of a cell: on one line, without blanks at its ends. */
export function typed(text: string): string {
  return text.split(/[\r\n]+/).map((line) => line.trim()).reduce(joined, '').trim();
}

/**
 * Labels of a text that becomes another. One over the whole stays over the whole; others keep their hold on
 * what the two texts have in common at the beginning and at the end.
 */
export function refitted(spans: readonly Span[], before: string, after: string): Span[] {
  const old = chars(before);
  const now = chars(after);
  if (!now.length) return [];
  if (spans.length === 1 && spans[0]!.start === 0 && spans[0]!.end >= old.length) return [{ ...spans[0]!, end: now.length }];
  const shorter = Math.min(old.length, now.length);
  let prefix = 0;
  while (prefix < shorter && old[prefix] === now[prefix]) prefix++;
  let suffix = 0;
  while (suffix < shorter - prefix && old[old.length - 1 - suffix] === now[now.length - 1 - suffix]) suffix++;
  const moved = (at: number, end: boolean): number => {
    // What is typed at the border of a label belongs to it when the label ends there and nothing else begins.
    if (at === old.length && end) return now.length;
    if (at < prefix || (at === prefix && !end)) return at;
    if (at >= old.length - suffix) return at + now.length - old.length;
    return end ? now.length - suffix : prefix;
  };
  const fitted: Span[] = [];
  let free = 0;
  for (const span of spans) {
    const start = Math.max(free, moved(span.start, false));
    const end = moved(span.end, true);
    if (start >= end) continue;
    fitted.push({ ...span, start, end });
    free = end;
  }
  return fitted;
}

/** Labels with one more on a stretch of the text: what it covers of others goes. */
export function labelled(spans: readonly Span[], start: number, end: number, label: string | null): Span[] {
  const result: Span[] = [];
  for (const span of spans) {
    if (span.end <= start || span.start >= end) {
      result.push(span);
      continue;
    }
    if (span.start < start) result.push({ ...span, end: start });
    if (span.end > end) result.push({ ...span, start: end });
  }
  if (label !== null && start < end) result.push({ start, end, label, confidence: null });
  return result.sort((a, b) => a.start - b.start);
}

export function wholeSpan(text: string, label: string): Span[] {
  const end = lengthOf(text);
  return end ? [{ start: 0, end, label, confidence: null }] : [];
}

/** The label of a text that has one label over all of it. */
export function wholeLabel(spans: readonly Span[], text: string): string | null {
  const [span] = spans;
  return spans.length === 1 && span!.start === 0 && span!.end >= lengthOf(text) ? span!.label : null;
}

/** Labels of two texts that were joined; those that meet and say the same become one. */
export function joinedSpans(first: string, firstSpans: readonly Span[], second: string, secondSpans: readonly Span[]): Span[] {
  const shift = lengthOf(joined(first, second)) - lengthOf(second);
  const all = [...firstSpans, ...secondSpans.map((span) => ({ ...span, start: span.start + shift, end: span.end + shift }))];
  const result: Span[] = [];
  for (const span of all) {
    const last = result.at(-1);
    if (last && last.label === span.label && last.end >= lengthOf(first) && span.start <= shift && last.end <= span.start) {
      result[result.length - 1] = { ...last, end: span.end, confidence: least(last.confidence, span.confidence) };
    } else {
      result.push(span);
    }
  }
  return result;
}

function least(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.min(a, b);
}

/** Labels of a part of a text. */
export function cutSpans(spans: readonly Span[], start: number, end: number): Span[] {
  return spans
    .filter((span) => span.start < end && span.end > start)
    .map((span) => ({ ...span, start: Math.max(span.start, start) - start, end: Math.min(span.end, end) - start }));
}

/** Repairs that a text typed by a person leaves: only what says where the parts of a torn cell stand. */
export function keptRepairs(repairs: readonly Repair[]): Repair[] {
  return repairs.filter((repair) => repair.kind === 'joined');
}
