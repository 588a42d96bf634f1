// What the connected account can do with this campaign now, as boxes for `actions.js`: { key, from, build }. A button is
// there only in its phase.
import { address, isOn, short } from "./wallet.js";
import { bidForm, bonding, offerForm, plain, revealButton, vetoForm } from "./forms.js";
import { armed } from "./armed.js";
import { decided, next } from "./outcome.js";
import { fits } from "./seal.js";
import { remember, sentTo } from "./sent.js";
import * as openings from "./openings.js";
import { shown } from "./amounts.js";

const PATIENCE_MS = 120_000;
const pursued = new Set();
let facts = null;
let state = null;

// Reads what the account can do; `changed` is called whenever something that it sent has come to an end.
export async function look(seen, changed) {
  facts = seen;
  const found = await mine().catch(() => state);
  return () => { state = found; pursue(changed); };
}

async function mine() {
  const account = address(), json = async (path) => (await fetch(`/api/v1/campaigns/${facts.address}/${path}`)).json();
  const [payments, steps] = await Promise.all([json("payments"), next(facts.address, account)]);
  return { ...steps, account, payment: payments.rows.find((row) => same(row.account, account)) };
}

const same = (a, b) => a?.toLowerCase() === b?.toLowerCase();
const redraw = () => document.dispatchEvent(new Event("released"));

// Transactions whose end this browser has not seen yet, those from before a reload too.
async function pursue(changed) {
  const open = pending().filter(({ id }) => !pursued.has(id));
  if (!open.length || !address() || !await isOn(facts.chainId).catch(() => false)) return;
  for (const entry of open) {
    pursued.add(entry.id);
    decided(entry).then(() => { pursued.delete(entry.id); changed(); });
  }
}

const pending = () => sentTo(facts).filter((entry) => entry.state === "pending");

// One block a step, in the words of the commands; the step itself is a button, or a command where a browser cannot do it.
export function possible() {
  if (!state || !same(state.account, address())) return [];
  const account = address();
  const due = [state.payment?.still_owed, facts.edges, facts.roundsDone, armed()];
  const found = guarded();
  found.push(...state.steps.map((step) => {
    const key = `${step.role}.${step.action}`, kept = fitting(step), sent = underWay(key);
    return { key: `${account} ${key}`, from: [step, kept, sent, due], build: () => block(step, key, kept, sent) };
  }));
  const others = facts.bondsDue.filter((operator) => !same(operator, account));
  found.push(...others.map((operator) => ({ key: `${account} bond of ${operator}`, from: operator, build: () => offered(operator) })));
  if (!found.length) found.push({ key: "nothing", from: state.waiting_for, build: () => text("p", `Nothing to do for this account now. ${state.waiting_for}.`, "soft said") });
  return [...found, ...state.closed.map((sentence) => ({ key: sentence, build: () => text("p", `○ ${sentence}`, "soft") }))];
}

// What this account has sent for a step and has not seen in a block; `late` if that takes unusually long.
function underWay(key) {
  const entry = pending().find(({ step, account }) => step.split(" ")[0] === key && same(account, address()));
  return entry && { ...entry, late: !entry.hash || Date.now() - Date.parse(entry.time) > PATIENCE_MS };
}

// The opening with which a step can be done: the one that fits the seal.
function fitting({ role, action }) {
  if (`${role}.${action}` !== "owner.reveal" || !state.sealed.owner) return [];
  return openings.ofCampaign(facts, address()).filter((one) => fits(one, state.sealed.owner.commitment)).slice(0, 1);
}

// While there is time to look for it: whether this browser has the opening of what is sealed. Where nothing can be opened
// although it is time to (the coordinator's bond is missing, say), its button is there and off.
function guarded() {
  const sealed = state.sealed.owner;
  if (!sealed || sealed.opened || !["commit", "reveal"].includes(facts.phase)) return [];
  if (state.steps.some((step) => step.role === "owner" && step.action === "reveal")) return [];
  const has = openings.ofCampaign(facts, address()).some((one) => fits(one, sealed.commitment)), off = facts.phase === "reveal";
  if (off && !has) return [];
  return [{ key: `${address()} opening owner`, from: [has, off], build: () => (has ? found(off)
    : missing("✗ Your bid is sealed, but the opening that fits it is not in this browser. Who loses it loses the bond: ")) }];
}

function found(off) {
  const box = text("div", "", "step"), button = text("button", "Open my bid");
  box.append(text("p", "✓ Your bid is sealed, and the opening that fits it is in this browser.", "soft"));
  button.type = "button";
  button.disabled = true;
  if (off) box.append(button, text("p", `It cannot be opened now. ${state.waiting_for}.`, "soft"));
  return box;
}

function missing(sentence) {
  const box = text("div", "", "step"), note = text("p", sentence, "warn"), link = text("a", "My account");
  link.href = `/campaign/${facts.address}/account`;
  note.append("bring the file under ", link, ", or open it where it was sealed:");
  box.append(note, terminal(`cofund owner reveal ${facts.address}`));
  return box;
}

function block(step, key, kept, sent) {
  const { role, action, purpose, command, deadline, lost, lost_amount } = step;
  const box = text("div", "", "step"), head = text("p", "");
  const amount = lost_amount === "0" ? "" : ` (${shown(lost_amount, facts.token)})`;
  head.append(text("b", role === "anyone" ? "" : `${role} `), purpose, deadline ? text("small", ` before ${deadline.slice(0, 19).replace("T", " ")}${lost && `; otherwise ${lost}${amount}`}`) : "");
  box.append(head);
  if (sent) box.append(...waiting(sent));
  else {
    const buttons = PAYING.has(key) && !armed() ? [] : (BUTTONS[key] ?? BUTTONS[action] ?? (() => []))(key, kept);
    box.append(...(buttons.length ? buttons : [terminal(command)]));
  }
  return box;
}

function waiting(sent) {
  const asked = "◌ The wallet was asked for this. If it is signed there, its block is waited for …";
  const line = text("p", sent.hash ? `◌ Sent: ${sent.hash.slice(0, 10)}…, waiting for its block …` : asked, "said"), again = text("button", "Do not wait for it any more", "plain");
  again.type = "button";
  again.addEventListener("click", () => { remember({ ...sent, state: "left" }); redraw(); });
  return sent.late ? [line, again] : [line];
}

// What locks money; the rest takes it out, or keeps a bond from being lost.
const PAYING = new Set(["owner.bid", "edge.bond", "coordinator.bond"]);
const BUTTONS = {
  "owner.bid": (key) => [bidForm(facts, key)],
  "client.offer": (key) => [offerForm(facts, key)],
  "owner.reveal": (key, kept) => [kept.length ? revealButton(facts, key, kept[0]) : missing("This browser does not have its opening, or only one that does not fit: ")],
  "owner.veto": (key) => [vetoForm(facts, key)],
  "edge.bond": (key) => mineOf(({ bonded }) => !bonded).map(({ id, at }) => bonding(facts, `${key} ${at}`, `Post the bond of ${id}`, facts.bonds.edge, "post_edge_bond", [BigInt(at)])),
  "edge.claim": (key) => mineOf(({ feeDue }) => feeDue).map(({ id, at }) => plain(facts, `${key} ${at}`, `Take the fee of ${id}`, "claim_edge_fee", [BigInt(at)])),
  "coordinator.bond": (key) => [bonding(facts, key, "Post the bond", facts.bonds.coordinator, "post_coordinator_bond", [])],
  "edge.refund": (key) => [...BUTTONS.refund(key), ...(facts.bondsDue.some((one) => same(one, address())) ? [returning(address(), "Get the bond of my book back", `${key} book`)] : [])],
  refund: (key) => (state.payment && BigInt(state.payment.still_owed) > 0n ? [plain(facts, key, `Withdraw ${shown(state.payment.still_owed, facts.token)}`, "withdraw", [[address()]])] : []),
  withdraw: (key) => BUTTONS.refund(key),
  cancel: (key) => [plain(facts, key, "Cancel the campaign", "cancel", [])],
  halt: (key) => [plain(facts, key, "Halt the campaign", "halt", [])],
  close: (key) => [plain(facts, key, "Close the books", "close", [])],
};

const mineOf = (due) => facts.edges.map((edge, at) => ({ ...edge, at })).filter((edge) => same(edge.operator, address()) && due(edge));
const returning = (operator, what, key) => plain(facts, key, what, "return_bond", [operator], facts.books);

// The bond of a book, which anybody may send back to its operator.
function offered(operator) {
  const box = text("div", "", "step");
  box.append(text("p", `The bond of the book of ${short(operator)} can go back; anybody may`), returning(operator, "Return it", `bonds ${operator}`));
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
