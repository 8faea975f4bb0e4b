import { describe, expect, it } from 'vitest';
import { fromUnits, joined, labelled, refitted, typed } from '../../src/model/text';

const span = (start: number, end: number, label = 'a') => ({ start, end, label, confidence: null });

describe('labels of a text that is changed', () => {
  const coded = [span(0, 3, 'code'), span(4, 7, 'name')];
  it.each([
    ['grows at the end of a label', '2013 办公室', [span(0, 4, 'code'), span(5, 8, 'name')]],
    ['shrinks', '20 办公室', [span(0, 2, 'code'), span(3, 6, 'name')]],
    ['changes in a label', '2x1 办公室', coded],
    ['changes at its end', '201 办公厅', coded],
    ['is longer at its end', '201 办公室一', [span(0, 3, 'code'), span(4, 8, 'name')]],
    ['begins a label with more', '201 新办公室', [span(0, 3, 'code'), span(4, 8, 'name')]],
    ['loses a label', '办公室', [span(0, 3, 'name')]],
    ['is gone', '', []],
  ])('%s', (_, after, expected) => {
    expect(refitted(coded, '201 办公室', after)).toEqual(expected);
  });

  it('counts characters, not units', () => {
    expect(refitted([span(0, 2)], '𠅤字', '𠅤字好')).toEqual([span(0, 3)]);
    expect(fromUnits('𠅤字', 3)).toBe(2);
  });
});

it('a label on a stretch cuts others', () => {
  expect(labelled([span(0, 6)], 2, 4, 'b')).toEqual([span(0, 2), span(2, 4, 'b'), span(4, 6)]);
  expect(labelled([span(0, 3), span(3, 6)], 2, 6, null)).toEqual([span(0, 2)]);
});

it('joins lines as the reader does', () => {
  expect(joined('教育', '支出')).toBe('教育支出');
  expect(joined('ab', 'cd')).toBe('ab cd');
  expect(joined('ab', '教')).toBe('ab教');
  expect(typed('  a\n b \n\n c ')).toBe('a b c');
});
