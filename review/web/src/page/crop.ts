/** A part of a page image, drawn large enough to read. */

import { css, html, LitElement, type PropertyValues } from 'lit';
import type { BBox } from '../api/types';
import { t } from '../i18n';
import type { Images } from './images';

const MARGIN = 12;
const MOST_HEIGHT = 120;
const LARGEST = 2.5;

export class Crop extends LitElement {
  static override properties = { page: { attribute: false }, bbox: { attribute: false } };
  static override styles = css`
    :host {
      display: block;
      min-height: 40px;
    }
    canvas {
      display: block;
      max-width: 100%;
      border: 1px solid var(--line);
      border-radius: var(--radius);
      background: #fff;
    }
  `;

  images!: Images;
  document = '';
  page = 1;
  bbox: BBox = [0, 0, 1, 1];

  override render() {
    return html`<canvas role="img" aria-label=${t('evidence.crop', { page: this.page })}></canvas>`;
  }

  override updated(_: PropertyValues): void {
    void this.draw();
  }

  private async draw(): Promise<void> {
    const { page, bbox } = this;
    const found = await this.images.get(this.document, page).catch(() => null);
    // Another cell may have been selected meanwhile.
    if (!found || page !== this.page || bbox !== this.bbox) return;
    const { image } = found;
    const x = Math.max(0, bbox[0] - MARGIN);
    const y = Math.max(0, bbox[1] - MARGIN);
    const width = Math.max(1, Math.min(image.naturalWidth, bbox[2] + MARGIN) - x);
    const height = Math.max(1, Math.min(image.naturalHeight, bbox[3] + MARGIN) - y);
    const room = this.clientWidth || 300;
    const scale = Math.min(LARGEST, room / width, MOST_HEIGHT / height);
    const sharp = devicePixelRatio || 1;
    const canvas = this.renderRoot.querySelector('canvas')!;
    canvas.width = Math.round(width * scale * sharp);
    canvas.height = Math.round(height * scale * sharp);
    canvas.style.width = `${Math.round(width * scale)}px`;
    const context = canvas.getContext('2d')!;
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, x, y, width, height, 0, 0, canvas.width, canvas.height);
    context.strokeStyle = '#1a5fb4';
    context.lineWidth = sharp;
    const inner = scale * sharp;
    context.strokeRect((bbox[0] - x) * inner, (bbox[1] - y) * inner, (bbox[2] - bbox[0]) * inner, (bbox[3] - bbox[1]) * inner);
  }
}

customElements.define('yu-crop', Crop);
