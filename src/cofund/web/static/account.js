// My account: the wallet, what this browser has sent, and the openings that it keeps.
import { sentTo } from "./sent.js";
import { shown } from "./amounts.js";
import { next } from "./outcome.js";
import { fits } from "./seal.js";
import { disconnect, inWords, short } from "./wallet.js";
import * as openings from "./openings.js";

const ENDS = {
  pending: "◌ pending", done: "✓ done", replaced: "✓ done, by a transaction that took its place", failed: "✗ failed: the contract refused it",
  over: "○ another transaction took its place, and nothing is left to do", gone: "✗ cancelled or replaced: it has not happened",
  left: "○ not waited for any more",
};

function make(name, text = "", ...children) {
  const made = document.createElement(name);
  made.textContent = text;
  made.append(...children);
  return made;
}

// What is the same stays as it is: somebody may be reading, or copying from it.
function put(place, made) {
  if (place.childNodes.length !== 1 || !place.firstChild.isEqualNode(made)) place.replaceChildren(made);
}

function leaving() {
  const button = make("button", "Use another wallet");
  button.type = "button";
  button.className = "plain";
  button.addEventListener("click", disconnect);
  return button;
}

const list = (items) => make("ul", "", ...items.map((parts) => make("li", "", ...parts)));

export function showAccount(facts, account, redraw) {
  const place = document.querySelector("[data-account]");
  if (!place) return;
  put(place, account ? make("p", "✓ Connected as ", make("code", account), " ", leaving()) : make("p", "○ No wallet connected."));
  const entries = sentTo(facts);
  if (entries.length) put(document.querySelector("[data-transactions]"), list(entries.map(({ hash, what, state, time }) => [`${ENDS[state]} · ${what} · ${time.slice(0, 19)}Z `, make("code", hash ? `${hash.slice(0, 12)}…` : "no answer of the wallet yet")])));
  showOpenings(facts, redraw);
}

// What is kept, and a way to bring more. The field to choose a file is made once: it may be under somebody's hands.
function showOpenings(facts, redraw) {
  const place = document.querySelector("[data-openings]");
  if (!place.querySelector("input")) place.replaceChildren(make("div"), ...bringing(facts, redraw));
  const kept = openings.ofCampaign(facts), items = kept.map((opening) => {
    return [`Bid of ${shown(opening.amount, facts.token)} by ${short(opening.account)} `, saving(opening)];
  });
  const box = place.firstElementChild, now = JSON.stringify(kept);
  if (box.dataset.kept === now) return;
  box.dataset.kept = now;
  box.replaceChildren(kept.length ? list(items) : make("p", "None in this browser for this campaign."));
}

function saving(opening) {
  const button = make("button", "Save as a file");
  button.type = "button";
  button.className = "plain";
  button.addEventListener("click", () => openings.save(opening));
  return button;
}

function bringing(facts, redraw) {
  const said = make("p"), file = document.createElement("input");
  said.className = "said";
  said.setAttribute("role", "status");
  file.type = "file";
  file.accept = ".json,application/json";
  file.addEventListener("change", async () => {
    try {
      said.textContent = await bring(openings.read(await file.files[0].text(), facts), facts);
      redraw();
    } catch (error) {
      said.textContent = `✗ ${inWords(error)}`;
    }
    file.value = "";
  });
  return [make("label", "Bring an opening from a file", file), said];
}

// An opening is held against the seal of its account before it is kept.
async function bring(opening, facts) {
  const { account } = opening, sealed = (await next(facts.address, account)).sealed.owner;
  if (sealed && !fits(opening, sealed.commitment)) throw new Error(`This is not the opening of the bid that ${short(account)} sealed here: amount or salt are others. It is not kept.`);
  const end = openings.keep(opening) ? "" : " Only as long as this page is open: this browser keeps nothing.";
  return sealed ? `✓ Kept: it opens the bid of ${short(account)}.${end}` : `✓ Kept. ${short(account)} has no sealed bid here so far.${end}`;
}
