/**
 * The one text field of the grid. It always has the focus, also while nobody types: an input method can only begin
 * in a field that is there already. At rest it is empty and cannot be seen, and keys are commands; the first
 * character that is none begins to replace the cell.
 */

import { fromUnits } from '../model/text';
import { type ActionId, actionOf, composing, keyOf } from './actions';

export type Leave = 'enter' | 'tab' | 'back' | 'blur';

export interface EditorHost {
  run(action: ActionId): void;
  move(down: number, right: number, extend: boolean): void;
  /** Whether the selected cell can be typed into now. */
  mayEdit(): boolean;
  draft(text: string | null): void;
  commit(text: string, leave: Leave): void;
  split(text: string, at: number, axis: 'row' | 'col'): void;
  labelStretch(text: string, start: number, end: number): void;
  copied(): string;
  leave(): void;
}

const ARROWS: Record<string, [down: number, right: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export class CellEditor {
  readonly element = document.createElement('textarea');
  private active = false;
  private composition = false;

  constructor(private readonly host: EditorHost) {
    const { element } = this;
    element.className = 'editor';
    element.rows = 1;
    element.spellcheck = false;
    element.autocomplete = 'off';
    element.setAttribute('autocapitalize', 'off');
    element.dataset.testid = 'editor';
    element.addEventListener('keydown', (event) => this.keydown(event));
    element.addEventListener('input', (event) => this.input(event as InputEvent));
    element.addEventListener('compositionstart', () => {
      this.composition = true;
      if (!this.active) this.begin('');
    });
    element.addEventListener('compositionend', () => {
      this.composition = false;
      if (this.active) this.host.draft(element.value);
    });
    element.addEventListener('blur', () => this.finish('blur'));
    element.addEventListener('copy', (event) => this.copy(event));
  }

  get editing(): boolean {
    return this.active;
  }

  get value(): string {
    return this.element.value;
  }

  focus(): void {
    this.element.focus({ preventScroll: true });
  }

  /** Let the field lie over a cell. */
  place(left: number, top: number, width: number, height: number): void {
    const { style } = this.element;
    style.transform = `translate(${left}px, ${top}px)`;
    style.width = `${width}px`;
    style.minHeight = `${height}px`;
    style.height = `${height}px`;
  }

  /** Begin to edit a text, the caret behind it. */
  start(text: string): void {
    this.focus();
    if (this.active) return;
    this.begin(text);
    this.element.setSelectionRange(text.length, text.length);
    this.grow();
  }

  /** Let go of what is typed. */
  cancel(): void {
    if (!this.active) return;
    this.rest();
    this.host.draft(null);
  }

  private begin(text: string): boolean {
    if (!this.host.mayEdit()) {
      this.element.value = '';
      return false;
    }
    this.active = true;
    this.element.classList.add('editing');
    if (text) this.element.value = text;
    return true;
  }

  private rest(): void {
    this.active = false;
    this.element.classList.remove('editing');
    this.element.value = '';
  }

  /** Commit what is typed and come to rest; harmless at rest. */
  finish(leave: Leave): void {
    if (!this.active || this.composition) return;
    const text = this.element.value;
    this.rest();
    this.host.commit(text, leave);
  }

  private input(event: InputEvent): void {
    if (!this.active && this.element.value !== '') {
      const typed = this.element.value;
      if (!this.begin('')) return;
      this.element.value = typed;
    }
    if (!this.active) return;
    this.grow();
    if (!event.isComposing && !this.composition) this.host.draft(this.element.value);
  }

  private grow(): void {
    const { element } = this;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + 2}px`;
  }

  private keydown(event: KeyboardEvent): void {
    if (composing(event)) return;
    if (this.active) this.editKey(event);
    else this.restKey(event);
  }

  private editKey(event: KeyboardEvent): void {
    const { element } = this;
    switch (keyOf(event)) {
      case 'Enter':
        this.finish('enter');
        break;
      case 'Tab':
        this.finish('tab');
        break;
      case 'Shift+Tab':
        this.finish('back');
        break;
      case 'Escape':
        this.cancel();
        break;
      case 'Alt+Enter':
      case 'Alt+Shift+Enter': {
        const text = element.value;
        const at = fromUnits(text, element.selectionStart);
        this.rest();
        this.host.split(text, at, event.shiftKey ? 'row' : 'col');
        break;
      }
      case 'Alt+L': {
        const text = element.value;
        const [start, end] = [fromUnits(text, element.selectionStart), fromUnits(text, element.selectionEnd)];
        if (start === end) break;
        this.rest();
        this.host.labelStretch(text, start, end);
        break;
      }
      default:
        event.stopPropagation();
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private restKey(event: KeyboardEvent): void {
    const arrow = ARROWS[event.key];
    if (arrow && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.host.move(...arrow, event.shiftKey);
      return;
    }
    if (event.key === 'Escape') {
      event.preventDefault();
      this.host.leave();
      return;
    }
    const action = actionOf(event);
    if (action) {
      event.preventDefault();
      event.stopPropagation();
      this.host.run(action);
      return;
    }
    // Single letters are commands only: one that is none must not overwrite a cell by mistake.
    if (/^[a-zA-Z]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) event.preventDefault();
  }

  private copy(event: ClipboardEvent): void {
    if (this.active || !event.clipboardData) return;
    event.clipboardData.setData('text/plain', this.host.copied());
    event.preventDefault();
  }
}
