/** The scan of the page, with the boxes of its cells over it. */

import { css, html, LitElement } from 'lit';
import OpenSeadragon from 'openseadragon';
import type { BBox, Cell } from '../api/types';
import { t } from '../i18n';
import { proposalOf } from '../model/operations';
import { parseKey, refKey } from '../model/table';
import { shared } from '../styles/shared';
import { icon } from '../views/icons';
import type { Images } from './images';
import { Overlay } from './overlay';
import type { PageStore, What } from './store';

const LEAST_DRAWN = 12;

export class Scan extends LitElement {
  static override properties = { drawing: { state: true }, problem: { state: true } };
  static override styles = [
    shared,
    css`
      :host {
        position: relative;
        display: block;
        min-width: 0;
        min-height: 0;
        background: #dfe4ea;
      }
      .viewer {
        position: absolute;
        inset: 0;
      }
      .viewer:focus-within {
        outline: none;
      }
      .controls {
        position: absolute;
        right: 10px;
        bottom: 10px;
        display: flex;
        gap: 4px;
        padding: 3px;
        border-radius: var(--radius);
        background: rgb(255 255 255 / 0.92);
        box-shadow: 0 1px 4px rgb(20 30 50 / 0.25);
      }
      .controls button {
        width: 30px;
        padding: 0;
      }
      .hint {
        position: absolute;
        top: 10px;
        left: 50%;
        transform: translateX(-50%);
        padding: 6px 14px;
        border-radius: var(--radius);
        background: var(--ink);
        color: #fff;
        font-size: 13px;
      }
      .overlay {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        overflow: hidden;
      }
      .box {
        fill: transparent;
        stroke: rgb(26 95 180 / 0.28);
        stroke-width: 1;
        vector-effect: non-scaling-stroke;
      }
      .box:hover {
        fill: rgb(26 95 180 / 0.1);
        stroke: var(--accent);
      }
      .box.doubt {
        fill: rgb(240 170 30 / 0.18);
        stroke: var(--doubt-line);
        stroke-width: 2;
        stroke-dasharray: 5 3;
      }
      .box.failed {
        stroke: var(--fail);
        stroke-width: 2;
      }
      .box.failed:not(.doubt) {
        stroke-dasharray: 1 3;
        stroke-linecap: round;
        stroke-width: 2.5;
      }
      .box.lit {
        fill: rgb(11 110 117 / 0.16);
        stroke: var(--teal);
        stroke-width: 2;
      }
      .box.selected {
        fill: rgb(26 95 180 / 0.14);
      }
      .front {
        fill: none;
        stroke: var(--accent);
        stroke-width: 3;
        vector-effect: non-scaling-stroke;
        pointer-events: none;
      }
      .drawn {
        fill: rgb(11 110 117 / 0.14);
        stroke: var(--teal);
        stroke-width: 2;
        stroke-dasharray: 6 4;
        vector-effect: non-scaling-stroke;
        pointer-events: none;
      }
      .problem {
        position: absolute;
        inset: 40% 0 auto;
        color: var(--ink-soft);
        text-align: center;
      }
    `,
  ];

  store!: PageStore;
  images!: Images;
  onDrawn: (box: BBox) => void = () => undefined;
  onPicked: () => void = () => undefined;
  drawing = false;
  problem = false;
  private overlay = new Overlay();
  private viewer: OpenSeadragon.Viewer | null = null;
  private start: OpenSeadragon.Point | null = null;
  private stop: (() => void) | null = null;
  private zoomed = false;

  override render() {
    const button = (name: string, label: string, act: () => void) =>
      html`<button title=${label} aria-label=${label} @click=${act}>${icon(name)}</button>`;
    return html`<div class="viewer" role="img" aria-label=${t('page.scan')}></div>
      ${this.drawing ? html`<div class="hint" role="status">${t('draw.hint')}</div>` : ''}
      ${this.problem ? html`<p class="problem">${t('page.failed', { message: t('page.scan') })}</p>` : ''}
      <div class="controls">
        ${button('minus', '−', () => this.viewer?.viewport.zoomBy(1 / 1.4))} ${button('plus', '+', () => this.viewer?.viewport.zoomBy(1.4))}
        ${button('fit', `${t('action.zoom')}（Z）`, () => this.zoom())}
      </div>`;
  }

  override firstUpdated(): void {
    const element = this.renderRoot.querySelector<HTMLElement>('.viewer')!;
    const viewer = OpenSeadragon({
      element,
      drawer: 'canvas',
      showNavigationControl: false,
      animationTime: 0.25,
      springStiffness: 9,
      maxZoomPixelRatio: 4,
      minZoomImageRatio: 0.7,
      visibilityRatio: 0.3,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: false, scrollToZoom: true },
      gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: false },
      tabIndex: -1,
    });
    this.viewer = viewer;
    // Keys belong to the page, not to the viewer.
    viewer.addHandler('canvas-key', (event) => {
      event.preventDefaultAction = true;
    });
    viewer.canvas.append(this.overlay.element);
    viewer.addHandler('update-viewport', () => this.follow());
    viewer.addHandler('open', () => {
      this.follow();
      this.showSelection();
    });
    viewer.addHandler('canvas-click', (event) => this.clicked(event));
    viewer.addHandler('canvas-press', (event) => this.pressed(event));
    viewer.addHandler('canvas-drag', (event) => this.dragged(event));
    viewer.addHandler('canvas-release', () => this.released());
    this.stop = this.store.subscribe((what) => this.changed(what));
    void this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop?.();
    this.viewer?.destroy();
  }

  private async load(): Promise<void> {
    const { view } = this.store;
    this.showBoxes();
    try {
      const { url } = await this.images.get(view.document, view.page.number);
      this.viewer?.open({ type: 'image', url, buildPyramid: true } as never);
    } catch {
      this.problem = true;
    }
  }

  private follow(): void {
    const viewport = this.viewer?.viewport;
    const { width } = this.store.view.page;
    if (!viewport || !width || !this.viewer?.world.getItemCount()) return;
    // The image is one unit wide; boxes are in its pixels.
    const origin = viewport.pixelFromPoint(new OpenSeadragon.Point(0, 0), true);
    const corner = viewport.pixelFromPoint(new OpenSeadragon.Point(1, 0), true);
    this.overlay.move(origin.x, origin.y, (corner.x - origin.x) / width);
  }

  private changed(what: What): void {
    if (what === 'tables') {
      this.showBoxes();
      this.showSelection();
    } else if (what === 'selection') {
      this.zoomed = this.zoomed && this.store.selection !== null;
      this.showSelection();
    } else if (what === 'derived' || what === 'page' || what === 'draft') this.showBoxes();
    else if (what === 'highlight') this.overlay.highlight(this.store.highlight);
  }

  private showBoxes(): void {
    const doubts = new Set(this.store.doubts.map(refKey));
    const marks = (key: string, cell: Cell): string =>
      [doubts.has(key) || proposalOf(cell) ? 'doubt' : '', this.store.failed.has(key) ? 'failed' : ''].filter(Boolean).join(' ');
    this.overlay.show(this.store.tables, this.store.page, marks);
  }

  private showSelection(): void {
    const { current } = this.store;
    const key = current && refKey(current);
    this.overlay.select(this.store.selectedRefs.map(refKey), key);
    const box = key ? this.overlay.boxOf(key) : undefined;
    if (box) this.bringIntoView(box);
  }

  private rect([x0, y0, x1, y1]: BBox, margin = 0): OpenSeadragon.Rect {
    const { width } = this.store.view.page;
    return new OpenSeadragon.Rect((x0 - margin) / width, (y0 - margin) / width, (x1 - x0 + 2 * margin) / width, (y1 - y0 + 2 * margin) / width);
  }

  private bringIntoView(box: BBox): void {
    const viewport = this.viewer?.viewport;
    if (!viewport || !this.viewer?.world.getItemCount()) return;
    const view = viewport.getBounds(false);
    const rect = this.rect(box, 10);
    const inside =
      rect.x >= view.x && rect.y >= view.y && rect.x + rect.width <= view.x + view.width && rect.y + rect.height <= view.y + view.height;
    if (!inside) viewport.panTo(rect.getCenter());
  }

  /** Zoom to the selected cell, or back to the whole page. */
  zoom(): void {
    const viewport = this.viewer?.viewport;
    if (!viewport) return;
    const { current } = this.store;
    const box = current && this.overlay.boxOf(refKey(current));
    if (box && !this.zoomed) {
      const rect = this.rect(box, 40);
      const least = 0.28;
      if (rect.width < least) {
        rect.x -= (least - rect.width) / 2;
        rect.width = least;
      }
      viewport.fitBounds(rect);
      this.zoomed = true;
    } else {
      viewport.goHome();
      this.zoomed = false;
    }
  }

  // --- mouse

  private pixel(position: OpenSeadragon.Point): OpenSeadragon.Point {
    const { width } = this.store.view.page;
    const point = this.viewer!.viewport.pointFromPixel(position, true);
    return new OpenSeadragon.Point(point.x * width, point.y * width);
  }

  private clicked(event: OpenSeadragon.CanvasClickEvent): void {
    event.preventDefaultAction = true;
    if (!event.quick || this.drawing) return;
    const { x, y } = this.pixel(event.position);
    const key = this.overlay.at(x, y);
    if (key) this.store.select(parseKey(key));
    this.onPicked();
  }

  startDrawing(): void {
    this.drawing = true;
  }

  stopDrawing(): void {
    this.drawing = false;
    this.start = null;
    this.overlay.draw(null);
  }

  private pressed(event: OpenSeadragon.CanvasPressEvent): void {
    if (this.drawing) this.start = this.pixel(event.position);
  }

  private dragged(event: OpenSeadragon.CanvasDragEvent): void {
    if (!this.drawing || !this.start) return;
    event.preventDefaultAction = true;
    this.overlay.draw(this.boxTo(this.pixel(event.position)));
    this.end = this.pixel(event.position);
  }

  private end: OpenSeadragon.Point | null = null;

  private boxTo(end: OpenSeadragon.Point): BBox {
    const { width, height } = this.store.view.page;
    const start = this.start!;
    const within = (value: number, most: number): number => Math.round(Math.min(most, Math.max(0, value)));
    return [
      within(Math.min(start.x, end.x), width),
      within(Math.min(start.y, end.y), height),
      within(Math.max(start.x, end.x), width),
      within(Math.max(start.y, end.y), height),
    ];
  }

  private released(): void {
    if (!this.drawing || !this.start || !this.end) return;
    const box = this.boxTo(this.end);
    this.start = this.end = null;
    if (box[2] - box[0] < LEAST_DRAWN || box[3] - box[1] < LEAST_DRAWN) return this.overlay.draw(null);
    this.drawing = false;
    this.onDrawn(box);
  }
}

customElements.define('yu-scan', Scan);
