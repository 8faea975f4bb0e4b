import { describe, expect, it } from 'vitest';
import { zh } from '../src/i18n/zh';
import { ACTIONS, actionOf, composing, keyOf } from '../src/page/actions';

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  ({ key, code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false, keyCode: 0, ...more }) as KeyboardEvent;

describe('keys', () => {
  it.each([
    [press('n'), 'n'],
    [press('N'), 'n'],
    [press('L', { shiftKey: true }), 'Shift+L'],
    [press('l', { shiftKey: true }), 'Shift+L'],
    [press('z', { ctrlKey: true }), 'Ctrl+Z'],
    [press('z', { metaKey: true, shiftKey: true }), 'Ctrl+Shift+Z'],
    [press('¬', { altKey: true, code: 'KeyL' }), 'Alt+L'],
    [press('ArrowLeft', { altKey: true }), 'Alt+ArrowLeft'],
    [press('Tab', { shiftKey: true }), 'Shift+Tab'],
    [press('?', { shiftKey: true }), '?'],
    [press(' '), 'Space'],
  ])('%#', (event, name) => {
    expect(keyOf(event)).toBe(name);
  });

  it('call actions, each key one', () => {
    expect(actionOf(press('n'))).toBe('next_doubt');
    expect(actionOf(press('I', { shiftKey: true }))).toBe('row_above');
    expect(actionOf(press('n', { ctrlKey: true }))).toBeUndefined();
    const keys = ACTIONS.filter((action) => !('shownOnly' in action)).flatMap((action) => [...action.keys]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('of an input method are told by either sign', () => {
    expect(composing(press('n', { isComposing: true }))).toBe(true);
    expect(composing(press('Process', { keyCode: 229 }))).toBe(true);
    expect(composing(press('n'))).toBe(false);
  });

  it('all have a name', () => {
    for (const { id, group } of ACTIONS) {
      expect(zh).toHaveProperty([`action.${id}`]);
      expect(zh).toHaveProperty([`group.${group}`]);
    }
  });
});
