// Search while typing, from the index beside the page. The rules are those of publish/searching.py.
const [EXACT, START, INSIDE, TYPO, MOST_WORDS, MOST_FOUND] = [4, 3, 2, 1, 6, 40];
const [ALSO, ALIKE, CONTEXT, ENDING] = [0.9, 0.7, 0.5, 3];

export const folded = (text) =>
  [...text.toLowerCase().normalize("NFD")].filter((it) => !/\p{M}/u.test(it))
    .map((it) => (/[\p{L}\p{N}]/u.test(it) ? it : " ")).join("").split(" ").filter(Boolean).join(" ");

export function typingErrors(asked, word) {
  let former = [], before = [], row = Array.from({ length: word.length + 1 }, (_, j) => j);
  for (let i = 1; i <= asked.length; i++) {
    [former, before, row] = [before, row, [i]];
    for (let j = 1; j <= word.length; j++) {
      row[j] = Math.min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (asked[i - 1] === word[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && asked[i - 1] === word[j - 2] && asked[i - 2] === word[j - 1]) {
        row[j] = Math.min(row[j], former[j - 2] + 1);
      }
    }
  }
  return Math.min(...row);
}

const ended = (asked, word) => word.length > 3 && asked.startsWith(word) && asked.length - word.length <= ENDING;

function fit(asked, word) {
  if (asked === word) return EXACT;
  if (word.startsWith(asked)) return START;
  if (asked.length > 2 && word.includes(asked)) return INSIDE;
  if (ended(asked, word)) return INSIDE;
  const allowed = asked.length < 4 ? 0 : asked.length < 7 ? 1 : 2;
  if (!allowed || asked[0] !== word[0]) return 0;
  const errors = typingErrors(asked, word);
  return errors <= allowed ? TYPO / errors : 0;
}

const same = (asked, word) => asked === word || (asked.length > 3 && word.startsWith(asked));

// How well the best of some words fits the one asked for, or another word for the same.
function best(asked, words, alike) {
  const others = (alike[asked] ?? []).flatMap((other) => words.filter((word) => same(other, word))
    .map((word) => ALIKE * fit(other, word)));
  return Math.max(0, ...words.map((word) => fit(asked, word)), ...others);
}

// How well the best word of an entry fits each word asked for; nothing where no name fits any.
function scores(asked, entry, index) {
  const [text, also, about] = [folded(entry[0]), entry[3], index.contexts[entry[5]]]
    .map((it) => it.split(" ").filter(Boolean));
  const names = asked.map((one) => Math.max(best(one, text, index.alike), ALSO * best(one, also, index.alike)));
  if (!names.some(Boolean)) return null;
  return names.map((name, at) => name || (about.some((word) => word.startsWith(asked[at]) || ended(asked[at], word)) ? CONTEXT : 0));
}

// What has every word of the query or, where nothing has, as many words as possible; and which of the two it is.
export function search(index, query) {
  const typed = folded(query.slice(0, 80)).split(" ").filter(Boolean).slice(0, MOST_WORDS);
  const telling = typed.filter((word) => !index.small.includes(word));
  const asked = telling.length ? telling : typed;
  if (!asked.length) return { found: [], whole: false };
  const scored = index.entries.map((entry) => [scores(asked, entry, index), entry]).filter(([it]) => it);
  const every = scored.filter(([it]) => it.every(Boolean));
  const order = new Intl.Collator("sv");
  const found = (every.length ? every : scored)
    .map(([it, entry]) => [it.reduce((a, b) => a + b) / asked.length + entry[4], entry])
    .sort(([a, one], [b, two]) => b - a || one[0].length - two[0].length || order.compare(one[0], two[0]))
    .slice(0, MOST_FOUND).map(([, entry]) => entry);
  return { found, whole: every.length > 0 };
}

const form = document.querySelector("form[data-index]");
if (form) {
  const field = form.elements.q, list = document.querySelector(".hits"), status = document.querySelector("[role=status]");
  let index = null;
  const show = async () => {
    index ??= await (await fetch(form.dataset.index)).json();
    const { found: hits, whole } = search(index, field.value);
    list.replaceChildren(...hits.map(([text, kind, target]) => {
      const link = Object.assign(document.createElement("a"), { textContent: text, href: form.dataset.root + target });
      const said = Object.assign(document.createElement("span"), { className: "hint", textContent: kind });
      const item = document.createElement("li");
      item.append(link, " ", said);
      return item;
    }));
    const said = hits.length ? (whole ? "" : status.dataset.partly) : status.dataset.none;
    status.textContent = field.value.trim() ? said : "";
  };
  const given = new URLSearchParams(location.search).get("q");
  if (given && !field.value) field.value = given.slice(0, 80);
  if (field.value && !list.children.length) show();
  let waiting;
  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 80); });
}
