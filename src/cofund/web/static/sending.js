// Sends calls. Every one is tried before it is signed, also one that takes money which is not allowed yet: nothing is
// signed for a call that must fail. Every signature is bound to the account and the chain with which its steps began.
import { armed } from "./armed.js";
import { encode, read, refusal } from "./contract.js";
import { decided, hashOf, known, nonceOf } from "./outcome.js";
import { permission } from "./permit.js";
import { forget, remember, underWay } from "./sent.js";
import { ask, isOn } from "./wallet.js";

const RULE = /^(commit|bond|sponsor): /;  // the campaign's own refusals; it takes the money last
const ENDS = {
  failed: "The contract refused it when it was mined; only the fee is gone.",
  gone: "Another transaction took its place: it was cancelled or replaced, and has not happened.",
  over: "Another transaction took its place, and it cannot be done any more: the page shows how things stand.",
  left: "It is not waited for any more. It may still happen: the page shows how things stand.",
};

// One of these at a time, in all tabs of this browser; where it has no locks, or site data are blocked, in this one.
export async function alone(name, work) {
  let answered = !navigator.locks;
  const one = (lock) => {
    answered = true;
    if (!lock) throw new Error("This is under way already, here or in another tab of this browser.");
    return work();
  };
  if (answered) return work();
  return navigator.locks.request(`cofund ${name}`, { ifAvailable: true }, one).catch((error) => {
    if (answered) throw error;
    return work();
  });
}

export async function send(sender, facts, step, functionName, args, say, to = facts.address) {
  const from = sender.account, data = encode(functionName, args), campaign = facts.address, chainId = facts.chainId;
  await sender.check();
  if (await joined(sender, facts, step, data, say)) return;
  const why = await refusal({ from, to, data });
  if (why !== null) throw new Error(`The contract refuses: ${why || "without a reason"}`);
  const before = await nonceOf(from);
  await sender.check();
  say("Sign it in the wallet …");
  const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const asked = { id, what: functionName, step, campaign, chainId, account: from, to, data, nonce: before, hash: null, state: "pending" };
  remember(asked);
  const hash = hashOf(await ask("eth_sendTransaction", [{ from, to, data, chainId: `0x${chainId.toString(16)}` }])
    .catch((error) => { forget(asked); throw error; }));
  const entry = { ...asked, hash, answered: true }, there = await known(entry);
  entry.nonce = there?.nonce === undefined ? before : Number(there.nonce);
  remember(entry);
  await waited(entry, say);
}

// What is under way for a step already (from before a reload, or from another tab) is waited for, not sent again; true if
// it was the same call.
async function joined(sender, facts, step, data, say) {
  const entry = underWay(facts, step, sender.account), firstWord = (call) => call.slice(10, 74);
  if (!entry) return false;
  if (!entry.hash && !entry.answered) throw new Error("The wallet was asked for this already, here or in another tab: answer it there. Nothing more was sent. Close this to see what has become of it.");
  if (firstWord(entry.data) !== firstWord(data)) throw new Error("Another one was sent already, here or from another tab, and waits for its block: nothing more was sent. Close this to see what has become of it.");
  await waited(entry, say);
  return true;
}

async function waited(entry, say) {
  say(`Sent: ${entry.hash ? `${entry.hash.slice(0, 10)}…` : "the wallet gave no hash"}, waiting for its block …`);
  const state = await ended(entry);
  if (ENDS[state]) throw new Error(ENDS[state]);
}

// Waits for the end of a transaction, as long as the wallet stays on its chain: its block cannot be seen from elsewhere.
async function ended(entry) {
  let open = true;
  const watch = async () => {
    while (open) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      if (open && !await isOn(entry.chainId).catch(() => true)) throw new Error(`It was sent, but the wallet is on another chain than ${entry.chainId} now: nothing more was sent. Switch back, then press again: it is not sent twice.`);
    }
  };
  return Promise.race([decided(entry), watch()]).finally(() => { open = false; });
}

// Sends a call that takes `amount`: under a permit where `permitted` says how and the token has one, else after an allowance.
export async function pay(sender, facts, step, amount, functionName, args, say, permitted = null) {
  const from = sender.account, to = facts.address, token = facts.token.address;
  if (!armed()) throw new Error("This campaign did not pass the check above: no money is locked in it from here.");
  await sender.check();
  if (await joined(sender, facts, step, encode(functionName, args), say)) return;
  if (await read(token, "balanceOf", [from]) < amount) throw new Error("This account has less of the token than that.");
  if (!await accepted({ from, to, data: encode(functionName, args) })) {
    const signed = permitted && await permission(sender, facts, amount, say);
    if (signed && await accepted({ from, to, data: encode(functionName, permitted(signed)) })) args = permitted(signed);
    else await allow(sender, facts, step, amount, say);
  }
  await send(sender, facts, step, functionName, args, say);
}

// Whether it would pass as things stand; false if only the money is not there for it yet.
async function accepted(transaction) {
  const why = await refusal(transaction);
  if (RULE.test(why ?? "")) throw new Error(`The contract refuses: ${why}`);
  return why === null;
}

// Lets the campaign take exactly this much. An allowance that is there goes to zero first: some tokens insist on it.
async function allow(sender, facts, step, amount, say) {
  const token = facts.token.address, there = () => read(token, "allowance", [sender.account, facts.address]);
  if (await there() >= amount) return;
  for (const value of await there() ? [0n, amount] : [amount]) {
    say("First the token: let the campaign take exactly this much …");
    await send(sender, facts, `${step} allowance`, "approve", [facts.address, value], say, token);
  }
  if (await there() < amount) throw new Error("The allowance that was signed is less than this takes: nothing more was sent.");
}
