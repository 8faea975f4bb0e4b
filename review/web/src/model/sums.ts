/** Closure lights: whether the sums of a page hold with the texts as they are now, also half typed ones. */

import type { CellRef, Equation, Table, Term } from '../api/types';
import { canonical, parseAmount } from './amount';
import { abs, compare, decimal, type Decimal, minus, plus, times, ZERO } from './decimal';
import { cellOf, refKey } from './table';

export type Light = 'holds' | 'fails' | 'unknown';

export interface Closure {
  equation: Equation;
  light: Light;
  left: Decimal;
  right: Decimal;
  /** Left less right less the wanted value that is nearest. */
  off: Decimal;
  unknown: CellRef[];
}

export type TextOf = (ref: CellRef) => string | undefined;

/** Texts of cells as they stand, but for one that is being typed. */
export function textsOf(tables: readonly Table[], draft?: { ref: CellRef; text: string }): TextOf {
  const key = draft && refKey(draft.ref);
  return (ref) => {
    const cell = cellOf(tables, ref);
    if (draft && cell && refKey({ ...ref, row: cell.row, col: cell.col }) === key) return draft.text;
    return cell?.text;
  };
}

export function closure(equation: Equation, textOf: TextOf): Closure {
  const unknown: CellRef[] = [];
  const sum = (terms: readonly Term[], blank: Decimal | null): Decimal =>
    terms.reduce((total, term) => {
      const value = valueOf(term, textOf(term), blank);
      if (value === null) unknown.push({ table: term.table, row: term.row, col: term.col });
      return value === null ? total : plus(total, value);
    }, ZERO);
  const left = sum(equation.left, null);
  const right = sum(equation.right, ZERO);
  const difference = minus(left, right);
  const offs = equation.wanted.map((wanted) => minus(difference, decimal(wanted)));
  const off = offs.reduce((best, next) => (compare(abs(next), abs(best)) < 0 ? next : best), offs[0] ?? difference);
  const holds = compare(abs(off), decimal(equation.tolerance)) <= 0;
  return { equation, light: unknown.length ? 'unknown' : holds ? 'holds' : 'fails', left, right, off, unknown };
}

/** What a figure is worth; null where it cannot be read. A part that is blank or a dash adds nothing. */
function valueOf(term: Term, text: string | undefined, blank: Decimal | null): Decimal | null {
  // The table stands on another page: what the server knew of it holds.
  if (text === undefined) return term.known ? decimal(term.value) : null;
  const amount = parseAmount(text);
  if (amount !== null) return times(decimal(amount), decimal(term.scale));
  return /^[-/]*$/.test(canonical(text).replace(/[−–—―﹣]/g, '-')) ? blank : null;
}

export function closures(equations: readonly Equation[], textOf: TextOf): Closure[] {
  return equations.map((equation) => closure(equation, textOf));
}

export function termsOf(equation: Equation): Term[] {
  return [...equation.left, ...equation.right];
}

/** Equations in which a cell stands, by cell. */
export function byCell(equations: readonly Equation[]): Map<string, Equation[]> {
  const found = new Map<string, Equation[]>();
  for (const equation of equations) {
    for (const key of new Set(termsOf(equation).map(refKey))) {
      const list = found.get(key);
      if (list) list.push(equation);
      else found.set(key, [equation]);
    }
  }
  return found;
}
