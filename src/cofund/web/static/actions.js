// The buttons: what the connected account can do with this campaign now. A button is there only in its phase.
import { address, changed, connect, inWords, resume, wallets } from "./wallet.js";
import { bidForm, claimForm, offerForm, plain, revealButton } from "./forms.js";
import { showAccount } from "./account.js";
import * as openings from "./openings.js";
import { shown } from "./amounts.js";

let facts = null;
let rows = {};

changed(() => show());

export async function show() {
  facts = JSON.parse(document.getElementById("facts").textContent);
  if (facts.source !== "chain") return;
  await resume();
  badge();
  if (address()) rows = await mine();
  draw();
  showAccount(facts, address(), draw);
}

async function mine() {
  const who = address().toLowerCase();
  const table = async (name) => (await (await fetch(`/api/v1/campaigns/${facts.address}/${name}`)).json()).rows.find(({ account }) => account.toLowerCase() === who);
  const [owner, offer, payment] = await Promise.all(["owners", "offers", "payments"].map(table));
  return { owner, offer, payment };
}

function badge() {
  const place = document.getElementById("wallet");
  place.hidden = false;
  place.textContent = address() ? `${address().slice(0, 6)}…${address().slice(-4)}` : "";
  place.title = address() ?? "";
}

function draw() {
  const place = document.querySelector("[data-actions]");
  if (!place || place.querySelector("form")) return;
  place.replaceChildren(...(address() ? possible() : [connecting()]));
}

function connecting() {
  const box = document.createElement("span"), button = document.createElement("button"), said = document.createElement("p");
  button.type = "button";
  button.textContent = "Connect a wallet";
  said.className = "said soft";
  said.setAttribute("role", "status");
  said.textContent = wallets().length ? "" : "No wallet found in this browser: you can watch, and act from a terminal.";
  button.addEventListener("click", () => connect().catch((error) => { said.textContent = inWords(error); }));
  box.append(button, said);
  return box;
}

function possible() {
  const { owner, offer, payment } = rows, who = address().toLowerCase(), found = [];
  const sealed = (row) => row && row.state !== "invited";
  if (facts.phase === "commit") {
    if (!sealed(owner)) found.push(bidForm(facts));
    if (!sealed(offer)) found.push(offerForm(facts));
  }
  if (facts.phase === "reveal") {
    for (const opening of openings.ofCampaign(facts, address())) {
      const row = opening.role === "owner" ? owner : offer;
      if (row?.state === "sealed") found.push(revealButton(facts, opening));
    }
  }
  if (facts.phase === "not settled in time") found.push(plain(facts, "Cancel the campaign", "cancel", []));
  if (facts.phase === "training" && facts.until <= facts.now) found.push(plain(facts, "Halt the campaign", "halt", []));
  if (facts.phase === "ready to close") found.push(plain(facts, "Close the books", "close", []));
  if (offer?.result === "trains" && facts.edges.some(({ id, signed }) => id === offer.edge && signed > offer.rounds_paid)) found.push(claimForm(facts));
  if (facts.bondsDue.some((client) => client.toLowerCase() === who)) found.push(plain(facts, "Get my bond back", "return_bonds", [[address()]]));
  facts.edges.forEach(({ id, operator, feeDue }, at) => {
    if (operator.toLowerCase() === who && feeDue) found.push(plain(facts, `Take the fee of ${id}`, "claim_edge_fee", [BigInt(at)]));
  });
  if (payment && facts.status !== "open" && BigInt(payment.still_owed) > 0n) found.push(plain(facts, `Withdraw ${shown(payment.still_owed, facts.token)}`, "withdraw", [[address()]]));
  if (!facts.bondsDue.some((client) => client.toLowerCase() === who) && facts.bondsDue.length) {
    const batch = facts.bondsDue.slice(0, 64);
    found.push(plain(facts, `Return ${batch.length} bonds to whom they belong`, "return_bonds", [batch]));
  }
  return found.length ? found : [idle()];
}

function idle() {
  const said = document.createElement("p");
  said.className = "soft said";
  said.textContent = "Nothing to do for this account now.";
  return said;
}
