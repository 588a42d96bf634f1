// Forms and buttons that end in a transaction. Each is bound to the account for which it was made.
import { alone, pay, send } from "./sending.js";
import { baseUnits, shown, spelled } from "./amounts.js";
import { commitment, encryptionKeys, freshOpening } from "./seal.js";
import { signedOffer } from "./offer.js";
import { bind, inWords, onChain } from "./wallet.js";
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

export const plain = (facts, step, text, name, args, to = facts.address) =>
  acting(facts, step, text, (sender, say) => send(sender, facts, step, name, args, say, to));

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

export const revealButton = (facts, step, { account, amount, salt }) =>
  plain(facts, step, "Open my bid", "reveal_bids", [[{ sender: account.toLowerCase(), amount: BigInt(amount), salt: `0x${salt}` }]]);

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
  const again = () => {
    try {
      echo.textContent = input.value.trim() ? `= ${spelled(read(), facts.token)}` : "";
    } catch {
      echo.textContent = "✗ cannot be taken like this";
    }
    const bad = echo.textContent.startsWith("✗");
    echo.classList.toggle("bad", bad);
    input.setAttribute("aria-invalid", String(bad));
  };
  input.addEventListener("input", again);
  return { read, again, element: make("div", {}, field(text, input, hint), echo) };
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
    return { opening: freshOpening(facts, account, amount, secret), locked, locks, key, warning };
  }, async (sender, { opening, locked, locks, key }, say) => {
    const bid = [commitment(opening), locked, key];
    await pay(sender, facts, step, locks, "commit_bid", bid, say, (permit) => [...bid, ...permit]);
  });
});

const named = ({ id, name, bonded }) => `${id === name ? id : `${id} ${name}`}${bonded ? "" : " (its bond is not posted so far)"}`;

// An offer is a message, not a transaction: it costs nothing, and the file goes to the edge.
export const offerForm = (facts, step) => unfolding("Sign an offer", () => {
  const { unit, tick } = facts.token;
  const edge = make("select", {}, ...facts.edges.map((one, at) => make("option", { value: at, textContent: `${named(one)}: at most ${shown(one.most, facts.token)}` })));
  const fair = (units) => {
    if (units % BigInt(tick)) throw new Error(`Expected a multiple of ${shown(tick, facts.token)}.`);
    const { most } = facts.edges[edge.value];
    if (units > BigInt(most)) throw new Error(`Expected at most ${shown(most, facts.token)}, the ceiling of that edge less fees: more cannot win.`);
  };
  const cost = amountField(facts, `What you ask per round, ${unit}`, `a multiple of ${shown(tick, facts.token)}; fees come on top`, fair);
  const why = "Nothing is sent and nothing is locked. Hand the file to your edge before bids close, and ask it for your place in its book: without one you are not in it.";
  const button = make("button", { type: "submit", textContent: "Sign and save the file" }), said = line(), sender = bind(facts);
  const form = make("form", {}, make("h3", { textContent: "Sign an offer" }), make("p", { textContent: why }), cost.element, field("Edge", edge), button, said);
  edge.addEventListener("change", cost.again);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const good = await attempt(button, said, (say) => signing(facts, step, sender, async () => {
      const offer = await signedOffer(sender, facts, Number(edge.value), cost.read() / BigInt(tick), say);
      openings.saveAs(`${offer.chain_id}-${offer.campaign}-${offer.client}-offer.json`, offer);
      say("✓ Signed and saved as a file: hand it to your edge.");
    }));
    if (good) done(form);
  });
  return form;
});
