/** Whole tables that the server is asked for: one that was missed, and the one behind, on the next page. */

import { ApiError, type Api } from '../api/client';
import type { BBox, Table } from '../api/types';
import type { PageStore } from './store';

/** Have a region read as a table and add it; returns what went wrong, null when nothing did. */
export async function readMissed(api: Api, store: PageStore, box: BBox, id: string, add: (table: Table) => void): Promise<string | null> {
  try {
    const { table } = await api.readTable(store.view.document, store.page, box, id);
    add(table);
    return null;
  } catch (error) {
    return error instanceof ApiError ? [error.problem.error, error.problem.hint].filter(Boolean).join('; ') : String(error);
  }
}

/** The table behind another: one that begins on the next page is fetched. */
export async function nextTableOf(api: Api, store: PageStore, id: string): Promise<Table | undefined> {
  const at = (): Table | undefined => store.tables[store.tables.findIndex((table) => table.id === id) + 1];
  const here = at();
  if (here || store.page >= store.view.pages) return here;
  const view = await api.page(store.view.document, store.page + 1);
  store.sync.extend(view.tables, view.version);
  return at();
}
