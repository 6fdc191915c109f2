// The population to come: what is chosen is shown at once, while the slider moves. Without this the form does the same.
const form = document.querySelector("form.ahead");
if (form) {
  const year = form.elements.year, said = form.querySelector("output");
  form.querySelector("button").hidden = true;
  let asked = 0;
  const show = async () => {
    const query = "?" + new URLSearchParams(new FormData(form)), mine = ++asked;
    said.value = year.value;
    const answer = await fetch(query);
    if (!answer.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // A later choice may have been made while this one was read.
    if (mine !== asked) return;
    document.getElementById("found").replaceWith(page.getElementById("found"));
    history.replaceState(null, "", query);
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
}
