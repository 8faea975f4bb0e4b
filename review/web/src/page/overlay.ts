/**
 * Boxes of cells over the scan: SVG in pixels of the page, moved as a whole with the image. Boxes are made once for
 * a set of tables; selection and marks only change classes.
 */

import type { BBox, Cell, Table } from '../api/types';
import { keyOf } from '../model/table';

const SVG = 'http://www.w3.org/2000/svg';

export class Overlay {
  readonly element = document.createElementNS(SVG, 'svg');
  private readonly group = document.createElementNS(SVG, 'g');
  private readonly boxes = document.createElementNS(SVG, 'g');
  private readonly front = document.createElementNS(SVG, 'rect');
  private readonly drawn = document.createElementNS(SVG, 'rect');
  private nodes = new Map<string, SVGRectElement>();
  private bboxes = new Map<string, BBox>();
  private marks = new Map<string, string>();
  private selected = new Set<string>();
  private lit: ReadonlySet<string> = new Set();

  constructor() {
    this.element.classList.add('overlay');
    this.element.setAttribute('aria-hidden', 'true');
    this.front.classList.add('front');
    this.drawn.classList.add('drawn');
    this.group.append(this.boxes, this.front, this.drawn);
    this.element.append(this.group);
    this.hide(this.front);
    this.hide(this.drawn);
  }

  /** Boxes of all cells of a page. One whose cell has only moved in its table keeps its node. */
  show(tables: readonly Table[], page: number, marksOf: (key: string, cell: Cell) => string): void {
    const before = new Map([...this.bboxes].map(([key, bbox]) => [bbox, key]));
    const [nodes, bboxes, marks] = [this.nodes, this.bboxes, this.marks];
    this.nodes = new Map();
    this.bboxes = new Map();
    this.marks = new Map();
    const missing: [key: string, cell: Cell][] = [];
    const take = (key: string, cell: Cell, old: string | undefined): void => {
      let node = old === undefined ? undefined : nodes.get(old);
      if (node && old !== undefined) nodes.delete(old);
      else node = this.boxes.appendChild(document.createElementNS(SVG, 'rect'));
      if (node.dataset.box !== key) node.dataset.box = key;
      if (old === undefined || bboxes.get(old) !== cell.bbox) setBox(node, cell.bbox);
      this.nodes.set(key, node);
      this.bboxes.set(key, cell.bbox);
      const own = marksOf(key, cell);
      this.marks.set(key, own);
      if (old !== key || marks.get(old) !== own) node.setAttribute('class', this.classOf(key));
    };
    for (const table of tables) {
      for (const cell of table.cells) {
        if (cell.page !== page) continue;
        const key = keyOf(table.id, cell.row, cell.col);
        const old = before.get(cell.bbox);
        if (old !== undefined && nodes.has(old)) take(key, cell, old);
        else missing.push([key, cell]);
      }
    }
    for (const [key, cell] of missing) take(key, cell, nodes.has(key) ? key : undefined);
    for (const node of nodes.values()) node.remove();
  }

  select(keys: readonly string[], focus: string | null): void {
    const changed = new Set([...this.selected, ...keys]);
    this.selected = new Set(keys);
    for (const key of changed) this.nodes.get(key)?.setAttribute('class', this.classOf(key));
    const box = focus && this.bboxes.get(focus);
    if (box) setBox(this.front, box);
    else this.hide(this.front);
  }

  highlight(keys: ReadonlySet<string>): void {
    const changed = new Set([...this.lit, ...keys]);
    this.lit = keys;
    for (const key of changed) this.nodes.get(key)?.setAttribute('class', this.classOf(key));
  }

  /** The box that is being drawn. */
  draw(box: BBox | null): void {
    if (box) setBox(this.drawn, box);
    else this.hide(this.drawn);
  }

  boxOf(key: string): BBox | undefined {
    return this.bboxes.get(key);
  }

  /** The smallest cell at a point of the page. */
  at(x: number, y: number): string | null {
    let best: string | null = null;
    let least = Infinity;
    for (const [key, [x0, y0, x1, y1]] of this.bboxes) {
      const size = (x1 - x0) * (y1 - y0);
      if (x >= x0 && x < x1 && y >= y0 && y < y1 && size < least) [best, least] = [key, size];
    }
    return best;
  }

  move(x: number, y: number, scale: number): void {
    this.group.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`);
  }

  private classOf(key: string): string {
    return `box ${this.marks.get(key) ?? ''}${this.selected.has(key) ? ' selected' : ''}${this.lit.has(key) ? ' lit' : ''}`;
  }

  private hide(node: SVGRectElement): void {
    node.setAttribute('width', '0');
    node.setAttribute('height', '0');
  }
}

function setBox(node: SVGRectElement, [x0, y0, x1, y1]: BBox): void {
  node.setAttribute('x', String(x0));
  node.setAttribute('y', String(y0));
  node.setAttribute('width', String(Math.max(1, x1 - x0)));
  node.setAttribute('height', String(Math.max(1, y1 - y0)));
}
