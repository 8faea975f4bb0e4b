/** The border between scan and table, moved by mouse or keys, and kept. */

const KEY = 'yusuan.split';
const LEAST = 20;
const MOST = 75;

export function keptSplit(): string {
  const kept = Number(localStorage.getItem(KEY));
  return `${kept >= LEAST && kept <= MOST ? kept : 44}%`;
}

function keep(percent: number): string {
  const value = Math.min(MOST, Math.max(LEAST, Math.round(percent * 10) / 10));
  localStorage.setItem(KEY, String(value));
  return `${value}%`;
}

export function draggedSplit(event: PointerEvent, frame: Element, set: (split: string) => void): void {
  const handle = event.currentTarget as HTMLElement;
  event.preventDefault();
  handle.setPointerCapture(event.pointerId);
  const box = frame.getBoundingClientRect();
  const move = (moved: PointerEvent): void => set(keep(((moved.clientX - box.left) / box.width) * 100));
  handle.addEventListener('pointermove', move);
  handle.addEventListener('pointerup', () => handle.removeEventListener('pointermove', move), { once: true });
}

export function keySplit(event: KeyboardEvent, now: string): string | null {
  const by = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
  return by ? keep(parseFloat(now) + by) : null;
}
