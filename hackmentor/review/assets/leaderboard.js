"use strict";
const follow = () => { draw("loss-chart"); showAnswers(); };

const filter = () => {
  const part = one("#find").value.trim().toLowerCase(), wanted = all("#filters select").filter((select) => select.value);
  for (const row of rowsOf())
    row.hidden = !row.dataset.name.toLowerCase().includes(part) || wanted.some((s) => row.dataset[s.dataset.key] !== s.value);
  one("#count").textContent = `${rowsOf().filter((row) => !row.hidden).length} of ${data.rows.length} shown`;
};

const sort = (head, up) => {
  const at = head.cellIndex;
  all("#board thead th").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const key = (row) => row.cells[at].dataset.sort, numeric = rowsOf().every((row) => !isNaN(key(row)));
  const compare = (a, b) => (numeric ? Number(a) - Number(b) : a.localeCompare(b, "en", { numeric: true })) * (up ? 1 : -1);
  const rows = rowsOf().sort((a, b) => (!key(a) || !key(b) ? !key(a) - !key(b) : compare(key(a), key(b))));
  one("#board tbody").append(...rows);
};

const tick = (on) => rowsOf().filter((row) => !row.hidden).forEach((row) => { box(row).checked = on; });

all(".sort").forEach((button) => button.addEventListener("click", () => {
  const head = button.closest("th");
  sort(head, head.getAttribute("aria-sort") !== "ascending");
  showAnswers();
}));
all("#filters select, #find").forEach((field) => field.addEventListener("input", () => { filter(); follow(); }));
all("form").forEach((form) => form.addEventListener("submit", (event) => event.preventDefault()));
one("#board").addEventListener("change", follow);
one("#all").addEventListener("click", () => { tick(true); follow(); });
one("#none").addEventListener("click", () => { tick(false); follow(); });
one("#measure")?.addEventListener("change", () => draw("difference-chart"));
all("#question, #against").forEach((field) => field.addEventListener("change", showAnswers));
