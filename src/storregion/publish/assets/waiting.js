// A page that waits for something to be calculated: asks how far it has come, and loads the page when it is there.
const box = document.querySelector(".waiting"), bar = box.querySelector("progress"), step = box.querySelector(".step");

async function ask() {
  try {
    const got = await fetch(location.href, { headers: { Accept: "application/vnd.storregion.progress+json" }, cache: "no-store" });
    if (got.status !== 202) return location.reload();
    const { done, total, step: words } = await got.json();
    if (total) [bar.max, bar.value] = [Number(total), Number(done)];
    // Only what has changed, so that it is read aloud once.
    if (words !== step.textContent) step.textContent = words;
  } catch { /* the server is away for a moment; the next time tells */ }
  setTimeout(ask, 1000 * Number(box.dataset.again));
}
setTimeout(ask, 1000);
