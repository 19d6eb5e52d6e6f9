"use strict";
const COLOURS = ["#0b7bd1", "#d9760a", "#12966b", "#c03a6b", "#7d5bd0", "#8f7a00", "#2aa3b0", "#7a7f87"];
const DASHES = ["solid", "dash", "dot", "dashdot"];
const OUTCOMES = { better: "--better", worse: "--worse", done: "--accent", running: "--accent", failed: "--worse", "cut off": "--worse" };

// Plotly reads a little HTML in its texts.
const plain = (text) => {
  const most = narrow() ? 24 : 48;
  const short = text.length > most ? text.slice(0, most - 1) + "…" : text;
  return short.replace(/&/g, "&amp;").replace(/</g, "&lt;");
};
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const shade = (outcome) => colour(OUTCOMES[outcome] || "--soft");
const heightFor = (rows) => 70 + 24 * rows.length;
const places = (rows) => ({
  tickmode: "array", tickvals: rows.map((_, at) => at), ticktext: rows.map((row) => plain(row.name)),
  range: [rows.length - 0.5, -0.5], showgrid: false, zeroline: false, fixedrange: true,
});

const ratings = () => {
  const rows = data.rows.filter((row) => row.rating).sort((a, b) => b.rating.rating - a.rating.rating);
  const spread = (key) => rows.map((row) => Math.abs((row.rating[key] ?? row.rating.rating) - row.rating.rating));
  return [[{
    type: "scatter", mode: "markers", x: rows.map((row) => row.rating.rating), y: rows.map((_, at) => at),
    error_x: { type: "data", symmetric: false, array: spread("high"), arrayminus: spread("low"), thickness: 1.5 },
    marker: { size: 9, color: colour("--accent"), symbol: rows.map((r) => (r.kind === "cell" ? "circle" : "diamond-open")) },
    text: rows.map((row) => plain(row.name)), hovertemplate: "%{text}: %{x:.0f}<extra></extra>",
  }], { height: heightFor(rows), yaxis: places(rows), xaxis: { title: { text: "Bradley-Terry (open: untuned)" } } }];
};

const differences = () => {
  const measure = data.measures[one("#measure").value];
  const rows = data.findings.filter((f) => f.measure === measure.name).map((f) => ({ ...f, name: f.cell }));
  rows.sort((a, b) => (measure.good === "more" ? b.difference - a.difference : a.difference - b.difference));
  return [[{
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
    height: heightFor(rows), yaxis: places(rows),
    xaxis: { title: { text: plain(`${measure.title}: cell − base`) }, tickformat: measure.share ? "+.0%" : "+.2f", zerolinewidth: 2 },
  }];
};

const grid = () => {
  const decisive = data.findings.filter((f) => f.measure === data.decided_by);
  const found = new Map(decisive.flatMap((f) => [f, ...(f.runs || [])].map((run) => [run.cell, f.outcome])));
  const cells = data.rows.filter((row) => row.kind === "cell");
  const end = cells.map((row) => found.get(row.name) || row.state);
  const keys = narrow() ? ["base", "size", "data"] : ["base", "size", "method", "data"];
  const dimension = (label, values) => ({ label, values: values.map(plain) });
  const shades = [...new Set(end)];
  return [[{
    type: "parcats", dimensions: [...keys.map((key) => dimension(key, cells.map((row) => row[key]))), dimension("outcome", end)],
    line: {
      color: end.map((name) => shades.indexOf(name)), shape: "hspline", cmin: 0, cmax: Math.max(1, shades.length - 1),
      colorscale: shades.length < 2 ? [[0, shade(shades[0])], [1, shade(shades[0])]]
        : shades.map((name, at) => [at / (shades.length - 1), shade(name)]),
    },
    labelfont: { color: colour("--text"), size: narrow() ? 11 : 13 }, tickfont: { color: colour("--text") },
    hoveron: "color", arrangement: "freeform",
  }], { height: Math.min(420, 120 + 20 * cells.length), margin: { l: narrow() ? 48 : 60, r: narrow() ? 66 : 84, t: 30, b: 16 } }];
};

const curves = () => {
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
  const last = Math.max(...shown.map((name) => data.curves[name].training.steps.at(-1)));
  return [traces, {
    height: 360 + (narrow() ? 18 * shown.length : 0), showlegend: true, legend: { orientation: "h", y: -0.22, yanchor: "top" },
    xaxis: { title: { text: "optimizer step" }, ...(last < 10 && { dtick: 1 }) }, yaxis: { title: { text: "nats a token" } },
  }];
};

const plot = (node, traces, layout) => {
  const axis = { gridcolor: colour("--line"), zerolinecolor: colour("--soft"), automargin: true };
  const whole = {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 10, r: 16, t: 10, b: 40 },
    font: { color: colour("--text"), size: narrow() ? 10 : 12, family: "system-ui, sans-serif" },
    showlegend: false, ...layout, xaxis: { ...axis, ...layout.xaxis }, yaxis: { ...axis, ...layout.yaxis },
  };
  return Plotly.react(node, traces, whole, { responsive: true, displaylogo: false, displayModeBar: false });
};

// A chart is drawn once it comes near the screen: five at once would take longer than all the rest of the page.
const CHARTS = { "grid-chart": grid, "rating-chart": ratings, "difference-chart": differences, "loss-chart": curves };
const near = new Set();
// Plotly lies in the page as text: running it takes longer than all the rest, and the leaderboard need not wait for it.
const loadPlotly = () => window.Plotly || document.head.append(element("script", one("#plotly").textContent));
const draw = (id) => {
  const node = document.getElementById(id);
  if (!node) return;
  const [traces, layout] = CHARTS[id]();
  node.style.minHeight = `${layout.height}px`;
  if (near.has(id)) plot(node, traces, layout);
};
const drawAll = () => Object.keys(CHARTS).forEach(draw);
const meet = (id) => {
  if (near.has(id)) return;
  near.add(id);
  loadPlotly();
  draw(id);
};
const watcher = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => meet(entry.target.id)), { rootMargin: "400px" },
);
window.addEventListener("beforeprint", () => Object.keys(CHARTS).forEach(meet));
