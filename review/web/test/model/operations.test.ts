import { describe, expect, it } from 'vitest';
import type { Cell, Table } from '../../src/api/types';
import * as operations from '../../src/model/operations';
import { apply } from '../../src/model/patch';
import { cellAt } from '../../src/model/table';
import { cell, FIGURE, ITEM, table } from './tables';

const person = '王芳';

function run(tables: readonly Table[], outcome: operations.Outcome, lead: string | null = null): Table[] {
  if (!outcome.ok) throw new Error(outcome.reason);
  return apply(tables, outcome.patches, lead);
}

const texts = (of: Table): string[][] =>
  Array.from({ length: of.n_rows }, (_, row) => Array.from({ length: of.n_cols }, (_, col) => cellAt(of, row, col)?.text ?? '?'));

const labels = (of: Cell | undefined): string[] => of?.spans.map((span) => `${span.start}-${span.end} ${span.label}`) ?? [];

const budget = table(
  't1',
  [
    ['科目', '预算', '执行'],
    ['教育', '1,200.00', '1,100.00'],
    ['卫生', '300.00', ''],
    ['合计', '1,500.00', '1,100.00'],
  ],
  [ITEM, FIGURE, FIGURE],
);
const desk = { tables: [budget], person, lead: null };
const at = (row: number, col: number) => ({ table: 't1', row, col });

describe('text', () => {
  it('keeps what was read, names the person, lets the label cover the whole', () => {
    const [after] = run([budget], operations.setText(desk, at(1, 1), '1,250.00'));
    const now = cellAt(after!, 1, 1)!;
    expect(now).toMatchObject({ text: '1,250.00', raw_text: '1,200.00', reviewer: person, unsure: false });
    expect(labels(now)).toEqual([`0-8 ${FIGURE}`]);
  });

  it('gives a blank cell the label of its column', () => {
    const [after] = run([budget], operations.setText(desk, at(2, 2), '25'));
    expect(labels(cellAt(after!, 2, 2))).toEqual([`0-2 ${FIGURE}`]);
  });

  it('makes a cell where the reader missed one', () => {
    const holed = { ...budget, cells: budget.cells.filter((each) => !(each.row === 2 && each.col === 2)) };
    const [after] = run([holed], operations.setText({ ...desk, tables: [holed] }, at(2, 2), '7'));
    expect(cellAt(after!, 2, 2)).toMatchObject({ text: '7', raw_text: '', page: 1, bbox: [200, 40, 300, 60] });
  });

  it('confirms what is typed as it stood', () => {
    const [after] = run([budget], operations.setText(desk, at(1, 1), ' 1,200.00 '));
    expect(cellAt(after!, 1, 1)).toMatchObject({ text: '1,200.00', reviewer: person });
  });

  it('puts pasted lines on one', () => {
    const [after] = run([budget], operations.setText(desk, at(1, 0), '教育\n 支出\r\nA 1\nB'));
    expect(cellAt(after!, 1, 0)?.text).toBe('教育支出A 1 B');
  });

  it('drops repairs that do not speak of the new text, keeps where a torn cell stands', () => {
    const repairs: Cell['repairs'] = [
      { kind: 'joined', before: '教', after: '教育', evidence: [] },
      { kind: 'misread', before: '叫育', after: '教育', evidence: [] },
    ];
    const torn = { ...budget, cells: budget.cells.map((each) => (each.text === '教育' ? { ...each, repairs } : each)) };
    const [after] = run([torn], operations.setText({ ...desk, tables: [torn] }, at(1, 0), '教育类'));
    expect(cellAt(after!, 1, 0)?.repairs.map((repair) => repair.kind)).toEqual(['joined']);
  });
});

describe('a proposed repair', () => {
  const repairs: Cell['repairs'] = [{ kind: 'proposed', before: '300.00', after: '(300.00)', evidence: [] }];
  const proposed = { ...budget, cells: budget.cells.map((each) => (each.text === '300.00' ? { ...each, repairs } : each)) };
  const own = { ...desk, tables: [proposed] };

  it('is taken', () => {
    const [after] = run([proposed], operations.takeProposal(own, at(2, 1)));
    expect(cellAt(after!, 2, 1)).toMatchObject({ text: '(300.00)', raw_text: '300.00', reviewer: person });
    expect(cellAt(after!, 2, 1)?.repairs).toEqual([{ ...repairs[0], kind: 'misread' }]);
    expect(labels(cellAt(after!, 2, 1))).toEqual([`0-8 ${FIGURE}`]);
  });

  it('is declined by confirming', () => {
    const [after] = run([proposed], operations.confirm(own, at(2, 1)));
    expect(cellAt(after!, 2, 1)).toMatchObject({ text: '300.00', repairs: [], reviewer: person });
  });

  it('is missing elsewhere', () => {
    expect(operations.takeProposal(own, at(1, 1))).toEqual({ ok: false, reason: 'refused.noProposal' });
  });
});

describe('doubt', () => {
  it('is noted and taken back', () => {
    const [unsure] = run([budget], operations.setUnsure(desk, at(1, 1)));
    expect(cellAt(unsure!, 1, 1)).toMatchObject({ unsure: true, reviewer: person });
    const [sure] = run([unsure!], operations.setUnsure({ ...desk, tables: [unsure!] }, at(1, 1)));
    expect(cellAt(sure!, 1, 1)?.unsure).toBe(false);
  });
});

describe('labels', () => {
  it('go on cells, stretches and columns', () => {
    const [whole] = run([budget], operations.setLabel(desk, [at(1, 0), at(2, 0)], 'group'));
    expect([1, 2].map((row) => labels(cellAt(whole!, row, 0)))).toEqual([['0-2 group'], ['0-2 group']]);
    const [part] = run([budget], operations.setSpan(desk, at(1, 1), 5, 8, 'unit'));
    expect(labels(cellAt(part!, 1, 1))).toEqual([`0-5 ${FIGURE}`, '5-8 unit']);
    const [middle] = run([budget], operations.setSpan(desk, at(1, 1), 2, 4, 'unit'));
    expect(labels(cellAt(middle!, 1, 1))).toEqual([`0-2 ${FIGURE}`, '2-4 unit', `4-8 ${FIGURE}`]);
  });

  it('of a column make nobody the reviewer of its figures, and skip headings and blanks', () => {
    const [after] = run([budget], operations.setColumnLabel(desk, 't1', 2, 'organization.budget'));
    expect([0, 1, 2, 3].map((row) => labels(cellAt(after!, row, 2)))).toEqual([
      ['0-2 header'],
      ['0-8 organization.budget'],
      [],
      ['0-8 organization.budget'],
    ]);
    expect(cellAt(after!, 1, 2)?.reviewer).toBeNull();
  });

  it('cannot lie on nothing', () => {
    expect(operations.setLabel(desk, [at(2, 2)], 'unit')).toEqual({ ok: false, reason: 'refused.blankLabel' });
  });
});

describe('merge and split', () => {
  it('joins texts, labels and boxes from top left to bottom right', () => {
    const coded = table('t1', [['201', '一般', ''], ['', 'ab', 'cd']], ['budget_line.code', ITEM, ITEM], 0);
    const [after] = run([coded], operations.merge({ ...desk, tables: [coded] }, { table: 't1', top: 0, left: 0, bottom: 2, right: 3 }));
    expect(after!.cells).toHaveLength(1);
    expect(after!.cells[0]).toMatchObject({ text: '201一般ab cd', rowspan: 2, colspan: 3, bbox: [0, 0, 300, 40], reviewer: person });
    expect(labels(after!.cells[0])).toEqual(['0-3 budget_line.code', `3-10 ${ITEM}`]);
  });

  it('says where the other part of a torn cell stands', () => {
    const torn = table('t1', [['上'], ['下']], [], 0);
    const pages = { ...torn, cells: torn.cells.map((each) => ({ ...each, page: each.row + 1 })) };
    const [after] = run([pages], operations.merge({ ...desk, tables: [pages] }, { table: 't1', top: 0, left: 0, bottom: 2, right: 1 }));
    expect(after!.cells[0]).toMatchObject({ text: '上下', page: 1, bbox: [0, 0, 100, 20] });
    expect(after!.cells[0]!.repairs).toEqual([
      { kind: 'joined', before: '上', after: '上下', evidence: [{ text: '下', page: 2, bbox: [0, 20, 100, 40] }] },
    ]);
  });

  it('takes in merged cells that the rectangle cuts', () => {
    const merged = { ...budget, cells: [cell(0, 0, '甲', { colspan: 2 }), ...budget.cells.filter((each) => each.row || each.col > 1)] };
    const [after] = run([merged], operations.merge({ ...desk, tables: [merged] }, { table: 't1', top: 0, left: 1, bottom: 1, right: 3 }));
    expect(cellAt(after!, 0, 0)).toMatchObject({ colspan: 3, text: '甲执行' });
  });

  it('needs more than one cell', () => {
    expect(operations.merge(desk, { table: 't1', top: 0, left: 0, bottom: 1, right: 1 })).toMatchObject({ ok: false });
  });

  it('splits into single cells; the text stays in the first', () => {
    const one = { ...table('t1', [['甲']], [], 0), n_rows: 2, n_cols: 2, cells: [cell(0, 0, '甲', { rowspan: 2, colspan: 2 })] };
    const [after] = run([one], operations.split({ ...desk, tables: [one] }, at(1, 1)));
    expect(texts(after!)).toEqual([['甲', ''], ['', '']]);
    expect(cellAt(after!, 1, 1)?.bbox).toEqual([100, 20, 200, 40]);
  });

  it('splits a text into the blank neighbour', () => {
    const [after] = run([budget], operations.splitText(desk, at(2, 1), 3, 'col'));
    expect(texts(after!)[2]).toEqual(['卫生', '300', '.00']);
    expect(cellAt(after!, 2, 2)?.bbox).toEqual([200, 40, 300, 60]);
    expect(after!.n_cols).toBe(3);
  });

  it('splits a text with a new column, and keeps labels where they were', () => {
    const coded = table('t1', [['科目', '预算'], ['201 教育', '5'], ['202 卫生', '6']], [ITEM, FIGURE]);
    const spanned = run([coded], operations.setSpan({ ...desk, tables: [coded] }, at(1, 0), 0, 3, 'budget_line.code'));
    const [after] = run(spanned, operations.splitText({ ...desk, tables: spanned }, at(1, 0), 3, 'col'));
    expect(texts(after!)).toEqual([['科目', '', '预算'], ['201', '教育', '5'], ['202 卫生', '', '6']]);
    expect(labels(cellAt(after!, 1, 0))).toEqual(['0-3 budget_line.code']);
    expect(labels(cellAt(after!, 1, 1))).toEqual([`0-2 ${ITEM}`]);
    expect(cellAt(after!, 0, 1)).toMatchObject({ header: true, text: '' });
  });

  it('splits a text downwards with a new row', () => {
    const [after] = run([budget], operations.splitText(desk, at(1, 0), 1, 'row'));
    expect(texts(after!).slice(1, 3)).toEqual([['教', '1,200.00', '1,100.00'], ['育', '', '']]);
  });

  it('splits the text of a merged cell between its places', () => {
    const wide = { ...table('t1', [['甲乙', '']], [], 0), cells: [cell(0, 0, '甲乙', { colspan: 2 })] };
    const [after] = run([wide], operations.splitText({ ...desk, tables: [wide] }, at(0, 0), 1, 'col'));
    expect(texts(after!)).toEqual([['甲', '乙']]);
  });
});

describe('rows and columns', () => {
  it('come with boxes between their neighbours', () => {
    const [after] = run([budget], operations.insertLines(desk, 't1', 'row', 2));
    expect(texts(after!)[2]).toEqual(['', '', '']);
    const [, y0, , y1] = cellAt(after!, 2, 0)!.bbox;
    expect([y0, y1]).toEqual([35, 45]);
    expect(cellAt(after!, 2, 1)!.bbox.filter((_, index) => index % 2 === 0)).toEqual([100, 200]);
  });

  it('make the heading larger and smaller', () => {
    const [more] = run([budget], operations.insertLines(desk, 't1', 'row', 0));
    expect(more!.header_rows).toBe(2);
    const [less] = run([more!], operations.deleteLines({ ...desk, tables: [more!] }, 't1', 'row', 0, 2));
    expect(less!.header_rows).toBe(0);
  });

  it('shrink what reaches into them, and keep its text', () => {
    const merged = { ...budget, cells: [cell(0, 0, '甲', { colspan: 2 }), ...budget.cells.filter((each) => each.row || each.col > 1)] };
    const [after] = run([merged], operations.deleteLines({ ...desk, tables: [merged] }, 't1', 'col', 0));
    expect(texts(after!)[0]).toEqual(['甲', '执行']);
  });

  it('never all go', () => {
    expect(operations.deleteLines(desk, 't1', 'row', 0, 4)).toEqual({ ok: false, reason: 'refused.lastLine' });
  });
});

describe('shift', () => {
  const damaged = table(
    't1',
    [
      ['编码', '科目', '预算', '执行'],
      ['201', '教育', '5', '6'],
      ['卫生', '7', '8', ''],
    ],
    ['budget_line.code', ITEM, FIGURE, FIGURE],
  );
  const own = { ...desk, tables: [damaged] };
  const row = { table: 't1', top: 2, left: 0, bottom: 3, right: 3 };

  it('puts values back under their headings, with the labels of these', () => {
    const [after] = run([damaged], operations.shift(own, row, 'right'));
    expect(texts(after!)[2]).toEqual(['', '卫生', '7', '8']);
    expect([1, 2, 3].map((col) => labels(cellAt(after!, 2, col))[0]?.split(' ')[1])).toEqual([ITEM, FIGURE, FIGURE]);
    expect(cellAt(after!, 2, 1)).toMatchObject({ raw_text: '卫生', bbox: [0, 40, 100, 60], reviewer: person });
    expect(cellAt(after!, 2, 0)?.bbox).toEqual([0, 40, 100, 60]);
  });

  it('and the other way, up and down', () => {
    const shifted = run([damaged], operations.shift(own, row, 'right'));
    const [back] = run(shifted, operations.shift({ ...desk, tables: shifted }, { ...row, left: 1, right: 4 }, 'left'));
    expect(texts(back!)[2]).toEqual(['卫生', '7', '8', '']);
    const [up] = run([budget], operations.shift(desk, { table: 't1', top: 3, left: 2, bottom: 4, right: 3 }, 'up'));
    expect(texts(up!).map((line) => line[2])).toEqual(['执行', '1,100.00', '1,100.00', '']);
  });

  it('overwrites nothing and leaves no table', () => {
    expect(operations.shift(own, { ...row, right: 2 }, 'right')).toEqual({ ok: false, reason: 'refused.occupied' });
    expect(operations.shift(own, row, 'left')).toEqual({ ok: false, reason: 'refused.edge' });
    expect(operations.shift(own, { ...row, bottom: 3, right: 4 }, 'down')).toEqual({ ok: false, reason: 'refused.edge' });
  });
});

describe('tables', () => {
  it('get headings, whose labels follow', () => {
    const [more] = run([budget], operations.setHeaderRows(desk, 't1', 2));
    expect(labels(cellAt(more!, 1, 1))).toEqual(['0-8 header']);
    const [less] = run([more!], operations.setHeaderRows({ ...desk, tables: [more!] }, 't1', 1));
    expect(cellAt(less!, 1, 1)?.header).toBe(false);
    expect(labels(cellAt(less!, 1, 1))).toEqual([`0-8 ${FIGURE}`]);
  });

  it('are joined, less repeated headings, and parted again', () => {
    const next = { ...table('t2', [['科目', '预算', '执行'], ['农业', '1', '2']], [ITEM, FIGURE, FIGURE]), fragments: [{ page: 2, table: 'p2t1', reason: 'first' }] };
    const pages = { ...next, cells: next.cells.map((each) => ({ ...each, page: 2 })) };
    const both = [budget, pages];
    const joined = run(both, operations.joinNext({ ...desk, tables: both, lead: 't0' }, 't1'), 't0');
    expect(joined).toHaveLength(1);
    expect(joined[0]).toMatchObject({ id: 't1', n_rows: 5, header_rows: 1 });
    expect(joined[0]!.fragments.map((fragment) => fragment.page)).toEqual([1, 2]);
    expect(texts(joined[0]!)[4]).toEqual(['农业', '1', '2']);
    const parted = run(joined, operations.part({ ...desk, tables: joined }, 't1', 4, 'n1', true));
    expect(parted.map((each) => [each.id, each.n_rows, each.header_rows, each.fragments.map((f) => f.page)])).toEqual([
      ['t1', 4, 1, [1]],
      ['n1', 2, 1, [2]],
    ]);
  });

  it('of other columns are not joined', () => {
    const both = [budget, table('t2', [['a']])];
    expect(operations.joinNext({ ...desk, tables: both }, 't1')).toEqual({ ok: false, reason: 'refused.columns' });
    expect(operations.joinNext({ ...desk, tables: both }, 't2')).toEqual({ ok: false, reason: 'refused.noNext' });
  });

  it('come where they stand on the page', () => {
    const blank = operations.blankTable('n1', 1, [0, 200, 100, 260], 3, 2, person);
    expect(run([budget], operations.addTable(desk, blank)).map((each) => each.id)).toEqual(['t1', 'n1']);
    const early = operations.blankTable('n2', 1, [0, -50, 100, -10], 1, 2, person);
    expect(run([budget], operations.addTable(desk, early)).map((each) => each.id)).toEqual(['n2', 't1']);
  });
});
