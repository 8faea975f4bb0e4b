/** All actions of the page and the keys that call them: one list for keyboard, toolbar and cheat sheet. */

import type { Message } from '../i18n';

export type Group = 'walk' | 'move' | 'edit' | 'shape' | 'table' | 'page';

export interface Action {
  id: string;
  group: Group;
  /** As `keyOf` names them; the first is shown in tooltips. */
  keys: readonly string[];
  /** Handled by the editor or the grid, listed here for the cheat sheet. */
  shownOnly?: boolean;
}

export const ACTIONS = [
  { id: 'next_doubt', group: 'walk', keys: ['n', 'Tab'] },
  { id: 'previous_doubt', group: 'walk', keys: ['p', 'Shift+Tab'] },
  { id: 'confirm', group: 'walk', keys: ['Space'] },
  { id: 'take_repair', group: 'walk', keys: ['r'] },
  { id: 'unsure', group: 'walk', keys: ['u'] },
  { id: 'apply_twins', group: 'walk', keys: ['w'] },
  { id: 'move', group: 'move', keys: ['↑ ↓ ← →'], shownOnly: true },
  { id: 'extend', group: 'move', keys: ['Shift+↑ ↓ ← →'], shownOnly: true },
  { id: 'zoom', group: 'move', keys: ['z'] },
  { id: 'edit', group: 'edit', keys: ['Enter', 'F2'] },
  { id: 'type', group: 'edit', keys: ['0–9 汉字'], shownOnly: true },
  { id: 'commit', group: 'edit', keys: ['Enter', 'Tab'], shownOnly: true },
  { id: 'cancel', group: 'edit', keys: ['Escape'], shownOnly: true },
  { id: 'blank', group: 'edit', keys: ['Delete', 'Backspace'] },
  { id: 'label', group: 'edit', keys: ['l'] },
  { id: 'label_column', group: 'edit', keys: ['Shift+L'] },
  { id: 'label_stretch', group: 'edit', keys: ['Alt+L'], shownOnly: true },
  { id: 'undo', group: 'edit', keys: ['Ctrl+Z'] },
  { id: 'redo', group: 'edit', keys: ['Ctrl+Shift+Z', 'Ctrl+Y'] },
  { id: 'merge', group: 'shape', keys: ['m'] },
  { id: 'split', group: 'shape', keys: ['s'] },
  { id: 'split_right', group: 'shape', keys: ['Alt+Enter'], shownOnly: true },
  { id: 'split_down', group: 'shape', keys: ['Alt+Shift+Enter'], shownOnly: true },
  { id: 'row_below', group: 'shape', keys: ['i'] },
  { id: 'row_above', group: 'shape', keys: ['Shift+I'] },
  { id: 'col_right', group: 'shape', keys: ['o'] },
  { id: 'col_left', group: 'shape', keys: ['Shift+O'] },
  { id: 'delete_rows', group: 'shape', keys: ['d'] },
  { id: 'delete_cols', group: 'shape', keys: ['Shift+D'] },
  { id: 'shift_left', group: 'shape', keys: ['Alt+ArrowLeft'] },
  { id: 'shift_right', group: 'shape', keys: ['Alt+ArrowRight'] },
  { id: 'shift_up', group: 'shape', keys: ['Alt+ArrowUp'] },
  { id: 'shift_down', group: 'shape', keys: ['Alt+ArrowDown'] },
  { id: 'header', group: 'table', keys: ['h'] },
  { id: 'join', group: 'table', keys: ['j'] },
  { id: 'part', group: 'table', keys: ['b'] },
  { id: 'part_header', group: 'table', keys: ['Shift+B'] },
  { id: 'draw', group: 'table', keys: ['t'] },
  { id: 'accept', group: 'page', keys: ['a'] },
  { id: 'accept_unsure', group: 'page', keys: ['Shift+A'] },
  { id: 'previous_page', group: 'page', keys: ['['] },
  { id: 'next_page', group: 'page', keys: [']'] },
  { id: 'queue', group: 'page', keys: ['g'] },
  { id: 'regions', group: 'page', keys: ['F6'] },
  { id: 'help', group: 'page', keys: ['?'] },
] as const satisfies readonly Action[];

type Listed = (typeof ACTIONS)[number];
export type ActionId = Exclude<Listed, { shownOnly: true }>['id'];

const BY_KEY = new Map<string, ActionId>(
  ACTIONS.filter((action) => !('shownOnly' in action)).flatMap((action) => action.keys.map((key) => [key, action.id as ActionId])),
);

/** How a pressed key is named: `n`, `Shift+L`, `Ctrl+Z`, `Alt+ArrowLeft`, `?`. Caps lock changes nothing. */
export function keyOf(event: KeyboardEvent): string {
  const { key, code } = event;
  const control = event.ctrlKey || event.metaKey;
  const letter = /^[a-zA-Z]$/.test(key) ? key : event.altKey && /^Key[A-Z]$/.test(code) ? code.slice(3) : '';
  const modifiers = (control ? 'Ctrl+' : '') + (event.altKey ? 'Alt+' : '');
  if (letter) {
    const plain = !modifiers && !event.shiftKey;
    return modifiers + (event.shiftKey ? 'Shift+' : '') + (plain ? letter.toLowerCase() : letter.toUpperCase());
  }
  if (key === ' ') return `${modifiers}Space`;
  return modifiers + (event.shiftKey && key.length > 1 ? 'Shift+' : '') + key;
}

/** Whether a key belongs to an input method that is composing; then it is nobody else's. */
export function composing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

export function actionOf(event: KeyboardEvent): ActionId | undefined {
  return BY_KEY.get(keyOf(event));
}

const SHOWN: Record<string, string> = {
  Space: '␣',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Delete: 'Del',
};

/** A key as it is printed: parts between `+`. */
export function shownKey(key: string): string[] {
  return key.split('+').map((part) => SHOWN[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}

/** The key of an action as a tooltip shows it. */
export function keyHint(id: ActionId): string {
  const action = ACTIONS.find((each) => each.id === id);
  return action ? shownKey(action.keys[0]).join('+') : '';
}

export function actionName(id: string): Message {
  return `action.${id}` as Message;
}
