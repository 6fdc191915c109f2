// What the maps share: the library, which loads when a map is touched; zoom; and one stop of tabs with arrow keys.
export const calm = matchMedia("(prefers-reduced-motion: reduce)"), dark = matchMedia("(prefers-color-scheme: dark)");
export const coarse = matchMedia("(pointer: coarse)");
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Without glyphs of a server the words are drawn in the browser's own letters.
export const named = (source, more = {}) => ({ id: "name", type: "symbol", source, ...more,
  layout: { "text-field": ["get", "name"], "text-font": ["sans-serif"], "text-size": 13, "text-offset": [0.4, 0.5], "text-anchor": "top-left" },
  paint: { "text-color": colour("--ink"), "text-halo-color": colour("--paper"), "text-halo-width": 1.6 } });

export const corners = (features) => features.flatMap(({ geometry }) => geometry.coordinates.flat(geometry.type === "Polygon" ? 1 : 2));

export function around(points) {
  const [xs, ys] = [0, 1].map((at) => points.map((point) => point[at]));
  return [[Math.min(...xs), Math.min(...ys)], [Math.max(...xs), Math.max(...ys)]];
}

// What is moved to by keys comes into view.
export function seen(map, at) {
  if (map && !map.getBounds().contains(at)) map.panTo(at, { animate: !calm.matches });
}

// The zone that an arrow key leads to from another.
export function beside(zones, here, key) {
  const [dx, dy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
  const squeeze = Math.cos((here.point[1] * Math.PI) / 180);
  let best = here, least = Infinity;
  for (const zone of zones) {
    const [x, y] = [(zone.point[0] - here.point[0]) * squeeze, zone.point[1] - here.point[1]];
    const along = x * dx + y * dy, across = Math.abs(x * dy) + Math.abs(y * dx);
    // Ahead, and more ahead than aside; of those the nearest.
    if (zone === here || along <= 0 || across > along) continue;
    if (along + 2 * across < least) [best, least] = [zone, along + 2 * across];
  }
  return best.code;
}

// The map of a style in place of the drawing; `stage` holds both. Its layer `area` has the zones.
export async function opened(library, stage, style, { bounds, prepare = () => {}, point, choose }) {
  const [drawn, glass] = [".drawn", ".glass"].map((it) => stage.querySelector(it));
  try {
    glass.style.height = `${Math.round(Math.max(320, drawn.getBoundingClientRect().height))}px`;
    glass.hidden = false;
    const made = new library.Map({ container: glass, style: style(), bounds, fitBoundsOptions: { padding: 12 }, attributionControl: false,
      keyboard: false, scrollZoom: false, dragRotate: false, pitchWithRotate: false, fadeDuration: 0, renderWorldCopies: false, maxZoom: 11 });
    made.getCanvas().tabIndex = -1;
    made.touchZoomRotate.disableRotation();
    // One finger scrolls the page, two move the map.
    if (coarse.matches) made.dragPan.disable();
    prepare(made);
    made.on("mousemove", "area", ({ features }) => point(features[0].properties.code));
    made.on("click", "area", ({ features }) => choose(features[0].properties.code));
    dark.addEventListener("change", () => made.setStyle(style()));
    await new Promise((done, failed) => { made.once("load", done); made.once("error", failed); });
    drawn.hidden = true;
    stage.parentElement.querySelector(".zoom").hidden = false;
    stage.dataset.ready = "yes";
    return made;
  } catch (fault) {
    glass.hidden = true;
    throw fault;
  }
}

// Keys and buttons of a map: `act` has what arrows, Enter and Escape do, `map` gives the map once it is there.
export function operable(stage, { touched, act, map }) {
  const zoom = (closer) => map()?.[closer ? "zoomIn" : "zoomOut"]({ animate: !calm.matches });
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-label", `${stage.dataset.name}. ${stage.dataset.keys}`);
  stage.addEventListener("pointerenter", touched, { once: true });
  stage.addEventListener("focus", touched, { once: true });
  stage.addEventListener("keydown", async (event) => {
    const known = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Enter", "Escape", "+", "-"];
    if (!known.includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (event.key === "+" || event.key === "-") zoom(event.key === "+");
    else await act(event.key);
  });
  for (const button of stage.parentElement.querySelectorAll("[data-by]")) button.addEventListener("click", () => zoom(button.dataset.by === "1"));
}
