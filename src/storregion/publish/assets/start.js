// The map of the start page: another layer without another page, a card that says what is pointed at, and zoom.
import { around, beside, coarse, colour, corners, named, opened, operable, seen } from "./maps.js";
import { read } from "./numbers.js";

const root = document.querySelector(".layers");
const live = root.dataset.live === "yes";
const form = root.querySelector("form"), stage = root.querySelector(".stage");
const [title, told, about, card] = [".title", ".told", ".about", ".card"].map((it) => root.querySelector(it));
const links = new Map([...stage.querySelectorAll("[data-code]")].map((link) => [link.dataset.code, link]));
const said = (code) => links.get(code).querySelector("title").textContent;

// Only the choice that belongs to the layer is shown.
function fit() {
  const layer = form.elements.layer.value;
  for (const field of form.querySelectorAll("select")) {
    if (field.name !== "layer") field.closest("label").hidden = field.name !== layer;
  }
  return [layer, form.elements[layer]?.value ?? ""];
}

async function change() {
  const [layer, code] = fit();
  const found = await read(`layer-${layer}${code && `-${code}`}.json`);
  title.textContent = found.title;
  told.innerHTML = found.lead;
  about.innerHTML = found.about;
  for (const [place, link] of links) {
    const [fill, words] = found.fills[place] ?? [null, found.absent];
    link.querySelector("path").setAttribute("fill", fill ?? "url(#absent)");
    link.querySelector("title").textContent = `${said(place).split(": ")[0]}: ${words}`;
  }
  stage.querySelector("svg").setAttribute("aria-label", found.title);
  history.replaceState(null, "", `?layer=${layer}${code && `&${layer}=${code}`}`);
  if (current) point(current);
  map?.setPaintProperty("area", "fill-color", fills());
}

// ---- the map to touch

let areas = null, zones = new Map(), map = null, current = null, loading = null;

async function load() {
  areas = await read("areas.geojson");
  zones = new Map(areas.features.map(({ properties }) => [properties.code, properties]));
}

function point(code) {
  current = code;
  stage.querySelector(".current")?.classList.remove("current");
  links.get(code).firstElementChild.classList.add("current");
  map?.setFilter("current", ["==", ["get", "code"], code]);
  const link = Object.assign(document.createElement("a"), { href: links.get(code).getAttribute("href"), textContent: zones.get(code)?.name ?? "" });
  card.replaceChildren(link, said(code).slice(link.textContent.length));
}

// A finger reads the card first, a mouse has read it already.
const choose = (code) => (coarse.matches ? point(code) : location.assign(links.get(code).href.baseVal));

function fills() {
  const found = [...links].flatMap(([code, link]) => [code, link.querySelector("path").getAttribute("fill")]);
  return ["match", ["get", "code"], ...found.map((it) => (it.startsWith("url") ? colour("--line") : it)), colour("--line")];
}

function style() {
  const towns = areas.towns.map(([name, ...at]) => ({ type: "Feature", properties: { name }, geometry: { type: "Point", coordinates: at } }));
  return { version: 8, sources: {
    area: { type: "geojson", data: { type: "FeatureCollection", features: areas.features } },
    towns: { type: "geojson", data: { type: "FeatureCollection", features: towns } },
  }, layers: [
    { id: "paper", type: "background", paint: { "background-color": colour("--paper") } },
    { id: "area", type: "fill", source: "area", paint: { "fill-color": fills() } },
    { id: "edge", type: "line", source: "area", paint: { "line-color": colour("--paper"), "line-width": 0.8 } },
    { id: "current", type: "line", source: "area", filter: ["==", ["get", "code"], current ?? ""], paint: { "line-color": colour("--accent"), "line-width": 3.5 } },
    { id: "dot", type: "circle", source: "towns", paint: { "circle-radius": 4, "circle-color": colour("--ink"), "circle-stroke-color": colour("--paper"), "circle-stroke-width": 1 } },
    named("towns"),
  ] };
}

async function start() {
  const [library] = await Promise.all([import(new URL(root.dataset.library, location.href).href), load()]);
  map = await opened(library, stage, style, { bounds: around(corners(areas.features)), point, choose });
}

// ---- what starts it

operable(stage, { touched: () => (loading ??= start().catch(() => { map = null; })), map: () => map, act: async (key) => {
  await load();
  if (key === "Enter") { if (current) location.assign(links.get(current).href.baseVal); }
  else if (key !== "Escape") {
    point(current ? beside(zones.values(), zones.get(current), key) : zones.keys().next().value);
    seen(map, zones.get(current).point);
  }
} });
for (const [code, link] of links) link.addEventListener("pointerenter", () => areas && point(code));
const changed = () => change().catch(() => live && form.submit());
form.addEventListener("change", changed);
form.addEventListener("submit", (event) => { event.preventDefault(); changed(); });
form.querySelector("button").hidden = true;
form.hidden = false;
root.querySelector(".baked")?.remove();
fit();
// A portal without a server answers the address here.
if (!live && location.search) {
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements[name];
    if (field && [...field.options].some((it) => it.value === value)) field.value = value;
  }
  changed();
}
