/** Undo and redo: what was done on a page, how it is taken back. Immutable and plain data, so it can be kept. */

import type { Patch } from '../api/types';
import { independent } from './merge';

export interface Step {
  /** The edit as it was sent; the server knows its version by this. */
  edit: string;
  action: string;
  /** Done again by these, taken back by those. */
  patches: Patch[];
  inverse: Patch[];
  /** Where the selection was, as a cell key. */
  at: string | null;
}

export interface History {
  undo: readonly Step[];
  redo: readonly Step[];
}

export const EMPTY: History = { undo: [], redo: [] };
const MOST = 300;

export function done(history: History, step: Step): History {
  return { undo: [...history.undo, step].slice(-MOST), redo: [] };
}

/** The history after the last step was taken back by an edit. */
export function undone(history: History): History {
  const step = history.undo.at(-1);
  return step ? { undo: history.undo.slice(0, -1), redo: [...history.redo, step] } : history;
}

/** The history after the last undo was taken back by an edit with a new id. */
export function redone(history: History, edit: string): History {
  const step = history.redo.at(-1);
  return step ? { undo: [...history.undo, { ...step, edit }], redo: history.redo.slice(0, -1) } : history;
}

/** What can still be taken back after others changed tables: steps that have nothing to do with that, up to the first that has. */
export function rebased(history: History, theirs: readonly Patch[]): History {
  return { undo: tail(history.undo, theirs), redo: tail(history.redo, theirs) };
}

function tail(steps: readonly Step[], theirs: readonly Patch[]): Step[] {
  const kept: Step[] = [];
  for (const step of [...steps].reverse()) {
    if (!independent(step.patches, theirs) || !independent(step.inverse, theirs)) break;
    kept.unshift(step);
  }
  return kept;
}

export function dump(history: History): string {
  return JSON.stringify(history);
}

/** A kept history; an empty one when it cannot be read. */
export function load(text: string | null): History {
  if (!text) return EMPTY;
  try {
    const value = JSON.parse(text) as Partial<History>;
    return Array.isArray(value.undo) && Array.isArray(value.redo) ? { undo: value.undo, redo: value.redo } : EMPTY;
  } catch {
    return EMPTY;
  }
}
