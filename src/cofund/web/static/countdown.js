// The time left by the chain's clock when the page was made, counted down since.
let timer = 0;

export function left(seconds) {
  if (seconds <= 0) return "over";
  const parts = [[Math.floor(seconds / 86400), "d"], [Math.floor(seconds / 3600) % 24, "h"], [Math.floor(seconds / 60) % 60, "min"], [seconds % 60, "s"]];
  const first = parts.findIndex(([number]) => number);
  return parts.slice(first, first + 2).map(([number, unit]) => `${number} ${unit}`).join(" ");
}

export function countDown() {
  clearInterval(timer);
  const shown = document.getElementById("countdown");
  if (!shown) return;
  const end = Date.now() + 1000 * Number(shown.dataset.left);
  timer = setInterval(() => { shown.textContent = left(Math.max(0, Math.round((end - Date.now()) / 1000))); }, 1000);
}
