import { describe, expect, it } from 'vitest';
import type { Splice } from '../../src/api/types';
import * as operations from '../../src/model/operations';
import { apply, changed, checkTiling, diff, followed, invert, Misfit, spliced } from '../../src/model/patch';
import { cell, random, randomTable, type Random, table } from './tables';

const at = (axis: 'row' | 'col', place: number, gone: number, come: number): Splice => ({ axis, at: place, delete: gone, insert: come });

describe('splices move cells as on the server', () => {
  it.each([
    ['behind what comes', cell(3, 0, ''), at('row', 1, 0, 2), [5, 1]],
    ['at what comes', cell(1, 0, ''), at('row', 1, 0, 2), [3, 1]],
    ['before what comes', cell(0, 0, ''), at('row', 1, 0, 2), [0, 1]],
    ['over what comes', cell(0, 0, '', { rowspan: 2 }), at('row', 1, 0, 2), [0, 4]],
    ['ending where lines come', cell(0, 0, '', { rowspan: 1 }), at('row', 1, 0, 1), [0, 1]],
    ['behind what goes', cell(3, 0, ''), at('row', 1, 2, 0), [1, 1]],
    ['reaching into what goes', cell(0, 0, '', { rowspan: 2 }), at('row', 1, 2, 0), [0, 1]],
    ['beginning in what goes', cell(2, 0, '', { rowspan: 2 }), at('row', 1, 2, 0), [1, 1]],
    ['around what goes', cell(0, 0, '', { rowspan: 4 }), at('row', 1, 2, 0), [0, 2]],
    ['around what goes and comes', cell(0, 0, '', { rowspan: 4 }), at('row', 1, 2, 3), [0, 5]],
  ])('%s', (_, before, splice, [row, rowspan]) => {
    expect(spliced(before, splice)).toMatchObject({ row, rowspan });
  });

  it('loses no cell', () => {
    expect(() => spliced(cell(1, 0, ''), at('row', 1, 1, 0))).toThrow(Misfit);
  });
});

describe('apply', () => {
  const before = table('t1', [['a', 'b'], ['c', 'd']]);

  it('refuses what does not fit', () => {
    const change = diff(before, before);
    expect(() => changed(before, { ...change, removed: [[5, 5]] })).toThrow(Misfit);
    expect(() => changed(before, { ...change, put: [cell(0, 0, '', { colspan: 2 })] })).toThrow('two cells');
    expect(() => changed(before, { ...change, put: [cell(2, 0, '')] })).toThrow('leaves');
    expect(() => changed(before, { ...change, splices: [at('row', 2, 1, 0)] })).toThrow('no row 3');
    expect(() => apply([before], [{ op: 'add', table: before, after: null }])).toThrow('already');
    expect(() => apply([before], [{ op: 'remove', table: 't9' }])).toThrow('no table t9');
  });

  it('puts a table behind another, or before all', () => {
    const other = { ...before, id: 't2' };
    expect(apply([before], [{ op: 'add', table: other, after: 't1' }]).map((each) => each.id)).toEqual(['t1', 't2']);
    expect(apply([before], [{ op: 'add', table: other, after: null }]).map((each) => each.id)).toEqual(['t2', 't1']);
    expect(apply([before], [{ op: 'add', table: other, after: 't0' }], 't0').map((each) => each.id)).toEqual(['t2', 't1']);
  });

  it('leaves the given tables alone', () => {
    const copy = structuredClone(before);
    apply([before], [{ ...diff(before, before), splices: [at('col', 1, 0, 1)] }]);
    expect(before).toEqual(copy);
  });
});

describe('places after a patch', () => {
  const ref = { table: 't1', row: 3, col: 1 };
  const change = { ...diff(table('t1', [['a']]), table('t1', [['a']])), table: 't1' };

  it('move with lines, go with them, stay in other tables', () => {
    expect(followed(ref, { ...change, splices: [at('row', 0, 0, 2)] })).toEqual({ ...ref, row: 5 });
    expect(followed(ref, { ...change, splices: [at('row', 3, 1, 0)] })).toBeUndefined();
    expect(followed(ref, { ...change, table: 't2', splices: [at('row', 3, 1, 0)] })).toBe(ref);
    expect(followed(ref, { ...change, removed: [[3, 1]] })).toBeUndefined();
    expect(followed(ref, { op: 'remove', table: 't1' })).toBeUndefined();
  });
});

/** Any operation with any arguments, also senseless ones. */
function anyOperation(next: Random, desk: operations.Desk): operations.Outcome {
  const target = desk.tables[next(desk.tables.length)]!;
  const id = target.id;
  const row = next(target.n_rows);
  const col = next(target.n_cols);
  const ref = { table: id, row, col };
  const area = { table: id, top: row, left: col, bottom: row + 1 + next(target.n_rows - row), right: col + 1 + next(target.n_cols - col) };
  const axis = next(2) ? 'row' : 'col';
  const kinds = [
    () => operations.setText(desk, ref, ['12.50', '', '教育', 'x y', '201 中𠅤'][next(5)]!),
    () => operations.confirm(desk, ref),
    () => operations.setUnsure(desk, ref),
    () => operations.takeProposal(desk, ref),
    () => operations.setLabel(desk, [ref], next(3) ? 'unit' : null),
    () => operations.setSpan(desk, ref, next(3), 1 + next(4), 'unit'),
    () => operations.setColumnLabel(desk, id, col, 'budget_line.item'),
    () => operations.merge(desk, area),
    () => operations.split(desk, ref),
    () => operations.splitText(desk, ref, 1 + next(4), axis),
    () => operations.insertLines(desk, id, axis, axis === 'row' ? row : col, 1 + next(2)),
    () => operations.deleteLines(desk, id, axis, axis === 'row' ? row : col),
    () => operations.shift(desk, area, (['left', 'right', 'up', 'down'] as const)[next(4)]!),
    () => operations.setHeaderRows(desk, id, row),
    () => operations.setKind(desk, id, 'assets'),
    () => operations.joinNext(desk, id, next(2)),
    () => operations.part(desk, id, row, `n${next(1e6)}`, next(2) === 0),
    () => operations.addTable(desk, operations.blankTable(`n${next(1e6)}`, 1, [0, 0, 90, 40], 1 + next(3), 1 + next(3), 'p')),
    () => (desk.tables.length > 1 ? operations.removeTable(desk, id) : operations.confirm(desk, ref)),
  ];
  return kinds[next(kinds.length)]!();
}

describe('any operation on any table', () => {
  it('gives tables that tile, labels that fit, and can be taken back exactly', () => {
    let done = 0;
    for (let seed = 0; seed < 400; seed++) {
      const next = random(seed);
      let tables = [randomTable(next, 't1'), randomTable(next, 't2')];
      const start = tables;
      const back = [];
      for (let step = 0; step < 12; step++) {
        const lead = next(2) ? 't0' : null;
        const outcome = anyOperation(next, { tables, person: 'p', lead });
        if (!outcome.ok) continue;
        done++;
        const after = apply(tables, outcome.patches, lead);
        after.forEach(checkTiling);
        for (const each of after.flatMap((one) => one.cells)) {
          let end = 0;
          for (const span of each.spans) {
            expect(span.start).toBeGreaterThanOrEqual(end);
            expect(span.end).toBeGreaterThan(span.start);
            end = span.end;
          }
          expect(end).toBeLessThanOrEqual(Array.from(each.text).length);
          expect(each.bbox[0]).toBeLessThanOrEqual(each.bbox[2]);
          expect(each.bbox[1]).toBeLessThanOrEqual(each.bbox[3]);
        }
        for (const one of after) expect(one.header_rows).toBeLessThanOrEqual(one.n_rows);
        const inverse = invert(tables, outcome.patches, lead);
        expect(apply(after, inverse, lead)).toEqual(tables);
        back.unshift([inverse, lead] as const);
        tables = after;
      }
      for (const [inverse, lead] of back) tables = apply(tables, inverse, lead);
      expect(tables).toEqual(start);
    }
    expect(done).toBeGreaterThan(2000);
  });

  it('diff leads from one state to any other of the same table', () => {
    for (let seed = 0; seed < 300; seed++) {
      const next = random(seed + 1000);
      const before = randomTable(next, 't1');
      const other = randomTable(next, 't1');
      const rows = other.n_rows - before.n_rows;
      const cols = other.n_cols - before.n_cols;
      const splices = [
        at('row', rows < 0 ? 0 : next(before.n_rows + 1), Math.max(0, -rows), Math.max(0, rows)),
        at('col', cols < 0 ? 0 : next(before.n_cols + 1), Math.max(0, -cols), Math.max(0, cols)),
      ];
      expect(changed(before, diff(before, other, splices))).toEqual(other);
    }
  });
});
