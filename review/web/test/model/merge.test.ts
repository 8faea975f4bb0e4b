import { describe, expect, it } from 'vitest';
import type { Table } from '../../src/api/types';
import { follow, NOTHING } from '../../src/model/derived';
import { done, dump, EMPTY, load, rebased, redone, undone } from '../../src/model/history';
import { between, dispute, independent, rebase, settle, theirsOf } from '../../src/model/merge';
import * as operations from '../../src/model/operations';
import { apply, invert } from '../../src/model/patch';
import { twinsOf } from '../../src/model/twins';
import { cellAt } from '../../src/model/table';
import { random, randomTable, table } from './tables';

const base = [table('t1', [['a', 'b'], ['c', 'd'], ['c', '5']], ['budget_line.item', 'budget_line.item'], 0)];
const patches = (outcome: operations.Outcome) => {
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.patches;
};
const desk = (tables: readonly Table[], person: string) => ({ tables, person, lead: null });
const type = (row: number, col: number, text: string, person = 'me') =>
  patches(operations.setText(desk(base, person), { table: 't1', row, col }, text));

describe('edits over those of others', () => {
  it('go together when they touch other cells', () => {
    const mine = type(0, 0, 'x');
    const theirs = type(1, 1, 'y', 'she');
    const merged = rebase(apply(base, theirs), mine, theirs, null);
    expect(cellAt(merged![0]!, 0, 0)?.text).toBe('x');
    expect(cellAt(merged![0]!, 1, 1)?.text).toBe('y');
  });

  it('clash in one cell; the person chooses', () => {
    const mine = [...type(0, 0, 'x'), ...type(0, 1, 'z')];
    const theirs = apply(base, type(0, 0, 'y', 'she'));
    expect(rebase(theirs, mine, type(0, 0, 'y', 'she'), null)).toBeNull();
    const found = dispute(base, apply(base, mine), theirs, mine);
    expect(found.structural).toBe(false);
    expect(found.clashes.map((clash) => [clash.mine?.text, clash.theirs?.text, clash.base?.text])).toEqual([['x', 'y', 'a']]);
    const declined = settle(theirs, apply(base, mine), mine, found, new Set(), null);
    expect(cellAt(apply(theirs, declined)[0]!, 0, 0)?.text).toBe('y');
    expect(cellAt(apply(theirs, declined)[0]!, 0, 1)?.text).toBe('z');
    const taken = settle(theirs, apply(base, mine), mine, found, new Set(['t1:0:0']), null);
    expect(cellAt(apply(theirs, taken)[0]!, 0, 0)?.text).toBe('x');
  });

  it('clash as tables when lines moved', () => {
    const mine = patches(operations.insertLines(desk(base, 'me'), 't1', 'row', 1));
    const theirPatches = type(0, 0, 'y', 'she');
    expect(independent(mine, theirPatches)).toBe(false);
    const theirs = apply(base, theirPatches);
    const found = dispute(base, apply(base, mine), theirs, mine);
    expect(found.structural).toBe(true);
    expect(settle(theirs, apply(base, mine), mine, found, new Set(), null)).toEqual([]);
    const taken = settle(theirs, apply(base, mine), mine, found, new Set(['t1']), null);
    expect(apply(theirs, taken)).toEqual(apply(base, mine));
  });

  it('heed headings and kinds, and no other tables', () => {
    const kind = patches(operations.setKind(desk(base, 'me'), 't1', 'assets'));
    expect(independent(kind, patches(operations.setKind(desk(base, 'she'), 't1', 'procurement')))).toBe(false);
    expect(independent(kind, type(0, 0, 'x'))).toBe(true);
    expect(independent(kind, [{ op: 'remove', table: 't9' }])).toBe(true);
  });

  it('are not my own', () => {
    const event = { version: 3, person: 'me', at: '', action: 'text', patches: [] };
    expect(theirsOf([event, { ...event, version: 4 }], new Set([3]))).toHaveLength(1);
  });

  it('between finds patches from any tables to any others', () => {
    for (let seed = 0; seed < 100; seed++) {
      const next = random(seed);
      const before = [randomTable(next, 't1'), randomTable(next, 't2'), randomTable(next, 't3')];
      const after = [next(2) ? before[0]! : randomTable(next, 't1'), randomTable(next, 't4'), before[2]!];
      expect(apply(before, between(before, after))).toEqual(after);
    }
  });
});

describe('undo', () => {
  const step = (edit: string, own = type(0, 0, 'x')) => ({ edit, action: 'text', patches: own, inverse: invert(base, own), at: null });

  it('goes back and forth, and a new step ends what could be done again', () => {
    let history = done(done(EMPTY, step('1')), step('2'));
    history = undone(history);
    expect(history.redo.map((each) => each.edit)).toEqual(['2']);
    expect(redone(history, '3').undo.map((each) => each.edit)).toEqual(['1', '3']);
    expect(done(history, step('4')).redo).toEqual([]);
    expect(undone(EMPTY)).toBe(EMPTY);
  });

  it('is kept as text, and survives a broken one', () => {
    const history = done(EMPTY, step('1'));
    expect(load(dump(history))).toEqual(history);
    expect(load('{')).toBe(EMPTY);
    expect(load(null)).toBe(EMPTY);
  });

  it('ends where others changed the same cells', () => {
    const history = [step('1'), step('2'), step('3', type(1, 1, 'q'))].reduce(done, EMPTY);
    expect(rebased(history, type(0, 0, 'y', 'she')).undo.map((each) => each.edit)).toEqual(['3']);
  });
});

describe('twins', () => {
  it('are cells that stood alike, but no figures and none that a person saw', () => {
    const before = cellAt(base[0]!, 1, 0)!;
    expect(twinsOf(base, { table: 't1', row: 1, col: 0 }, before)).toEqual([{ table: 't1', row: 2, col: 0 }]);
    expect(twinsOf(base, { table: 't1', row: 9, col: 9 }, cellAt(base[0]!, 2, 1)!)).toEqual([]);
    const seen = apply(base, patches(operations.confirm(desk(base, 'me'), { table: 't1', row: 2, col: 0 })));
    expect(twinsOf(seen, { table: 't1', row: 1, col: 0 }, before)).toEqual([]);
  });
});

describe('what was derived', () => {
  it('follows lines that move, and loses what goes', () => {
    const ref = (row: number) => ({ table: 't1', row, col: 0 });
    const term = (row: number) => ({ ...ref(row), label: '', value: '0', known: true, scale: '1' });
    const sum = (...rows: number[]) => ({ id: 'f', rule: 'r', label: '', left: [], right: rows.map(term), wanted: ['0'], tolerance: '0' });
    const derived = { ...NOTHING, doubtful: [0, 1, 2].map((row) => ({ ...ref(row), probability: null, why: [] })), equations: [sum(0, 1), sum(0, 2)] };
    const gone = follow(derived, patches(operations.deleteLines(desk(base, 'me'), 't1', 'row', 1)));
    expect(gone.doubtful.map((doubt) => doubt.row)).toEqual([0, 1]);
    expect(gone.equations.map((equation) => equation.right.map((each) => each.row))).toEqual([[0, 1]]);
    expect(follow(derived, type(0, 0, 'x'))).toBe(derived);
  });
});
