/** Images of pages, fetched once and kept for the scan and for crops: of the last few pages only. */

import type { Api } from '../api/client';

export interface PageImage {
  url: string;
  image: HTMLImageElement;
}

const MOST = 8;

export class Images {
  private kept = new Map<string, Promise<PageImage>>();

  constructor(private readonly api: Api) {}

  get(document: string, page: number): Promise<PageImage> {
    const key = `${document}/${page}`;
    const known = this.kept.get(key);
    if (known) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    const loading = this.load(document, page);
    this.kept.set(key, loading);
    loading.catch(() => this.kept.delete(key));
    for (const [old, image] of this.kept) {
      if (this.kept.size <= MOST) break;
      this.kept.delete(old);
      void image.then(({ url }) => URL.revokeObjectURL(url)).catch(() => undefined);
    }
    return loading;
  }

  private async load(document: string, page: number): Promise<PageImage> {
    const url = URL.createObjectURL(await this.api.image(document, page));
    const image = new Image();
    image.src = url;
    await image.decode();
    return { url, image };
  }
}
