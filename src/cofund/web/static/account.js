// My account: the wallet, what this browser has sent, and the openings that it keeps.
import { sent } from "./sent.js";
import { shown } from "./amounts.js";
import * as openings from "./openings.js";

function make(name, text = "", ...children) {
  const made = document.createElement(name);
  made.textContent = text;
  made.append(...children);
  return made;
}

export function showAccount(facts, account, redraw) {
  const place = document.querySelector("[data-account]");
  if (!place) return;
  place.replaceChildren(account ? make("p", "✓ Connected as ", make("code", account)) : make("p", "○ No wallet connected."));
  const entries = sent().filter(({ campaign, chainId }) => campaign === facts.address && chainId === facts.chainId);
  const marks = { pending: "◌ pending", done: "✓ done", failed: "✗ failed" };
  if (entries.length) document.querySelector("[data-transactions]").replaceChildren(list(entries.map(({ hash, what, state, time }) => [`${marks[state]} ${what} · ${time.slice(0, 19)}Z `, make("code", `${hash.slice(0, 12)}…`)])));
  showOpenings(facts, redraw);
}

const list = (items) => make("ul", "", ...items.map((parts) => make("li", "", ...parts)));

function showOpenings(facts, redraw) {
  const kept = openings.ofCampaign(facts), said = make("p"), file = document.createElement("input");
  said.className = "said";
  said.setAttribute("role", "status");
  file.type = "file";
  file.accept = ".json,application/json";
  file.addEventListener("change", async () => {
    try {
      openings.keep(openings.read(await file.files[0].text()));
      showOpenings(facts, redraw);
      redraw();
    } catch (error) {
      said.textContent = `✗ ${error.message}`;
    }
  });
  const items = kept.map((opening) => {
    const button = make("button", "Save as a file");
    button.type = "button";
    button.className = "plain";
    button.addEventListener("click", () => openings.save(opening));
    const amount = opening.role === "owner" ? opening.amount : BigInt(opening.amount) * BigInt(facts.token.tick);
    return [`${opening.role === "owner" ? "Bid" : "Offer"} of ${shown(amount, facts.token)} by ${opening.account.slice(0, 6)}…${opening.account.slice(-4)} `, button];
  });
  const label = make("label", "Bring an opening from a file", file);
  document.querySelector("[data-openings]").replaceChildren(kept.length ? list(items) : make("p", "None in this browser for this campaign."), label, said);
}
