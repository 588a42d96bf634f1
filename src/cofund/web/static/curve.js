// The metric after each round, drawn from the table of rounds on the same page.
import uPlot from "./uplot.js";

let plot = null;

// Some room above and below; an axis that ends at 0 or 1 only if no metric lies beyond.
function around(_, low, high) {
  const room = Math.max((high - low) / 8, 0.005);
  return [low < 0 ? low - room : Math.max(0, low - room), high > 1 ? high + room : Math.min(1, high + room)];
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
  const number = (text) => (Number.isNaN(Number(text)) ? null : Number(text)); // a round without a metric is a gap
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
