// Every page: theme, live view, countdown, curve. Wallet and secrets are loaded where they are needed.
import { follow } from "./live.js";
import { chooseTheme } from "./theme.js";
import { countDown } from "./countdown.js";

async function dress() {
  countDown();
  if (document.querySelector("[data-curve]")) (await import("./curve.js")).draw();
  if (document.getElementById("facts")) await (await import("./actions.js")).show();
}

function showTab() {
  const tabs = document.querySelector(".tabs"), here = tabs?.querySelector("[aria-current]");
  if (here) tabs.scrollLeft = here.offsetLeft - tabs.offsetLeft - 16;
}

showTab();
chooseTheme(() => dress());
dress();
follow(dress);
