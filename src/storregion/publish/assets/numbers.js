// What the pages' scripts share: numbers in the page's language, sentences, and files read once.
const locale = document.documentElement.lang === "sv" ? "sv-SE" : "en-GB";
export const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, roundingMode: "halfEven" });
export const fill = (text, parts) => text.replace(/\{(\w+)\}/g, (_, name) => parts[name]);

const fetched = new Map();
export function read(name) {
  if (!fetched.has(name)) fetched.set(name, fetch(name).then((it) => (it.ok ? it.json() : Promise.reject(it.status))));
  return fetched.get(name);
}

// The rule of publish/numbers.py: an estimate is rounded to what can be known.
export function rounded(value, words, { exact = false, signed = false, ceiling = false } = {}) {
  if (exact) return number.format(value);
  const size = Math.abs(value);
  if (size > 0 && size < 10 && !signed) return words.few;
  const digits = String(Math.trunc(size)).length;
  const step = size < 100 ? 10 : size < 1000 ? 50 : 10 ** (digits - (digits < 6 ? 2 : 3));
  const near = Math.trunc(size / step + 0.5) * step;
  return fill(ceiling ? words.most : words.about, { number: number.format(value < 0 ? -near : near).replace("-", "−") });
}
