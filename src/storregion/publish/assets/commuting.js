// The commuting map to touch: the form, the list and the map follow each other. The map library loads when touched.
import { around, beside, calm, colour, corners, dark, named, opened, operable, seen } from "./maps.js";
import { fill, read, rounded } from "./numbers.js";

const root = document.querySelector(".commuting");
const words = JSON.parse(root.dataset.phrases);
const live = root.dataset.live === "yes";
const form = root.querySelector("form"), stage = root.querySelector(".stage");
const [drawn, card] = [".drawn", ".card"].map((it) => root.querySelector(it));
const body = root.querySelector(".flows tbody");
const roughly = (value, estimated, kind) => rounded(value, words, { ...kind, exact: !estimated });
const WAYS = { out: 2, in: 3, net: 4 };

function state() {
  const field = (name) => form.elements[name]?.value;
  return { place: field("place"), way: field("way"), year: field("year"), sex: field("sex") ?? "total",
    least: Number(field("least")) || 0, top: Math.min(Number(field("top")) || 25, 200) };
}

function chosen(rows, { place, way, least, top }) {
  const at = WAYS[way], size = (row) => (place ? Math.abs(row[at]) : row[at]);
  return rows.filter((row) => (!place || row[0] === place) && size(row) >= least && size(row) > 0)
    .sort((a, b) => size(b) - size(a) || isCeiling(a, way) - isCeiling(b, way)).slice(0, top);
}

// Whether all that is known of a row's people in a direction is that there are no more.
const isCeiling = (row, way) => Boolean(row[5] & (way === "in" ? 2 : 1));
const people = (row, way) => roughly(row[WAYS[way]], flows.estimated, { signed: way === "net", ceiling: way !== "net" && isCeiling(row, way) });

const ends = (row, way) => (way === "in" || (way === "net" && row[4] > 0) ? [row[1], row[0]] : [row[0], row[1]]);

let areas = null, flows = null, map = null, current = null, zones = new Map(), shown = [];

async function load() {
  const { year, sex } = state();
  [areas, flows] = await Promise.all([read(root.dataset.areas), read(`flows-${year}-${sex}.json`)]);
  zones = new Map(areas.features.map(({ properties }) => [properties.code, properties]));
}

function element(tag, content, more = {}) {
  const made = Object.assign(document.createElement(tag), more);
  made.append(...[content].flat());
  return made;
}

function listed(choice) {
  body.replaceChildren(...shown.map((row) => {
    const [from, to] = ends(row, choice.way).map((code) => areas.names[code]);
    const inside = zones.has(row[1]);
    const text = choice.place ? areas.names[row[1]] : `${from} → ${to}`;
    const code = choice.place ? row[1] : row[0];
    const name = zones.has(code) ? element("a", text, { href: `${root.dataset.places}${code}/` }) : text;
    const head = element("th", inside ? name : [name, " ", element("span", words.outside, { className: "hint" })], { scope: "row" });
    const cells = Object.entries(WAYS).map(([way, at]) => element("td", element("data", people(row, way), { value: row[at] }), { className: "number" }));
    return element("tr", [head, ...cells]);
  }));
  root.querySelector(".none").hidden = shown.length > 0;
}

function total(code) {
  const [out, inward, net] = flows.totals[code].map((value, at) => roughly(value, flows.estimated, { signed: at === 2 }));
  return fill(words.lead, { place: areas.names[code], out, in: inward, net });
}

// The largest flows in a sentence: of a municipality two, of all one.
function most({ place, way }) {
  const parts = {};
  shown.slice(0, 2).forEach((row, at) => {
    const [start, end] = ends(row, way).map((code) => areas.names[code]);
    Object.assign(parts, { [`start${at + 1}`]: start, [`end${at + 1}`]: end, [`people${at + 1}`]: people(row, way) });
  });
  if (!shown.length || (place && (shown.length < 2 || way === "net"))) return "";
  return fill(words[`most_${place ? way : "all"}`], parts);
}

async function update() {
  await load();
  const choice = state();
  shown = chosen(flows.rows, choice);
  listed(choice);
  const parts = { place: areas.names[choice.place] ?? "", year: choice.year };
  const title = fill(words[`title_${choice.place ? "" : "all_"}${choice.way}`], parts);
  root.querySelector(".title").textContent = title;
  const said = [choice.place && total(choice.place), most(choice)].filter(Boolean);
  root.querySelector(".told").textContent = said.join(" ") || words.lead_all;
  root.querySelector(".flows caption").textContent = title;
  const query = new URLSearchParams(Object.entries(choice).filter(([, value]) => value !== "")).toString();
  history.replaceState(null, "", `?${query}`);
  for (const link of root.querySelectorAll("[data-file]")) link.href = `${link.dataset.file}?${query}`;
  if (map) { paintFlows(); frame(map); }
}

function choose(code) {
  form.elements.place.value = code;
  if (code && Number(form.elements.least.value) === 50) form.elements.least.value = 10;
  change();
}

async function change() {
  await touched();
  if (!map && live) form.submit();
  else await update();
}

// The card: what the place that is pointed at or moved to exchanges with the chosen one, or in all.
function point(code) {
  current = code;
  drawn.querySelector(".current")?.classList.remove("current");
  if (code) drawn.querySelector(`[data-code="${code}"] .zone`)?.classList.add("current");
  map?.setFilter("current", ["==", ["get", "code"], code ?? ""]);
  if (!code || !flows) return;
  const { place } = state();
  const row = place && place !== code ? flows.rows.find((it) => it[0] === place && it[1] === code) : null;
  const said = place && place !== code
    ? fill(words.pair, { here: areas.names[place], there: areas.names[code],
      ...Object.fromEntries(["out", "in"].map((it) => [it, row ? people(row, it) : words.few])) })
    : total(code);
  if (card.textContent !== said) card.textContent = said;
}

// ---- the map library

let loading = null;
const touched = () => (loading ??= start().catch(() => { map = null; }));

function curve([x1, y1], [x2, y2]) {
  const squeeze = Math.cos((((y1 + y2) / 2) * Math.PI) / 180);
  const [dx, dy] = [(x2 - x1) * squeeze, y2 - y1];
  // Each direction bends to its own right, so that the two can be told apart.
  const middle = [(x1 + x2) / 2 + (0.14 * dy) / squeeze, (y1 + y2) / 2 - 0.14 * dx];
  return Array.from({ length: 25 }, (_, at) => {
    const t = (at / 24) * 0.94, one = (a, b, c) => (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c;
    return [one(x1, middle[0], x2), one(y1, middle[1], y2)];
  });
}

function flowFeatures() {
  const { way } = state(), features = [];
  const inside = shown.filter((row) => zones.has(row[0]) && zones.has(row[1]));
  const most = Math.max(1, ...inside.map((row) => Math.abs(row[WAYS[way]])));
  for (const row of inside.reverse()) {
    const line = curve(...ends(row, way).map((code) => zones.get(code).point));
    const width = Math.max(1.2, (14 * Math.abs(row[WAYS[way]])) / most);
    const [[ax, ay], [bx, by]] = line.slice(-2);
    const turn = (Math.atan2((bx - ax) * Math.cos((by * Math.PI) / 180), by - ay) * 180) / Math.PI;
    features.push({ type: "Feature", properties: { width }, geometry: { type: "LineString", coordinates: line } });
    features.push({ type: "Feature", properties: { size: 0.35 + width / 18, turn }, geometry: { type: "Point", coordinates: line[24] } });
  }
  const named = new Set([state().place, ...inside.reverse().flatMap((row) => [row[0], row[1]])].filter((code) => zones.has(code)));
  for (const code of [...named].slice(0, 14)) {
    const { name, point } = zones.get(code);
    features.push({ type: "Feature", properties: { name }, geometry: { type: "Point", coordinates: point } });
  }
  return { type: "FeatureCollection", features };
}

function style() {
  const area = { type: "geojson", data: { type: "FeatureCollection", features: areas.features } };
  const flow = { type: "geojson", data: flowFeatures() };
  const ink = dark.matches ? "#7fd0e6" : "#0b6d86";
  return { version: 8, sources: { area, flow }, layers: [
    { id: "paper", type: "background", paint: { "background-color": colour("--paper") } },
    { id: "area", type: "fill", source: "area", paint: { "fill-color": colour("--faint") } },
    { id: "chosen", type: "fill", source: "area", filter: ["==", ["get", "code"], state().place], paint: { "fill-color": colour("--accent"), "fill-opacity": 0.35 } },
    { id: "edge", type: "line", source: "area", paint: { "line-color": colour("--soft"), "line-width": 0.6 } },
    { id: "current", type: "line", source: "area", filter: ["==", ["get", "code"], current ?? ""], paint: { "line-color": colour("--accent"), "line-width": 3.5 } },
    { id: "flow", type: "line", source: "flow", filter: ["has", "width"], layout: { "line-cap": "butt" }, paint: { "line-color": ink, "line-width": ["get", "width"], "line-opacity": 0.75 } },
    { id: "tip", type: "symbol", source: "flow", filter: ["has", "turn"], layout: { "icon-image": dark.matches ? "tip-dark" : "tip-light", "icon-size": ["get", "size"], "icon-rotate": ["get", "turn"], "icon-rotation-alignment": "map", "icon-allow-overlap": true, "icon-ignore-placement": true } },
    named("flow", { filter: ["has", "name"] }),
  ] };
}

function tip(id) {
  const side = 40, canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const pen = canvas.getContext("2d");
  pen.fillStyle = id === "tip-dark" ? "#7fd0e6" : "#0b6d86";
  pen.beginPath();
  pen.moveTo(20, 4); pen.lineTo(36, 36); pen.lineTo(4, 36); pen.fill();
  return pen.getImageData(0, 0, side, side);
}

function paintFlows() {
  map.getSource("flow").setData(flowFeatures());
  map.setFilter("chosen", ["==", ["get", "code"], state().place]);
}

// The flows shown, with room around; the whole map where there are none.
function frame(made, animate = !calm.matches) {
  const place = zones.get(state().place);
  const codes = place ? shown.slice(0, 12).flatMap((row) => [row[0], row[1]]).filter((code) => zones.has(code)) : [];
  const points = codes.length ? codes.map((code) => zones.get(code).point) : corners(areas.features);
  made.fitBounds(around(points), { padding: codes.length ? 50 : 12, maxZoom: 9, animate });
}

async function start() {
  const [library] = await Promise.all([import(new URL(root.dataset.library, location.href).href), load()]);
  shown = chosen(flows.rows, state());
  map = await opened(library, stage, style, { bounds: around(corners(areas.features)), point, choose, prepare: (made) => {
    frame(made, false);
    made.setMissingStyleImageResolver((id) => { made.addImage(id, tip(id), { pixelRatio: 2 }); });
  } });
  if (current) point(current);
}

// ---- what starts it

operable(stage, { touched, map: () => map, act: async (key) => {
  await load();
  const here = zones.get(current ?? state().place);
  if (key === "Escape") choose("");
  else if (key === "Enter") { if (current) choose(current); }
  else {
    point(here ? beside(zones.values(), here, key) : zones.keys().next().value);
    seen(map, zones.get(current).point);
  }
} });
drawn.addEventListener("click", (event) => {
  const area = event.target.closest("[data-code]");
  if (area) { event.preventDefault(); choose(area.dataset.code); }
});
form.addEventListener("change", change);
form.addEventListener("submit", (event) => { event.preventDefault(); change(); });
form.hidden = false;
form.querySelector("button").hidden = true;
root.querySelector(".baked")?.remove();
// A portal without a server answers the address here.
if (!live && location.search) {
  const asked = new URLSearchParams(location.search);
  if (asked.get("place") && !asked.has("least")) form.elements.least.value = 10;
  for (const [name, value] of asked) {
    const field = form.elements[name];
    if (field && (field.tagName !== "SELECT" || [...field.options].some((it) => it.value === value))) field.value = value;
  }
  change();
}
