// The map of the start page: another layer without another page, and the address follows.
import { read } from "./numbers.js";

const root = document.querySelector(".layers");
const live = root.dataset.live === "yes";
const form = root.querySelector("form"), stage = root.querySelector(".stage");
const [title, told, about] = [".title", ".told", ".about"].map((it) => root.querySelector(it));

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
  for (const link of stage.querySelectorAll("[data-code]")) {
    const [colour, words] = found.fills[link.dataset.code] ?? [null, found.absent];
    link.querySelector("path").setAttribute("fill", colour ?? "url(#absent)");
    const name = link.querySelector("title");
    name.textContent = `${name.textContent.split(": ")[0]}: ${words}`;
  }
  stage.querySelector("svg").setAttribute("aria-label", found.title);
  history.replaceState(null, "", `?layer=${layer}${code && `&${layer}=${code}`}`);
}

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
