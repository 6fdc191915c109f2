// Search while typing, from the index beside the page. The rules are those of publish/searching.py.
const [EXACT, START, INSIDE, TYPO, MOST_WORDS, MOST_FOUND] = [4, 3, 2, 1, 6, 40];

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

function fit(asked, word) {
  if (asked === word) return EXACT;
  if (word.startsWith(asked)) return START;
  if (asked.length > 2 && word.includes(asked)) return INSIDE;
  const allowed = asked.length < 4 ? 0 : asked.length < 7 ? 1 : 2;
  if (!allowed || asked[0] !== word[0]) return 0;
  const errors = typingErrors(asked, word);
  return errors <= allowed ? TYPO / errors : 0;
}

export function found(entries, query) {
  const asked = folded(query.slice(0, 80)).split(" ").filter(Boolean).slice(0, MOST_WORDS);
  if (!asked.length) return [];
  const order = new Intl.Collator("sv");
  return entries.map((entry) => {
    const words = entry[3].split(" ");
    const best = asked.map((one) => Math.max(0, ...words.map((word) => fit(one, word))));
    return [best.every(Boolean) ? best.reduce((a, b) => a + b) / best.length : 0, entry];
  }).filter(([score]) => score > 0).map(([score, entry]) => [score + entry[4], entry])
    .sort(([a, one], [b, two]) => b - a || one[0].length - two[0].length || order.compare(one[0], two[0]))
    .slice(0, MOST_FOUND).map(([, entry]) => entry);
}

const form = document.querySelector("form[data-index]");
if (form) {
  const field = form.elements.q, list = document.querySelector(".hits"), status = document.querySelector("[role=status]");
  let index = null;
  const show = async () => {
    index ??= await (await fetch(form.dataset.index)).json();
    const hits = found(index, field.value);
    list.replaceChildren(...hits.map(([text, kind, target]) => {
      const link = Object.assign(document.createElement("a"), { textContent: text, href: form.dataset.root + target });
      const said = Object.assign(document.createElement("span"), { className: "hint", textContent: kind });
      const item = document.createElement("li");
      item.append(link, " ", said);
      return item;
    }));
    status.textContent = field.value.trim() && !hits.length ? status.dataset.none : "";
  };
  const given = new URLSearchParams(location.search).get("q");
  if (given && !field.value) field.value = given.slice(0, 80);
  if (field.value && !list.children.length) show();
  let waiting;
  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 80); });
}
