
"use strict";
// The ledger of claims: sorted by its headings, filtered by the form; both stand in the address, which can be passed on.
const form = document.getElementById("filters");
const body = document.querySelector("#claims tbody");
const rows = [...body.rows];
const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
const headings = [...document.querySelectorAll("#claims th[data-sort]")];
const found = document.getElementById("found");
const all = found.value; // how many claims of the paper there are, and laws of ours
const KEYS = ["q", "verdict", "kind", "fault"];
let sorted = { by: "number", down: false };

function filter() {
  const words = form.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of rows) {
    const chosen = KEYS.slice(1).every((key) => !form[key].value || row.dataset[key] === form[key].value);
    row.hidden = !(chosen && words.every((word) => texts.get(row).includes(word)));
  }
  const shown = rows.filter((row) => !row.hidden);
  const ours = shown.filter((row) => row.dataset.kind === "ours").length;
  const counts = [shown.length - ours, ours];
  found.value = shown.length === rows.length ? all : all.replace(/\d+/g, (number) => `${counts.shift()} of ${number}`);
}

function sort() {
  const value = (row) => row.dataset[sorted.by];
  const numeric = sorted.by !== "kind";
  const way = sorted.down ? -1 : 1;
  const compare = (one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === b) return one.dataset.number - other.dataset.number;
    if (!a || !b) return a ? -1 : 1; // what has no number comes last, either way
    return way * (numeric ? a - b : a < b ? -1 : 1);
  };
  body.append(...[...rows].sort(compare));
  for (const heading of headings) {
    if (heading.dataset.sort === sorted.by) heading.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
    else heading.removeAttribute("aria-sort");
  }
}

function tell() {
  const state = new URLSearchParams();
  for (const key of KEYS) if (form[key].value) state.set(key, form[key].value);
  if (sorted.by !== "number" || sorted.down) state.set("sort", (sorted.down ? "-" : "") + sorted.by);
  history.replaceState(null, "", `#ledger${state.size ? `?${state}` : ""}`);
}

// What a claim is called in an address; what somebody mistyped, such as %E0, is nobody's name.
function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function follow() {
  const [place, state] = location.hash.slice(1).split(/\?(.*)/s);
  if (place === "ledger") {
    const given = new URLSearchParams(state);
    for (const key of KEYS) {
      form[key].value = given.get(key) ?? "";
      if (form[key].selectedIndex === -1) form[key].selectedIndex = 0;
    }
    const by = given.get("sort") ?? "number";
    const known = headings.some((heading) => heading.dataset.sort === by.replace(/^-/, ""));
    sorted = known ? { by: by.replace(/^-/, ""), down: by.startsWith("-") } : { by: "number", down: false };
    sort();
    filter();
    if (state !== undefined) document.getElementById("ledger").scrollIntoView();
    return;
  }
  const target = rows.find((row) => row.id === place || row.id === decoded(place));
  if (target) {
    if (target.hidden) {
      form.reset();
      filter();
    }
    target.querySelector("details").open = true;
    target.scrollIntoView();
  }
}

for (const heading of headings) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = heading.textContent;
  button.addEventListener("click", () => {
    const by = heading.dataset.sort;
    sorted = { by, down: sorted.by === by && !sorted.down };
    sort();
    tell();
  });
  heading.replaceChildren(button);
}
form.addEventListener("input", () => { filter(); tell(); });
form.addEventListener("reset", () => setTimeout(() => { filter(); tell(); }));
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = false;
addEventListener("hashchange", follow);
follow();

// Paper cannot be opened: what is closed on the screen is printed open, but for the claims' evidence, a book of its own.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")].filter((one) => !body.contains(one));
  for (const one of closed) one.open = true;
});
addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
