/** The claim on a page: taken when it is opened, renewed while it is, let go when it is left. */

import { ApiError, type Api } from '../api/client';
import type { Claim, Held } from '../api/types';

const RENEW_MS = 30_000;

export class PageClaim {
  private timer: ReturnType<typeof setInterval> | undefined;
  private mine = false;

  constructor(
    private readonly api: Api,
    private readonly document: string,
    private readonly page: number,
    /** Told who has the page when it is somebody else, null when it is us. */
    private readonly told: (other: Claim | null) => void,
  ) {}

  begin(): void {
    void this.claim(false);
    this.timer = setInterval(() => void this.claim(false), RENEW_MS);
  }

  async claim(take: boolean): Promise<void> {
    try {
      await this.api.claim(this.document, this.page, take);
      this.mine = true;
      this.told(null);
    } catch (error) {
      if (error instanceof ApiError && error.status === 409 && 'claim' in error.problem) {
        this.mine = false;
        this.told((error.problem as Held).claim);
      }
    }
  }

  end(): void {
    clearInterval(this.timer);
    if (this.mine) this.api.release(this.document, this.page).catch(() => undefined);
    this.mine = false;
  }

  /** Others took it, or it was accepted: nothing to let go. */
  forget(): void {
    clearInterval(this.timer);
    this.mine = false;
  }
}
