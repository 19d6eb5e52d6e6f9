"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const one = (selector) => document.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const narrow = () => window.innerWidth < 600;
  const COLOURS = ["#0b7bd1", "#d9760a", "#12966b", "#c03a6b", "#7d5bd0", "#8f7a00", "#2aa3b0", "#7a7f87"];
  const DASHES = ["solid", "dash", "dot", "dashdot"];

  // Plotly reads a little HTML in its texts.
  const plain = (text) => {
    const most = narrow() ? 24 : 48;
    const short = text.length > most ? text.slice(0, most - 1) + "…" : text;
    return short.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const OUTCOMES = { better: "--better", worse: "--worse", done: "--accent", running: "--accent", failed: "--worse", "cut off": "--worse" };
  const shade = (outcome) => colour(OUTCOMES[outcome] || "--soft");

  const draw = (id, traces, layout) => {
    const axis = { gridcolor: colour("--line"), zerolinecolor: colour("--soft"), automargin: true };
    const whole = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 10, r: 16, t: 10, b: 40 },
      font: { color: colour("--text"), size: narrow() ? 10 : 12, family: "system-ui, sans-serif" },
      showlegend: false, ...layout, xaxis: { ...axis, ...layout.xaxis }, yaxis: { ...axis, ...layout.yaxis },
    };
    return Plotly.react(id, traces, whole, { responsive: true, displaylogo: false, displayModeBar: false });
  };
  const names = (rows) => ({
    tickmode: "array", tickvals: rows.map((_, at) => at), ticktext: rows.map((row) => plain(row.name)),
    range: [rows.length - 0.5, -0.5], showgrid: false, zeroline: false, fixedrange: true,
  });
  const height = (rows) => 70 + 24 * rows.length;

  const drawRatings = () => {
    const rows = data.rows.filter((row) => row.rating).sort((a, b) => b.rating.rating - a.rating.rating);
    const spread = (key) => rows.map((row) => Math.abs((row.rating[key] ?? row.rating.rating) - row.rating.rating));
    draw("rating-chart", [{
      type: "scatter", mode: "markers", x: rows.map((row) => row.rating.rating), y: rows.map((_, at) => at),
      error_x: { type: "data", symmetric: false, array: spread("high"), arrayminus: spread("low"), thickness: 1.5 },
      marker: { size: 9, color: colour("--accent"), symbol: rows.map((r) => (r.kind === "cell" ? "circle" : "diamond-open")) },
      text: rows.map((row) => plain(row.name)), hovertemplate: "%{text}: %{x:.0f}<extra></extra>",
    }], { height: height(rows), yaxis: names(rows), xaxis: { title: { text: "Bradley-Terry (open: untuned)" } } });
  };

  const drawDifferences = () => {
    const measure = data.measures[one("#measure").value];
    const rows = data.findings.filter((f) => f.measure === measure.name).map((f) => ({ ...f, name: f.cell }));
    rows.sort((a, b) => (measure.good === "more" ? b.difference - a.difference : a.difference - b.difference));
    draw("difference-chart", [{
      type: "scatter", mode: "markers", x: rows.map((row) => row.difference), y: rows.map((_, at) => at),
      error_x: {
        type: "data", symmetric: false, thickness: 1.5, color: colour("--soft"),
        array: rows.map((row) => row.high - row.difference), arrayminus: rows.map((row) => row.difference - row.low),
      },
      marker: {
        size: 10, color: rows.map((row) => shade(row.outcome)),
        symbol: rows.map((row) => ({ better: "triangle-up", worse: "triangle-down" })[row.outcome] || "circle-open"),
      },
      text: rows.map((row) => `${plain(row.name)}: ${row.outcome}, p = ${row.p.toFixed(3)}`),
      hovertemplate: "%{text}, %{x}<extra></extra>",
    }], {
      height: height(rows), yaxis: names(rows),
      xaxis: { title: { text: plain(`${measure.title}: cell − base`) }, tickformat: measure.share ? "+.0%" : "+.2f", zerolinewidth: 2 },
    });
  };

  const drawGrid = () => {
    const found = new Map(data.findings.filter((f) => f.measure === data.decided_by).map((f) => [f.cell, f.outcome]));
    const cells = data.rows.filter((row) => row.kind === "cell");
    const end = cells.map((row) => found.get(row.name) || row.state);
    const keys = narrow() ? ["base", "size", "data"] : ["base", "size", "method", "data"];
    const dimension = (label, values) => ({ label, values: values.map(plain) });
    const shades = [...new Set(end)];
    draw("grid-chart", [{
      type: "parcats", dimensions: [...keys.map((key) => dimension(key, cells.map((row) => row[key]))), dimension("outcome", end)],
      line: {
        color: end.map((name) => shades.indexOf(name)), shape: "hspline", cmin: 0, cmax: Math.max(1, shades.length - 1),
        colorscale: shades.length < 2 ? [[0, shade(shades[0])], [1, shade(shades[0])]]
          : shades.map((name, at) => [at / (shades.length - 1), shade(name)]),
      },
      labelfont: { color: colour("--text"), size: narrow() ? 11 : 13 }, tickfont: { color: colour("--text") },
      hoveron: "color", arrangement: "freeform",
    }], { height: Math.min(420, 160 + 14 * cells.length), margin: { l: 30, r: narrow() ? 64 : 90, t: 30, b: 16 } });
  };

  const rowsOf = () => all("#board tbody tr");
  const box = (row) => row.querySelector(".view");
  const inView = () => rowsOf().filter((row) => !row.hidden && box(row).checked).map((row) => row.dataset.name);

  const drawCurves = () => {
    const order = Object.keys(data.curves);
    const shown = inView().filter((name) => name in data.curves);
    const traces = shown.flatMap((name) => {
      const at = order.indexOf(name), { training, validation } = data.curves[name];
      const paint = COLOURS[at % COLOURS.length], common = { type: "scatter", name: plain(name), legendgroup: name };
      const hovertemplate = `${plain(name)}<br>step %{x}: %{y:.3f}<extra></extra>`;
      const dash = DASHES[Math.floor(at / COLOURS.length) % DASHES.length];
      return [
        { ...common, mode: "lines", x: training.steps, y: training.losses, line: { color: paint, dash, width: 1.8 }, hovertemplate },
        { ...common, mode: "markers", x: validation.steps, y: validation.losses, showlegend: false,
          marker: { color: paint, size: 8, line: { color: colour("--card"), width: 1 } }, hovertemplate },
      ];
    });
    draw("loss-chart", traces, {
      height: 360 + (narrow() ? 18 * shown.length : 0), showlegend: true, legend: { orientation: "h", y: -0.22, yanchor: "top" },
      xaxis: { title: { text: "optimizer step" } }, yaxis: { title: { text: "nats a token" } },
    });
  };

  // The words of `text` that are not in the longest common sequence of words with `other`.
  const differing = (text, other) => {
    const words = text.split(/(\s+)/), own = words.filter((_, at) => at % 2 === 0), first = other.split(/\s+/);
    const table = Array.from({ length: own.length + 1 }, () => new Uint16Array(first.length + 1));
    for (let i = own.length - 1; i >= 0; i--)
      for (let j = first.length - 1; j >= 0; j--)
        table[i][j] = own[i] === first[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    const extra = new Set();
    for (let i = 0, j = 0; i < own.length; )
      if (j < first.length && own[i] === first[j]) { i++; j++; }
      else if (j < first.length && table[i][j + 1] >= table[i + 1][j]) j++;
      else extra.add(2 * i++);
    return words.map((word, at) => [word, extra.has(at)]);
  };
  const element = (tag, text = "") => Object.assign(document.createElement(tag), { textContent: text });

  const showAnswers = () => {
    if (!one("#question")) return;
    const sample = data.samples[one("#question").value], shown = inView().filter((name) => name in sample.answers);
    one("#asked").textContent = sample.question;
    one("#said").replaceChildren(...shown.map((name, at) => {
      const [text, cut] = sample.answers[name], article = element("article"), said = element("p");
      article.append(element("h4", name), said);
      if (at === 0 || !one("#mark").checked) said.textContent = text;
      else for (const [word, extra] of differing(text, sample.answers[shown[0]][0])) said.append(extra && word ? element("mark", word) : word);
      if (!text) said.append(element("small", "(an empty answer)"));
      if (cut) article.append(element("small", "cut at its limit of tokens"));
      return article;
    }));
    if (!shown.length) one("#said").textContent = "Nobody in view answered this; tick some in the leaderboard.";
  };

  const follow = () => { drawCurves(); showAnswers(); };
  const count = () => {
    one("#count").textContent = `${rowsOf().filter((row) => !row.hidden).length} of ${data.rows.length} shown`;
  };
  const filter = () => {
    const part = one("#find").value.trim().toLowerCase(), wanted = all("#filters select").filter((select) => select.value);
    for (const row of rowsOf())
      row.hidden = !row.dataset.name.toLowerCase().includes(part) || wanted.some((s) => row.dataset[s.dataset.key] !== s.value);
    count();
    follow();
  };
  const sort = (button) => {
    const head = button.closest("th"), at = head.cellIndex, up = head.getAttribute("aria-sort") !== "ascending";
    all("#board thead th").forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => row.cells[at].dataset.sort, numeric = rowsOf().every((row) => !isNaN(key(row)));
    const compare = (a, b) => (numeric ? Number(a) - Number(b) : a.localeCompare(b, "en", { numeric: true })) * (up ? 1 : -1);
    const rows = rowsOf().sort((a, b) => (!key(a) || !key(b) ? !key(a) - !key(b) : compare(key(a), key(b))));
    one("#board tbody").append(...rows);
    showAnswers();
  };
  const openCell = () => {
    const cell = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (cell?.matches("details.cell")) { cell.open = true; cell.scrollIntoView(); cell.querySelector("summary").focus(); }
  };
  const drawAll = () => {
    if (one("#rating-chart")) drawRatings();
    if (one("#difference-chart")) drawDifferences();
    drawGrid();
    follow();
  };
  const tick = (on) => { rowsOf().filter((row) => !row.hidden).forEach((row) => { box(row).checked = on; }); follow(); };

  all(".sort").forEach((button) => button.addEventListener("click", () => sort(button)));
  all("#filters select, #find").forEach((field) => field.addEventListener("input", filter));
  all("form").forEach((form) => form.addEventListener("submit", (event) => event.preventDefault()));
  one("#board").addEventListener("change", follow);
  one("#all").addEventListener("click", () => tick(true));
  one("#none").addEventListener("click", () => tick(false));
  one("#measure")?.addEventListener("change", drawDifferences);
  all("#question, #mark").forEach((field) => field.addEventListener("change", showAnswers));
  const dark = window.matchMedia("(prefers-color-scheme: dark)"), root = document.documentElement;
  one("#theme").addEventListener("click", () => {
    root.dataset.theme = (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark" ? "light" : "dark";
    drawAll();
  });
  dark.addEventListener("change", drawAll);
  window.addEventListener("hashchange", openCell);
  count();
  drawAll();
  openCell();
})();
