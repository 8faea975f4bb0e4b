/** Words of the app in the language that the person chose, and the names that the server gives to labels. */

import type { Word, Words } from '../api/types';
import { en } from './en';
import { zh } from './zh';

export type Message = keyof typeof zh;
export type Language = 'zh' | 'en';
export type Values = Record<string, string | number>;

const DICTIONARIES: Record<Language, Record<Message, string>> = { zh, en };
const KEY = 'yusuan.language';

let language: Language = kept();
let words = new Map<string, Word>();
let all: Words = { labels: [], kinds: [], rules: [] };
const listeners = new Set<() => void>();

function kept(): Language {
  try {
    return localStorage.getItem(KEY) === 'en' ? 'en' : 'zh';
  } catch {
    return 'zh';
  }
}

export function t(message: Message, values: Values = {}): string {
  return DICTIONARIES[language][message].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** The word for a key that may not be in the dictionary, as names from records are. */
export function known(message: string): string | undefined {
  return DICTIONARIES[language][message as Message];
}

export function languageNow(): Language {
  return language;
}

export function setLanguage(next: Language): void {
  language = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // It holds for this page then.
  }
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
  document.title = t('app.title');
  for (const listener of [...listeners]) listener();
}

export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function setWords(given: Words): void {
  all = given;
  words = new Map([...given.labels, ...given.kinds, ...given.rules].map((word) => [word.name, word]));
}

export function allWords(): Words {
  return all;
}

/** What a person calls a label, a kind of table or a rule. */
export function nameOf(name: string): string {
  return words.get(name)?.[language] ?? name;
}

/** A share as a percentage: 0.5 %. */
export function percent(share: number, digits = 2): string {
  return `${Number((share * 100).toFixed(digits))} %`;
}

/** A decimal string with commas between thousands. */
export function money(text: string): string {
  const [whole = '', fraction] = text.split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (fraction && /[1-9]/.test(fraction) ? `.${fraction}` : '');
}

export function when(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return date.toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'short', timeStyle: 'short' });
}
