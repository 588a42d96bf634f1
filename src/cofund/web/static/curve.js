// The metric after each round, drawn from the table of rounds on the same page.
import uPlot from "./uplot.js";

let plot = null;

// Some room above and below, but no more than a share can have where all metrics are shares; a round may have none.
function around(_, low, high) {
  if (low === null || high === null) return [0, 1];
  const room = Math.max((high - low) / 8, 0.005);
  return [low < 0 ? low - room : Math.max(0, low - room), high > 1 ? high + room : Math.min(1, high + room)];
}

function number(text) {
  const found = Number(text);
  return Number.isFinite(found) ? found : null;
}

export function draw() {
  plot?.destroy();
  plot = null;
  const place = document.querySelector("[data-curve]");
  const rows = [...document.querySelectorAll("[data-rounds] tbody tr")];
  if (!place || rows.length < 2) return;
  const styles = document.createElement("link");
  styles.rel = "stylesheet";
  styles.href = "/static/uplot.css";
  if (!document.querySelector('link[href="/static/uplot.css"]')) document.head.append(styles);
  const numbers = (column) => rows.map((row) => number(row.cells[column].textContent));
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = { stroke: colour("--ink"), grid: { stroke: colour("--rule"), width: 1 }, ticks: { stroke: colour("--rule"), width: 1 } };
  const width = () => Math.min(place.clientWidth || 320, 704);
  const rounds = numbers(0);
  plot = new uPlot({
    width: width(),
    height: 220,
    scales: { x: { time: false }, y: { range: around } },
    axes: [{ ...axis, incrs: [1, 2, 5, 10, 20, 50], label: "round", labelSize: 20 }, { ...axis, size: 60 }],
    series: [{ label: "round" }, { label: "metric", stroke: colour("--one"), width: 2, points: { show: rounds.length < 40, size: 5 } }],
    legend: { live: true },
  }, [rounds, numbers(1)], place);
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `Metric from ${rows[0].cells[1].textContent} after round ${rounds[0]} to ${rows.at(-1).cells[1].textContent} after round ${rounds.at(-1)}`);
  new ResizeObserver(() => plot?.setSize({ width: width(), height: 220 })).observe(place);
}
