import { describe, expect, it } from 'vitest';
import type { Equation } from '../../src/api/types';
import { parseAmount } from '../../src/model/amount';
import { compare, decimal, grouped, minus, plain, plus, times } from '../../src/model/decimal';
import { closure, textsOf } from '../../src/model/sums';
import { table } from './tables';

describe('amounts are read as by the program', () => {
  it.each([
    ['1,234.50', '1234.50'],
    ['１，２３４．５０', '1234.50'],
    ['(12.00)', '-12.00'],
    ['（12）', '-12'],
    ['−5', '-5'],
    ['+5', '5'],
    ['¥1 000', '1000'],
    ['-¥3', '-3'],
    ['12,34', null],
    ['1,2345', null],
    ['', null],
    ['-', null],
    ['5%', null],
    ['12.', null],
    ['.5', null],
    ['1.2.3', null],
    ['一', null],
  ])('%s', (text, amount) => {
    expect(parseAmount(text)).toBe(amount);
  });
});

describe('decimals are exact', () => {
  it('adds, multiplies, compares and prints', () => {
    expect(plain(plus(decimal('0.1'), decimal('0.2')))).toBe('0.3');
    expect(plain(minus(decimal('1'), decimal('1.000')))).toBe('0');
    expect(plain(times(decimal('-12.5'), decimal('10000')))).toBe('-125000');
    expect(plain(decimal('1E+4'))).toBe('10000');
    expect(plain(decimal('-0.05'))).toBe('-0.05');
    expect(grouped(decimal('-1234567.80'))).toBe('-1,234,567.8');
    expect(compare(decimal('99999999999999999999.01'), decimal('99999999999999999999.02'))).toBe(-1);
  });
});

describe('closure lights', () => {
  const sums = table('t1', [['合计', '30'], ['甲', '10.05'], ['乙', '19.95']], [], 0);
  const term = (row: number, scale = '1') => ({ table: 't1', row, col: 1, label: '', value: '0', known: true, scale });
  const equation: Equation = { id: 'f1', rule: 'total_row', label: '', left: [term(0)], right: [term(1), term(2)], wanted: ['0'], tolerance: '0' };
  const light = (text?: string, row = 1, more: Partial<Equation> = {}) =>
    closure({ ...equation, ...more }, textsOf([sums], text === undefined ? undefined : { ref: { table: 't1', row, col: 1 }, text }));

  it('hold, fail, and wait for half a figure', () => {
    expect(light().light).toBe('holds');
    expect(light('10.06')).toMatchObject({ light: 'fails' });
    expect(plain(light('10.06').off)).toBe('-0.01');
    expect(light('10.')).toMatchObject({ light: 'unknown', unknown: [{ table: 't1', row: 1, col: 1 }] });
    expect(light('10.06', 1, { tolerance: '0.01' }).light).toBe('holds');
  });

  it('count a blank part as nothing, a blank total as unknown', () => {
    expect(plain(light('').right)).toBe('19.95');
    expect(light('—').light).toBe('fails');
    expect(light('', 0).light).toBe('unknown');
  });

  it('take what the server knows of tables on other pages', () => {
    const elsewhere = { ...term(0), table: 't9', value: '30', row: 7 };
    expect(light(undefined, 1, { left: [elsewhere] }).light).toBe('holds');
    expect(light(undefined, 1, { left: [{ ...elsewhere, known: false }] }).light).toBe('unknown');
  });

  it('know units and several wanted values', () => {
    expect(light(undefined, 1, { left: [term(0, '10000')], right: [term(1, '10000'), term(2, '10000')] }).light).toBe('holds');
    expect(light('110.05', 1, { wanted: ['0', '-100'] }).light).toBe('holds');
    expect(light('90.05', 1, { wanted: ['0', '-100'] }).light).toBe('fails');
  });
});
