"use strict";
// What a reader chose, kept by the browser beside the page's place in its history, so that loading it anew loses nothing.
const CHOSEN = "#find, #filters select, #measure, #question, #against";
const remember = () => {
  const head = one("#board [aria-sort]");
  history.replaceState({
    theme: document.documentElement.dataset.theme, fields: all(CHOSEN).map((field) => field.value),
    ticked: all("#board .view:checked").map((tick) => tick.closest("tr").dataset.name),
    sorted: head && [head.cellIndex, head.getAttribute("aria-sort") === "ascending"],
    opened: all("details").map((details) => details.open), scrolled: all(".scroll").map((part) => part.scrollTop),
  }, "");
};
const recall = (chosen) => {
  if (chosen.theme) document.documentElement.dataset.theme = chosen.theme;
  all(CHOSEN).forEach((field, at) => {
    const known = field.tagName !== "SELECT" || [...field.options].some((option) => option.value === chosen.fields[at]);
    if (known && chosen.fields[at] !== undefined) field.value = chosen.fields[at];
  });
  rowsOf().forEach((row) => { box(row).checked = chosen.ticked.includes(row.dataset.name); });
  if (chosen.sorted) sort(one("#board thead tr").cells[chosen.sorted[0]], chosen.sorted[1]);
  all("details").forEach((details, at) => { details.open = Boolean(chosen.opened[at]); });
  all(".scroll").forEach((part, at) => { part.scrollTop = chosen.scrolled[at] || 0; });
};

const openCell = () => {
  const cell = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (cell?.matches("details.cell")) { cell.open = true; cell.scrollIntoView(); cell.querySelector("summary").focus(); }
};

const dark = window.matchMedia("(prefers-color-scheme: dark)");
one("#theme").addEventListener("click", () => {
  const root = document.documentElement;
  root.dataset.theme = (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark" ? "light" : "dark";
  drawAll();
});
dark.addEventListener("change", drawAll);
window.addEventListener("hashchange", openCell);
window.addEventListener("beforeunload", remember);

if (history.state) recall(history.state);
else openCell();
filter();
drawAll();
showAnswers();
all(".chart").forEach((chart) => watcher.observe(chart));
if (data.reload) setInterval(() => { if (one("#follow").checked && !document.hidden) location.reload(); }, 1000 * data.reload);
