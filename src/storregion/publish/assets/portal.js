// What every page has: tables sorted by their headers, and links copied.

// The address says how the table stands, and the link the other way, as when a server sorts.
function remember(link, down) {
  const address = new URL(link.href);
  address.searchParams.set("order", down ? "desc" : "asc");
  history.replaceState(null, "", address.search);
  address.searchParams.set("order", down ? "asc" : "desc");
  link.href = address.href;
}

function sortable(table) {
  const head = [...table.querySelectorAll("thead th")];
  if (table.classList.contains("matrix") || table.tBodies.length !== 1 || table.rows.length < 4) return;
  if (head.some((cell) => cell.colSpan > 1)) return;
  const order = new Intl.Collator(document.documentElement.lang, { numeric: true });
  const key = (row, at) => {
    const cell = row.cells[at], figure = cell?.querySelector("data");
    if (cell?.querySelector(".absent")) return null;
    return figure ? Number(figure.value) : cell?.textContent.trim() || null;
  };
  head.forEach((cell, at) => {
    if (cell.querySelector("button, a:not(.sort), input")) return;
    let control = cell.querySelector("a.sort");
    if (!control) {
      control = document.createElement("button");
      control.type = "button";
      control.append(...cell.childNodes);
      cell.append(control);
    }
    control.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const down = cell.getAttribute("aria-sort") === "ascending";
      head.forEach((other) => other.removeAttribute("aria-sort"));
      cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows].map((row) => [key(row, at), row]);
      // What is absent stays last, whichever way.
      rows.sort(([a], [b]) => (a === null) - (b === null) || (a === null ? 0 : (down ? -1 : 1) *
        (typeof a === "number" && typeof b === "number" ? a - b : order.compare(a, b))));
      table.tBodies[0].append(...rows.map(([, row]) => row));
      if (control.href) remember(control, down);
    });
  });
}
document.querySelectorAll("main table").forEach(sortable);

// The code that shows a picture alone in a frame on another site.
function framed(src, title) {
  const made = document.createElement("iframe");
  Object.entries({ src, title, width: 720, height: 520, loading: "lazy" }).forEach((it) => made.setAttribute(...it));
  return made.outerHTML;
}

// What a button copies: an address of its own, or that of a link beside it, which follows what the page shows.
for (const button of document.querySelectorAll("button[data-copy], button[data-link]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const { copy, link, frame, done } = button.dataset;
    const beside = link && button.closest("details").querySelector(`[data-use="${link}"]`);
    const address = beside ? beside.href : new URL(copy, location.href).href;
    await navigator.clipboard.writeText(frame ? framed(address, frame) : address);
    button.textContent = done;
  });
}
