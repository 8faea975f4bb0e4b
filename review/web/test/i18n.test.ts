import { expect, it } from 'vitest';
import { en } from '../src/i18n/en';
import { zh } from '../src/i18n/zh';

it('both languages say the same, with the same values in it', () => {
  expect(Object.keys(en)).toEqual(Object.keys(zh));
  const values = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [key, text] of Object.entries(zh)) expect(values(en[key as keyof typeof en]), key).toEqual(values(text));
});

it('nothing is left empty', () => {
  for (const text of [...Object.values(zh), ...Object.values(en)]) expect(text.trim()).not.toBe('');
});
