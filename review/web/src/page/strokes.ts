/** Keys and clicks that work takes: with each edit the server is told how many, to find what is slow. */

let count = 0;

function tick(): void {
  count++;
}

addEventListener('keydown', tick, { capture: true, passive: true });
addEventListener('pointerdown', tick, { capture: true, passive: true });

/** The number since it was asked for last. */
export function takeStrokes(): number {
  const taken = count;
  count = 0;
  return taken;
}
