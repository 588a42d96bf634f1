// The buttons: what the connected account can do with this campaign now. A button is there only in its phase.
import { address, changed, connect, inWords, resume, wallets } from "./wallet.js";
import { bidForm, bonding, claimForm, offerForm, plain, revealButton, vetoForm } from "./forms.js";
import { showAccount } from "./account.js";
import * as openings from "./openings.js";
import { shown } from "./amounts.js";

let facts = null;
let state = {};

changed(() => show());

export async function show() {
  facts = JSON.parse(document.getElementById("facts").textContent);
  if (facts.source !== "chain") return;
  await resume();
  badge();
  if (address()) state = await mine();
  draw();
  showAccount(facts, address(), draw);
}

async function mine() {
  const who = address().toLowerCase(), at = `/api/v1/campaigns/${facts.address}`;
  const json = async (path) => (await fetch(`${at}/${path}`)).json();
  const [payments, next] = await Promise.all([json("payments"), json(`next/${address()}`)]);
  return { ...next, payment: payments.rows.find(({ account }) => account.toLowerCase() === who) };
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

// The server has compared contract, terms and token; without that the page offers nothing that pays.
const checked = () => document.querySelector("[data-actions]").closest("[data-checked]")?.dataset.checked === "yes";
const PAYING = new Set(["owner.bid", "client.offer", "edge.bond", "coordinator.bond"]);

// One block a step, in the words of the commands; the step itself is a button, or a command where a browser cannot do it.
function possible() {
  const found = state.steps.map(block), bonds = returning();
  if (bonds) found.push(bonds);
  return found.length ? found : [text("p", `Nothing to do for this account now. ${state.waiting_for}.`, "soft said")];
}

function block(step) {
  const { role, action, purpose, command, deadline, lost, lost_amount } = step;
  const box = text("div", "", "step"), head = text("p", "");
  const amount = lost_amount === "0" ? "" : ` (${shown(lost_amount, facts.token)})`;
  head.append(text("b", role === "anyone" ? "" : `${role} `), purpose, deadline ? text("small", ` before ${deadline.slice(0, 19).replace("T", " ")}${lost && `; otherwise ${lost}${amount}`}`) : "");
  const refused = PAYING.has(`${role}.${action}`) && !checked();
  const buttons = refused ? [] : (BUTTONS[`${role}.${action}`] ?? BUTTONS[action] ?? (() => []))(step);
  box.append(head, ...buttons);
  if (!buttons.length) box.append(terminal(command));
  return box;
}

const BUTTONS = {
  "owner.bid": () => [bidForm(facts)],
  "client.offer": () => [offerForm(facts)],
  "owner.reveal": () => opening("owner"),
  "client.reveal": () => opening("client"),
  "owner.veto": () => [vetoForm(facts)],
  "client.claim": () => [claimForm(facts)],
  "client.refund": () => [plain(facts, "Get my bond back", "return_bonds", [[address()]])],
  "edge.bond": () => mineOf(({ bonded }) => !bonded).map(({ id, at }) => bonding(facts, `Post the bond of ${id}`, facts.bonds.edge, "post_edge_bond", [BigInt(at)])),
  "edge.claim": () => mineOf(({ feeDue }) => feeDue).map(({ id, at }) => plain(facts, `Take the fee of ${id}`, "claim_edge_fee", [BigInt(at)])),
  "coordinator.bond": () => [bonding(facts, "Post the bond", facts.bonds.coordinator, "post_coordinator_bond", [])],
  refund: () => (state.payment && BigInt(state.payment.still_owed) > 0n ? [plain(facts, `Withdraw ${shown(state.payment.still_owed, facts.token)}`, "withdraw", [[address()]])] : []),
  withdraw: (step) => BUTTONS.refund(step),
  cancel: () => [plain(facts, "Cancel the campaign", "cancel", [])],
  halt: () => [plain(facts, "Halt the campaign", "halt", [])],
  close: () => [plain(facts, "Close the books", "close", [])],
};

const mineOf = (due) => facts.edges.map((edge, at) => ({ ...edge, at })).filter((edge) => edge.operator.toLowerCase() === address().toLowerCase() && due(edge));

function opening(role) {
  const kept = openings.ofCampaign(facts, address()).filter((one) => one.role === role);
  if (kept.length) return kept.map((one) => revealButton(facts, one));
  const note = text("p", "This browser does not have its opening: bring the file under "), link = text("a", "My account");
  link.href = `/campaign/${facts.address}/account`;
  note.append(link, ", or: ");
  return [note, terminal(`cofund ${role} reveal ${facts.address}`)];
}

// Bonds that anybody may send back to whom they belong, a batch at a time.
function returning() {
  const who = address().toLowerCase(), batch = facts.bondsDue.slice(0, 64);
  if (!batch.length || batch.some((client) => client.toLowerCase() === who)) return null;
  const box = text("div", "", "step");
  box.append(text("p", "Bonds can go back to whom they belong; anybody may"), plain(facts, `Return ${batch.length} bonds`, "return_bonds", [batch]));
  return box;
}

function terminal(command) {
  const line = text("p", command ? "In a terminal: " : "The program of this role does it by itself.", "soft");
  if (command) line.append(text("code", command));
  return line;
}

function text(name, content, className = "") {
  const made = document.createElement(name);
  made.textContent = content;
  made.className = className;
  return made;
}
