// From one node to another, and how far you get: form, answers and map follow each other.
import { fill, number, read, rounded } from "./numbers.js";

const root = document.querySelector(".trips");
const words = JSON.parse(root.dataset.phrases);
const form = root.querySelector("form");
const slot = (name) => root.querySelector(`[data-slot="${name}"]`);
const stages = [...root.querySelectorAll(".stage")], card = root.querySelector(".card");
const dots = [...root.querySelectorAll(".dot[data-code]")];
const names = new Map(dots.map((dot) => [dot.dataset.code, dot.textContent.slice(0, dot.textContent.lastIndexOf(":"))]));
// The classes of publish/travel.py.
const LIMITS = [30, 45, 60, 90], NEAR = ["#0b4a66", "#1f7488", "#4fa7ac", "#a8d5cf", "#e3f0e8"];
const SHORTER = [0.5, 5, 15, 30], CHANGED = ["#c98d4b", "#dfe6e4", "#a8d5cf", "#4fa7ac", "#1f7488", "#0b4a66"];

const united = (value, unit) => `${number.format(value)}\u00a0${words[unit][number.format(value) === "1" ? 0 : 1]}`;
const both = (a, b, unit) => (a === b || b === undefined ? united(a, unit) : `${number.format(a)} → ${united(b, unit)}`);

function state() {
  const field = (name) => form.elements[name]?.value ?? "";
  const scenario = field("scenario");
  return { from: field("from"), to: field("to"), within: Number(field("within")) || 60, scenario, show: scenario ? field("show") || "today" : "today" };
}

// The timetables shown, today's first: one, or two whose difference is shown.
function files({ scenario, show }) {
  return [...(show === "then" ? [] : ["times.json"]), ...(show === "today" ? [] : [`times-${scenario}.json`])];
}

function way(sides, start, end) {
  const rows = sides.map((side) => side.pairs[start]?.[end]).filter(Boolean);
  if (!rows.length) return null;
  const [a, b] = [rows[0], rows[rows.length - 1]];
  const said = (at, unit) => both(a[at], b[at], unit);
  return { typical: said(0, "typical"), fastest: said(1, "fastest"), departures: said(2, "departures"), transfers: said(3, "transfers") };
}

function answered(sides, { from, to, scenario }) {
  const name = (field) => form.elements[field].selectedOptions[0].textContent;
  const parts = { start: name("from"), end: name("to"), means: words.by }, there = way(sides, from, to), back = way(sides, to, from);
  root.querySelector(".way").textContent = fill(words.trip_title, parts);
  slot("typical").closest("ul").hidden = !there;
  for (const [key, said] of Object.entries(there ?? {})) slot(key).textContent = said;
  slot("back").textContent = from === to ? words.trip_same : !there ? fill(words.no_way, parts) : back ? fill(words.trip_back, back) : "";
  const more = root.querySelector(".more"), board = root.querySelector(".board");
  if (board) { board.hidden = !scenario; board.href = `${root.dataset.boards}${scenario}/`; }
  more.hidden = from === to;
  more.href = `${root.dataset.pairs}${[from, to].sort().join("/")}/`;
}

// Colour, kind and words of a dot: of minutes, or of a change from one to the other.
function timed(minutes, within) {
  if (minutes == null) return ["#ffffff", "beyond", words.within_unreached];
  const beyond = minutes > within, colour = NEAR[LIMITS.filter((it) => minutes >= it).length];
  return [beyond ? "#ffffff" : colour, beyond ? "beyond" : "", united(minutes, "typical")];
}

function changed(before, then, within) {
  if (before == null || then == null) return ["#ffffff", "beyond", words.within_unreached];
  const by = then - before, colour = by >= SHORTER[0] ? CHANGED[0] : CHANGED[1 + SHORTER.filter((it) => by <= -it).length];
  const said = united(then, "typical");
  return [colour, then <= within && within < before ? "gained" : "", Math.abs(by) >= SHORTER[0] ? `${united(before, "typical")} → ${said}` : said];
}

let change = false, current = null, order = [];

function drawn(sides, { from, within }) {
  change = sides.length > 1;
  const minutes = (code) => sides.map((side) => side.board[from]?.[code]);
  for (const dot of dots) {
    const [colour, kind, said] = change ? changed(...minutes(dot.dataset.code), within) : timed(...minutes(dot.dataset.code), within);
    dot.setAttribute("fill", colour);
    dot.setAttribute("class", `dot ${kind}`.trim());
    dot.firstElementChild.textContent = `${names.get(dot.dataset.code)}: ${said}`;
  }
  order = [...names.keys()].sort((a, b) => (minutes(a).at(-1) ?? Infinity) - (minutes(b).at(-1) ?? Infinity));
  for (const key of root.querySelectorAll("[data-keys-of]")) key.hidden = (key.dataset.keysOf === "changes") !== change;
  point(current);
}

function reached(sides, { from, within }) {
  const rows = sides.map((side) => side.reach[from]?.[within]).filter(Boolean);
  for (const [at, name] of ["residents", "jobs"].entries()) {
    const said = rows.map((row) => rounded(row[at], words, { exact: words.exact }));
    slot(name).textContent = [...new Set(said)].join(" → ") || "–";
  }
}

async function update() {
  const choice = state();
  card.textContent = words.trip_wait;
  const sides = await Promise.all(files(choice).map(read));
  card.textContent = "";
  answered(sides, choice);
  const node = form.elements.from.selectedOptions[0].textContent;
  root.querySelector(".from-here").textContent = fill(words.within_heading, { node, within: choice.within, means: words.by });
  reached(sides, choice);
  drawn(sides, choice);
  root.querySelector("figcaption").textContent = fill(words[change ? "within_title_difference" : "within_title"], { node });
  const query = new URLSearchParams(Object.entries(choice).filter(([name, value]) => value !== "" && (choice.scenario || name !== "show"))).toString();
  history.replaceState(null, "", `?${query}`);
  for (const link of root.querySelectorAll("[data-file]")) link.href = `${link.dataset.file}?${query}`;
  // The table is the server's: it follows when the page is loaded anew.
  root.querySelector("figure details").hidden = true;
}

function point(code) {
  current = code;
  for (const dot of dots) dot.classList.toggle("current", dot.dataset.code === code);
  const found = code && dots.find((dot) => dot.dataset.code === code);
  card.textContent = found ? found.textContent : "";
}

form.addEventListener("submit", (event) => { event.preventDefault(); update(); });
for (const field of form.elements) {
  field.addEventListener(field.type === "range" ? "input" : "change", () => {
    const chosen = form.elements.scenario?.value, fieldset = root.querySelector(".switch fieldset");
    if (field.name === "scenario" && fieldset) {
      fieldset.disabled = !chosen;
      form.elements.show.value = chosen ? "difference" : "today";
    }
    root.querySelector("output").textContent = form.elements.within.value;
    update();
  });
}
for (const stage of stages) {
  stage.addEventListener("pointerover", ({ target }) => { if (target.dataset.code) point(target.dataset.code); });
  stage.addEventListener("click", ({ target }) => { if (target.dataset.code) point(target.dataset.code); });
}
const [stage] = stages;
if (stage) {
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-label", `${stage.dataset.name}. ${stage.dataset.keys}`);
  stage.addEventListener("keydown", async (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (!order.length) drawn(await Promise.all(files(state()).map(read)), state());
    point(order[(order.indexOf(current) + step + order.length) % order.length]);
  });
}
for (const button of root.querySelectorAll("button")) button.hidden = true;
form.hidden = false;
root.querySelector(".baked")?.remove();
// A portal without a server answers the address here.
if (root.dataset.live !== "yes" && location.search) {
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements[name];
    if (field) field.value = value;
  }
  const fieldset = root.querySelector(".switch fieldset");
  if (fieldset) fieldset.disabled = !form.elements.scenario.value;
  root.querySelector("output").textContent = form.elements.within.value;
  update();
}
