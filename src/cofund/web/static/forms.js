// Forms and buttons that end in a transaction. Each is bound to the account for which it was made.
import { alone, pay, send } from "./sending.js";
import { refusal, encode } from "./contract.js";
import { baseUnits, shown, spelled } from "./amounts.js";
import { commitment, encryptionKeys, freshOpening } from "./seal.js";
import { bind, inWords, onChain } from "./wallet.js";
import { proofOf } from "./deliveries.js";
import * as openings from "./openings.js";

const TOLD_MS = 8000;

function make(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const field = (text, input, hint = "") => make("label", {}, text, input, make("small", { textContent: hint }));
const line = () => { const said = make("p", { className: "said" }); said.setAttribute("role", "status"); return said; };

// Runs something that may fail while its button is off; says how it ended, long enough to be read.
async function attempt(button, said, work) {
  const box = button.closest("[data-key]") ?? button, focused = document.activeElement === button;
  button.disabled = true;
  box.dataset.busy = "";
  const say = (text) => { said.textContent = text; };
  try {
    say("…");
    await work(say);
    return true;
  } catch (error) {
    say(`✗ ${inWords(error)}`);
    button.disabled = false;
    if (focused && document.activeElement === document.body) button.focus({ preventScroll: true });
    return false;
  } finally {
    delete box.dataset.busy;
    box.dataset.told = Date.now() + TOLD_MS;
    setTimeout(released, TOLD_MS + 100);
  }
}

const released = () => document.dispatchEvent(new Event("released"));
const done = (form) => setTimeout(() => { form.remove(); released(); }, TOLD_MS / 2);

// What is signed for one step of one account, in one tab at a time.
function signing(facts, step, sender, work) {
  return alone(`${facts.chainId} ${facts.address} ${sender.account} ${step}`, async () => {
    await sender.present();
    await onChain(facts.chainId);
    await work();
  });
}

// A button that does its work at once; it is gone when that is done.
function acting(facts, step, text, work) {
  const button = make("button", { type: "button", textContent: text }), said = line(), sender = bind(facts);
  button.addEventListener("click", async () => {
    const good = await attempt(button, said, (say) => signing(facts, step, sender, async () => { await work(sender, say); say("✓ Done."); }));
    if (good) button.remove();
  });
  return make("span", {}, button, said);
}

export const plain = (facts, step, text, name, args) => acting(facts, step, text, (sender, say) => send(sender, facts, step, name, args, say));

// A call that takes a bond: the token is allowed first.
export const bonding = (facts, step, text, amount, name, args) =>
  acting(facts, step, `${text}, ${shown(amount, facts.token)}`, (sender, say) => pay(sender, facts, step, BigInt(amount), name, args, say));

export const vetoForm = (facts, step) => unfolding(`Veto round ${facts.roundsDone}`, () => {
  const why = "If owners who together pay more than half of all charges veto it, the round is not paid and training ends. A veto cannot be taken back.";
  const button = make("button", { type: "submit", textContent: `Yes, veto round ${facts.roundsDone}` }), said = line(), sender = bind(facts);
  const form = make("form", {}, make("h3", { textContent: `Veto round ${facts.roundsDone}` }), make("p", { textContent: why }), button, said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const round = [BigInt(facts.roundsDone)];
    if (await attempt(button, said, (say) => signing(facts, step, sender, async () => { await send(sender, facts, step, "veto", round, say); say("✓ Vetoed."); }))) done(form);
  });
  return form;
});

// One button, whatever openings are kept: the one that fits is sent. Without a word from the node on the seal, the first
// that the contract would take.
export function revealButton(facts, step, kept) {
  const [text, name] = kept[0].role === "owner" ? ["Open my bid", "reveal_bids"] : ["Open my offer", "reveal_offers"];
  const tuple = ({ account, amount, edge, salt }) => ({ sender: account.toLowerCase(), amount: BigInt(amount), edge: BigInt(edge), salt: `0x${salt}` });
  return acting(facts, step, text, async (sender, say) => {
    let chosen = kept[0];
    for (const one of kept.length > 1 ? kept : []) {
      if (await refusal({ from: sender.account, to: facts.address, data: encode(name, [[tuple(one)]]) }) === null) chosen = one;
    }
    await send(sender, facts, step, name, [[tuple(chosen)]], say);
  });
}

// A button that turns into a form; closing it again brings the button back.
function unfolding(text, build) {
  const button = make("button", { type: "button", textContent: text }), box = make("span", {}, button);
  button.addEventListener("click", () => {
    const form = build();
    const cancel = make("button", { type: "button", className: "plain", textContent: "Close" });
    cancel.addEventListener("click", () => { form.remove(); button.hidden = false; button.focus(); released(); });
    form.append(cancel);
    button.hidden = true;
    box.append(form);
    form.querySelector("input, select")?.focus();
  });
  return box;
}

let numbered = 0;

// A field for an amount, and beside it what was read: whole tokens and base units.
function amountField(facts, text, hint, check = () => {}) {
  const input = make("input", { type: "text", inputMode: "decimal", required: true, autocomplete: "off" });
  const echo = make("output", { id: `echo-${++numbered}`, className: "echo" });
  const read = () => { const units = baseUnits(input.value, facts.token.decimals); check(units); return units; };
  input.setAttribute("aria-describedby", echo.id);
  input.addEventListener("input", () => {
    try {
      echo.textContent = input.value.trim() ? `= ${spelled(read(), facts.token)}` : "";
    } catch {
      echo.textContent = "✗ cannot be taken like this";
    }
    const bad = echo.textContent.startsWith("✗");
    echo.classList.toggle("bad", bad);
    input.setAttribute("aria-invalid", String(bad));
  });
  return { read, element: make("div", {}, field(text, input, hint), echo) };
}

// Two steps: the opening is kept and saved as a file first; only then can it be sent, by the account that it names.
function sealing(facts, step, title, fields, prepare, deliver) {
  const first = make("button", { type: "submit", textContent: "1. Save the opening" });
  const second = make("button", { type: "button", textContent: "2. Lock and send", disabled: true });
  const tick = make("input", { type: "checkbox", disabled: true }), said = line(), sender = bind(facts);
  const saved = make("label", { className: "check" }, tick, "I have the file. Without it nobody can open this, and the bond is lost.");
  const form = make("form", {}, make("h3", { textContent: title }), ...fields, first, saved, second, said);
  let sealed = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(first, said, async (say) => {
      await sender.present();
      sealed = await prepare(sender.account);
      if (!openings.keep(sealed.opening)) throw new Error("This browser keeps nothing (its storage is blocked or full), and the opening would be lost: seal from a terminal, or let this site keep data.");
      openings.save(sealed.opening);
      tick.disabled = false;
      form.querySelectorAll("label:not(.check) input, select").forEach((one) => { one.disabled = true; });
      say(`${sealed.warning ?? "The opening is kept in this browser, and saved as a file."} Step 2 locks ${spelled(sealed.locks, facts.token)}.`);
    });
  });
  tick.addEventListener("change", () => { second.disabled = !tick.checked || "busy" in (form.closest("[data-key]")?.dataset ?? {}); });
  second.addEventListener("click", async () => {
    const good = await attempt(second, said, (say) => signing(facts, step, sender, async () => {
      await deliver(sender, sealed, say);
      say("✓ Sealed. Come back in the reveal phase to open it.");
    }));
    tick.disabled = good;
    if (good) done(form);
  });
  return form;
}

export const bidForm = (facts, step) => unfolding("Seal a bid", () => {
  const { unit } = facts.token;
  const value = amountField(facts, `What the finished model is worth to you, ${unit}`, "stays secret until the reveal phase");
  const escrow = amountField(facts, `Escrow to lock, ${unit}`, `public: lock clearly more than the bid; the bond of ${shown(facts.bonds.owner, facts.token)} comes on top`);
  return sealing(facts, step, "Seal a bid", [value.element, escrow.element], async (account) => {
    const amount = value.read(), locked = escrow.read(), locks = locked + BigInt(facts.bonds.owner);
    if (locked < amount) throw new Error("The escrow must be at least the bid, or the bid cannot be opened.");
    const { secret, key } = await encryptionKeys().catch(() => { throw new Error("This browser has no X25519, with which your model is sealed: use cofund owner bid."); });
    const warning = locked === amount ? "Saved. An escrow equal to the bid tells everybody your bid: better start over with more." : null;
    return { opening: freshOpening("owner", facts, account, amount, 0, secret), locked, locks, key, warning };
  }, async (sender, { opening, locked, locks, key }, say) => {
    const bid = [commitment(opening), locked, key];
    await pay(sender, facts, step, locks, "commit_bid", bid, say, (permit) => [...bid, ...permit]);
  });
});

const named = ({ id, name, bonded }) => `${id === name ? id : `${id} ${name}`}${bonded ? "" : " (its bond is not posted so far)"}`;

export const offerForm = (facts, step) => unfolding("Seal an offer", () => {
  const { unit, tick } = facts.token, bond = BigInt(facts.bonds.client);
  const whole = (units) => { if (units % BigInt(tick)) throw new Error(`Expected a multiple of ${shown(tick, facts.token)}.`); };
  const cost = amountField(facts, `What you ask per round, ${unit}`, `a multiple of ${shown(tick, facts.token)}; the ceiling is ${shown(facts.ceiling, facts.token)}, the edge's fee included`, whole);
  const edge = make("select", {}, ...facts.edges.flatMap((one, at) => (one.admits ? [] : [make("option", { value: at, textContent: named(one) })])));
  return sealing(facts, step, "Seal an offer", [cost.element, field("Edge", edge, `the bond of ${shown(bond, facts.token)} is locked`)], async (account) => {
    if (!edge.value) throw new Error("Every edge takes only clients that it admits: no offer can be sealed here.");
    const asked = cost.read(), warning = asked > BigInt(facts.ceiling) ? "Saved. This is above the ceiling: the offer cannot win." : null;
    return { opening: freshOpening("client", facts, account, asked / BigInt(tick), Number(edge.value)), locks: bond, warning };
  }, (sender, { opening }, say) => pay(sender, facts, step, bond, "commit_offer", [commitment(opening)], say));
});

export const claimForm = (facts, step) => unfolding("Claim my pay", () => {
  const file = make("input", { type: "file", accept: ".json,application/json", required: true });
  const button = make("button", { type: "submit", textContent: "Claim" }), said = line(), sender = bind(facts);
  const form = make("form", {}, make("h3", { textContent: "Claim my pay" }), field("The deliveries that your edge published", file, "cofund.deliveries/1; read in this browser only"), button, said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const good = await attempt(button, said, (say) => signing(facts, step, sender, async () => {
      const { bitmap, proof } = proofOf(await file.files[0].text(), facts, sender.account);
      await send(sender, facts, step, "claim", [sender.account, bitmap, proof], say);
      say("✓ Paid.");
    }));
    if (good) done(form);
  });
  return form;
});
