// Forms and buttons that end in a transaction.
import { allow, send } from "./contract.js";
import { baseUnits, shown } from "./amounts.js";
import { commitment, encryptionKeys, freshOpening } from "./seal.js";
import { address, inWords } from "./wallet.js";
import { proofOf } from "./deliveries.js";
import * as openings from "./openings.js";

function make(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const field = (text, input, hint = "") => make("label", {}, text, input, make("small", { textContent: hint }));
const line = () => { const said = make("p", { className: "said" }); said.setAttribute("role", "status"); return said; };

// Runs something that may fail while its button is off; says how it ended.
async function attempt(button, said, work) {
  button.disabled = true;
  const say = (text) => { said.textContent = text; };
  try {
    say("…");
    await work(say);
    return true;
  } catch (error) {
    say(`✗ ${inWords(error)}`);
    return false;
  } finally {
    button.disabled = false;
  }
}

export function plain(facts, text, name, args) {
  const button = make("button", { type: "button", textContent: text }), said = line();
  button.addEventListener("click", () => attempt(button, said, async (say) => {
    await send(facts, name, args, say);
    say("✓ Done.");
  }));
  return make("span", {}, button, said);
}

// A call that takes a bond: the token is allowed first.
export function bonding(facts, text, amount, name, args) {
  const button = make("button", { type: "button", textContent: `${text}, ${shown(amount, facts.token)}` }), said = line();
  button.addEventListener("click", () => attempt(button, said, async (say) => {
    await allow(facts, BigInt(amount), say);
    await send(facts, name, args, say);
    say("✓ Done.");
  }));
  return make("span", {}, button, said);
}

export const vetoForm = (facts) => unfolding(`Veto round ${facts.roundsDone}`, () => {
  const why = "If owners who together pay more than half of all charges veto it, the round is not paid and training ends. A veto cannot be taken back.";
  const button = make("button", { type: "submit", textContent: `Yes, veto round ${facts.roundsDone}` }), said = line();
  const form = make("form", {}, make("h3", { textContent: `Veto round ${facts.roundsDone}` }), make("p", { textContent: why }), button, said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const done = await attempt(button, said, async (say) => { await send(facts, "veto", [BigInt(facts.roundsDone)], say); say("✓ Vetoed."); });
    if (done) setTimeout(() => form.remove(), 4000);
  });
  return form;
});

export const revealButton = (facts, opening) => {
  const one = { sender: opening.account, amount: BigInt(opening.amount), edge: BigInt(opening.edge), salt: `0x${opening.salt}` };
  return opening.role === "owner" ? plain(facts, "Open my bid", "reveal_bids", [[one]]) : plain(facts, "Open my offer", "reveal_offers", [[one]]);
};

// A button that turns into a form; closing it again brings the button back.
function unfolding(text, build) {
  const button = make("button", { type: "button", textContent: text }), box = make("span", {}, button);
  button.addEventListener("click", () => {
    const form = build();
    const cancel = make("button", { type: "button", className: "plain", textContent: "Close" });
    cancel.addEventListener("click", () => { form.remove(); button.hidden = false; button.focus(); });
    form.append(cancel);
    button.hidden = true;
    box.append(form);
    form.querySelector("input, select")?.focus();
  });
  return box;
}

// Two steps: the opening is kept and saved as a file first; only then can it be sent.
function sealing(title, fields, prepare, deliver) {
  const first = make("button", { type: "submit", textContent: "1. Save the opening" });
  const second = make("button", { type: "button", textContent: "2. Lock and send", disabled: true });
  const tick = make("input", { type: "checkbox", disabled: true }), said = line();
  const saved = make("label", { className: "check" }, tick, "I have the file. Without it nobody can open this, and the bond is lost.");
  const form = make("form", {}, make("h3", { textContent: title }), ...fields, first, saved, second, said);
  let sealed = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(first, said, async (say) => {
      sealed = await prepare();
      openings.keep(sealed.opening);
      openings.save(sealed.opening);
      tick.disabled = false;
      form.querySelectorAll("label:not(.check) input, select").forEach((one) => { one.disabled = true; });
      say(sealed.warning ?? "The opening is kept in this browser, and saved as a file.");
    });
  });
  tick.addEventListener("change", () => { second.disabled = !tick.checked; });
  second.addEventListener("click", async () => {
    const done = await attempt(second, said, async (say) => { await deliver(sealed, say); say("✓ Sealed. Come back in the reveal phase to open it."); });
    if (done) { second.disabled = true; setTimeout(() => form.remove(), 4000); }
  });
  return form;
}

export const bidForm = (facts) => unfolding("Seal a bid", () => {
  const { decimals, unit } = facts.token, text = { type: "text", inputMode: "decimal", required: true, autocomplete: "off" };
  const value = make("input", text), escrow = make("input", text);
  const fields = [
    field(`What the finished model is worth to you, ${unit}`, value, "stays secret until the reveal phase"),
    field(`Escrow to lock, ${unit}`, escrow, `public: lock clearly more than the bid; the bond of ${shown(facts.bonds.owner, facts.token)} comes on top`),
  ];
  return sealing("Seal a bid", fields, async () => {
    const amount = baseUnits(value.value, decimals), locked = baseUnits(escrow.value, decimals);
    if (locked < amount) throw new Error("The escrow must be at least the bid, or the bid cannot be opened.");
    const { secret, key } = await encryptionKeys().catch(() => { throw new Error("This browser has no X25519, with which your model is sealed: use cofund owner bid."); });
    const warning = locked === amount ? "Saved. An escrow equal to the bid tells everybody your bid: better start over with more." : null;
    return { opening: freshOpening("owner", facts, address(), amount, 0, secret), locked, key, warning };
  }, async ({ opening, locked, key }, say) => {
    await allow(facts, locked + BigInt(facts.bonds.owner), say);
    await send(facts, "commit_bid", [commitment(opening), locked, key], say);
  });
});

export const offerForm = (facts) => unfolding("Seal an offer", () => {
  const { decimals, unit, tick } = facts.token;
  const cost = make("input", { type: "text", inputMode: "decimal", required: true, autocomplete: "off" });
  const edge = make("select", {}, ...facts.edges.flatMap(({ id, name, admits }, at) => (admits ? [] : [make("option", { value: at, textContent: id === name ? id : `${id} ${name}` })])));
  const fields = [
    field(`What you ask per round, ${unit}`, cost, `a multiple of ${shown(tick, facts.token)}; the ceiling is ${shown(facts.ceiling, facts.token)}, the edge's fee included`),
    field("Edge", edge, `the bond of ${shown(facts.bonds.client, facts.token)} is locked`),
  ];
  return sealing("Seal an offer", fields, async () => {
    const amount = baseUnits(cost.value, decimals);
    if (amount % BigInt(tick)) throw new Error(`Expected a multiple of ${shown(tick, facts.token)}.`);
    return { opening: freshOpening("client", facts, address(), amount / BigInt(tick), Number(edge.value)) };
  }, async ({ opening }, say) => {
    await allow(facts, BigInt(facts.bonds.client), say);
    await send(facts, "commit_offer", [commitment(opening)], say);
  });
});

export const claimForm = (facts) => unfolding("Claim my pay", () => {
  const file = make("input", { type: "file", accept: ".json,application/json", required: true });
  const button = make("button", { type: "submit", textContent: "Claim" }), said = line();
  const form = make("form", {}, make("h3", { textContent: "Claim my pay" }), field("The deliveries that your edge published", file, "cofund.deliveries/1; read in this browser only"), button, said);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(button, said, async (say) => {
      const { bitmap, proof } = proofOf(await file.files[0].text(), facts, address());
      await send(facts, "claim", [address(), bitmap, proof], say);
      say("✓ Paid.");
      setTimeout(() => form.remove(), 4000);
    });
  });
  return form;
});
