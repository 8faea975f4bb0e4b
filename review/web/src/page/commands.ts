/** What each action does. Views call `run`; what needs a view (dialogs, the scan) is asked of `PageUi`. */

import { cellAt } from '../model/table';
import * as operations from '../model/operations';
import type { CellRef, Place, Table } from '../api/types';
import type { ActionId } from './actions';
import { step } from './selection';
import type { PageStore } from './store';

export interface PageUi {
  startEdit(): void;
  pickLabel(scope: 'cells' | 'column'): void;
  zoom(): void;
  draw(): void;
  help(): void;
  join(): void;
  accept(unsure: boolean): void;
  goToPage(by: 1 | -1): void;
  goToQueue(): void;
  nextRegion(): void;
  newTableId(): string;
}

export class Commands {
  constructor(
    private readonly store: PageStore,
    private readonly ui: PageUi,
  ) {}

  run(id: ActionId): void {
    const { store, ui } = this;
    switch (id) {
      case 'next_doubt':
        return this.walk(1);
      case 'previous_doubt':
        return this.walk(-1);
      case 'confirm':
        return this.confirm();
      case 'take_repair':
        return this.takeRepair();
      case 'unsure':
        return this.onCell((at) => store.do('unsure', operations.setUnsure(store.desk, at)));
      case 'apply_twins':
        return this.applyTwins();
      case 'zoom':
        return ui.zoom();
      case 'edit':
        return this.onCell(() => ui.startEdit());
      case 'blank':
        return this.onCell((at) => store.do('blank', operations.setText(store.desk, at, '')));
      case 'label':
        return this.onCell(() => ui.pickLabel('cells'));
      case 'label_column':
        return this.onCell(() => ui.pickLabel('column'));
      case 'undo':
        return store.undo();
      case 'redo':
        return store.redo();
      case 'merge':
        return this.merge();
      case 'split':
        return this.onCell((at) => store.do('split', operations.split(store.desk, at)));
      case 'row_below':
      case 'row_above':
      case 'col_right':
      case 'col_left':
        return this.insert(id);
      case 'delete_rows':
      case 'delete_cols':
        return this.delete(id === 'delete_rows' ? 'row' : 'col');
      case 'shift_left':
      case 'shift_right':
      case 'shift_up':
      case 'shift_down':
        return this.shift(id.slice('shift_'.length) as operations.Direction);
      case 'header':
        return this.header();
      case 'join':
        return this.onCell(() => ui.join());
      case 'part':
      case 'part_header':
        return this.onCell((at) =>
          store.do('part', operations.part(store.desk, at.table, at.row, ui.newTableId(), id === 'part_header')),
        );
      case 'draw':
        return ui.draw();
      case 'accept':
        return ui.accept(false);
      case 'accept_unsure':
        return ui.accept(true);
      case 'previous_page':
        return ui.goToPage(-1);
      case 'next_page':
        return ui.goToPage(1);
      case 'queue':
        return ui.goToQueue();
      case 'regions':
        return ui.nextRegion();
      case 'help':
        return ui.help();
    }
  }

  /** Go to the next doubtful cell. */
  walk(direction: 1 | -1): void {
    const next = this.store.nextDoubt(direction);
    if (next) this.store.select({ table: next.table, row: next.row, col: next.col }, true);
    else this.store.notify({ message: 'notice.noDoubt', level: 'info' });
  }

  /** After a decision on a cell: the next doubt. The one that was decided is none any more. */
  private goOn(): void {
    if (this.store.nextDoubt(1)) this.walk(1);
    else this.store.notify({ message: 'notice.noDoubt', level: 'info' });
  }

  private confirm(): void {
    const { store } = this;
    const refs = store.selectedRefs;
    if (!refs.length) return this.walk(1);
    const only = refs.length === 1 ? refs[0] : undefined;
    const cell = store.cell;
    // A cell that this person has confirmed already needs no edit: just go on.
    const again = only && cell?.reviewer === store.desk.person && !cell.unsure && !operations.proposalOf(cell);
    const done = again || store.do('confirm', only ? operations.confirm(store.desk, only) : operations.confirmAll(store.desk, refs));
    if (done) this.goOn();
  }

  private takeRepair(): void {
    this.onCell((at) => {
      const before = this.store.cell;
      if (!this.store.do('take_repair', operations.takeProposal(this.store.desk, at))) return;
      this.store.offerTwins(at, before);
      if (this.store.walking) this.goOn();
    });
  }

  /** What was typed becomes the text of a cell. */
  commit(at: CellRef, text: string): boolean {
    const table = this.store.tables.find((each) => each.id === at.table);
    const before = table && cellAt(table, at.row, at.col);
    if (before && operations.proposalOf(before) === undefined && before.reviewer === this.store.desk.person && text.trim() === before.text) return true;
    if (!before && text.trim() === '') return true;
    const done = this.store.do('text', operations.setText(this.store.desk, at, text));
    if (done) this.store.offerTwins(at, before);
    return done;
  }

  private applyTwins(): void {
    const { twins } = this.store;
    if (!twins) return this.store.notify({ message: 'notice.noTwins', level: 'info' });
    this.store.do('twins', operations.setTexts(this.store.desk, twins.refs, twins.text));
  }

  private merge(): void {
    const area = this.store.area;
    if (!area) return this.needsCell();
    if (this.store.do('merge', operations.merge(this.store.desk, area))) this.store.select({ table: area.table, row: area.top, col: area.left });
  }

  private insert(id: 'row_below' | 'row_above' | 'col_right' | 'col_left'): void {
    const area = this.store.area;
    if (!area) return this.needsCell();
    const axis = id.startsWith('row') ? 'row' : 'col';
    const at = { row_below: area.bottom, row_above: area.top, col_right: area.right, col_left: area.left }[id];
    if (!this.store.do('rows', operations.insertLines(this.store.desk, area.table, axis, at))) return;
    this.store.select({ table: area.table, row: axis === 'row' ? at : area.top, col: axis === 'col' ? at : area.left });
  }

  private delete(axis: 'row' | 'col'): void {
    const area = this.store.area;
    if (!area) return this.needsCell();
    const [at, end] = axis === 'row' ? [area.top, area.bottom] : [area.left, area.right];
    this.store.do('rows', operations.deleteLines(this.store.desk, area.table, axis, at, end - at));
  }

  private shift(direction: operations.Direction): void {
    const { store } = this;
    const area = store.area;
    const selection = store.selection;
    if (!area || !selection) return this.needsCell();
    if (!store.do('shift', operations.shift(store.desk, area, direction))) return;
    const [down, right] = { left: [0, -1], right: [0, 1], up: [-1, 0], down: [1, 0] }[direction] as [number, number];
    const by = ([row, col]: Place): Place => [row + down, col + right];
    store.setSelection({ ...selection, anchor: by(selection.anchor), focus: by(selection.focus) }, false);
  }

  private header(): void {
    this.onCell((at) => {
      const table = this.store.table!;
      const bottom = at.row + (this.store.cell?.rowspan ?? 1);
      // On the last row of the heading the same key takes it back.
      const rows = table.header_rows === bottom ? at.row : bottom;
      this.store.do('header', operations.setHeaderRows(this.store.desk, at.table, rows));
    });
  }

  /** Move or extend the selection by one cell; rows that are not shown are passed over. */
  move(down: number, right: number, extend: boolean, shown: (table: Table, row: number) => boolean): void {
    const { store } = this;
    const { table, selection } = store;
    if (!table || !selection) {
      const first = store.tables[0];
      if (first) store.select({ table: first.id, row: 0, col: 0 });
      return;
    }
    let place: Place | undefined = selection.focus;
    do place = step(table, place, down, right);
    while (place && !shown(table, place[0]));
    if (place) {
      if (extend) store.extend(place);
      else store.select({ table: table.id, row: place[0], col: place[1] });
    } else if (!extend && down) {
      this.moveToTable(table, selection.focus[1], down > 0 ? 1 : -1, shown);
    }
  }

  private moveToTable(from: Table, col: number, by: 1 | -1, shown: (table: Table, row: number) => boolean): void {
    const { tables } = this.store;
    const next = tables[tables.indexOf(from) + by];
    if (!next) return;
    const rows = Array.from({ length: next.n_rows }, (_, row) => row).filter((row) => shown(next, row));
    const row = by > 0 ? rows[0] : rows.at(-1);
    if (row !== undefined) this.store.select({ table: next.id, row, col: Math.min(col, next.n_cols - 1) });
  }

  private onCell(act: (at: CellRef) => void): void {
    const at = this.store.current;
    if (at) act(at);
    else this.needsCell();
  }

  private needsCell(): void {
    this.store.notify({ message: 'notice.noSelection', level: 'info' });
  }
}

