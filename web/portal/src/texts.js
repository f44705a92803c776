// The words and numbers of one locale. Texts are data of `locales/`; numbers, dates and plurals are the browser's (Intl).
import { languages, words } from './assets.js';

/** "de-AT" is served with the texts of "de"; a language that there are no texts for with English. */
export function texts(locale) {
  const language = locale.slice(0, 2).toLowerCase();
  const column = Math.max(languages.indexOf(language), 0);
  const speaks = languages[column] === language ? locale : languages[0];
  const plural = new Intl.PluralRules(speaks);
  const format = new Intl.NumberFormat(speaks);
  const written = (options) => (time) => new Intl.DateTimeFormat(speaks, options).format(new Date(time));

  /** The text with its `{name}`s filled in, numbers as the locale writes them; `n` also chooses singular or plural. '' where there is none. */
  const t = (key, values = {}) => {
    const entry = words[key]?.[column] ?? '';
    const text = entry.other ? entry[plural.select(values.n)] || entry.other : entry;
    return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === 'number' ? format.format(values[name]) : values[name]));
  };
  t.locale = speaks;
  t.number = (number) => format.format(number);
  t.signed = (number) => new Intl.NumberFormat(speaks, { signDisplay: 'exceptZero' }).format(number);
  t.date = written({ dateStyle: 'long' });
  t.moment = written({ dateStyle: 'medium', timeStyle: 'short' });
  t.time = written({ timeStyle: 'medium' });
  return t;
}
