// What became of what was sent. Its hash may never be in a block (sped up, cancelled, lost): then the nonce tells whether
// another transaction took its place, and the state on the chain whether what it was for has happened.
import { read } from "./contract.js";
import { recalled, remember } from "./sent.js";
import { ask, isOn } from "./wallet.js";

const FIRST_MS = 500, LONGEST_MS = 15_000;
const SEALING = { commit_bid: "owner" }, OPENING = { reveal_bids: "owner" };
const watched = new Map();
const HASH = /^0x[0-9a-f]{64}$/i;
const SETTLING = new Set(["withdraw", "return_bond", "claim_edge_fee", "close"]);  // their steps go only when they are done
const optional = (method, params) => ask(method, params).catch(() => undefined);

// The next nonce of an account as far as the wallet's node knows; null where the wallet tells none.
export async function nonceOf(account, block = "pending") {
  const found = await optional("eth_getTransactionCount", [account, block]);
  return found === undefined ? null : Number(found);
}

// What an account can do and has sealed, as the server has read it.
export async function next(campaign, account) {
  const answer = await fetch(`/api/v1/campaigns/${campaign}/next/${account}`).catch(() => null);
  if (!answer?.ok) throw new Error("This server does not answer: try again.");
  return answer.json();
}

export const hashOf = (answer) => (HASH.test(answer) ? answer : null);

// Once the chain says so: "done", "failed", "replaced" (done by another transaction), "over" (another took its place, and
// there is nothing left to do) or "gone" (another took its place, and this has not happened).
export function decided({ id }) {
  if (!watched.has(id)) watched.set(id, poll(id).finally(() => watched.delete(id)));
  return watched.get(id);
}

async function poll(id) {
  for (let wait = FIRST_MS; ; wait = Math.min(LONGEST_MS, 1.2 * wait)) {
    const entry = recalled(id);
    if (entry?.state !== "pending") return entry?.state ?? "left";
    const state = await outcome(entry).catch(() => null);
    if (state && recalled(id)?.hash === entry.hash) {
      remember({ ...entry, state });
      return state;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function outcome(entry) {
  if (!await isOn(entry.chainId)) return null;
  const first = await behind(entry);
  if (first) return first === "waiting" ? null : first;
  const used = await nonceOf(entry.account, "latest"), block = Number(await ask("eth_blockNumber"));
  const late = await behind(entry);
  if (late) return late === "waiting" ? null : late;
  const { state, seen } = await shownOnChain(entry);
  if (state === "replaced") return state;
  return used === null || entry.nonce === null || used <= entry.nonce || seen < block ? null : state;
}

// What became of the transaction of that hash: "waiting", "done" or "failed"; null if there is none, or if it is not the
// call that the wallet was asked for. Some wallets give a hash of their own, or that of another transaction.
async function behind(entry) {
  if (!entry.hash) return null;
  const receipt = await ask("eth_getTransactionReceipt", [entry.hash]), sent = await known(entry);
  if (sent === null || !receipt && !sent || receipt && !sent && !isCall(receipt, entry)) return null;
  if (!receipt) return "waiting";
  return BigInt(receipt.status) === 1n ? "done" : "failed";
}

// The transaction of that hash as the node knows it; undefined if it knows none, null if it is another call.
export async function known(entry) {
  const sent = entry.hash ? await optional("eth_getTransactionByHash", [entry.hash]) : undefined;
  return !sent ? undefined : isCall(sent, entry) ? sent : null;
}

// A wallet may let its user change how much is allowed, nothing else.
function isCall({ from, to, input = "" }, { account, what, data, to: target }) {
  const length = what === "approve" || !input ? 10 : data.length, low = (text) => String(text).toLowerCase();
  return low(from) === low(account) && low(to) === low(target) && (!input || low(input).slice(0, length) === low(data).slice(0, length));
}

// What the state on the chain says of a call, and the block at which that was read.
async function shownOnChain({ what, step, account, campaign, to, data }) {
  if (what === "approve") {
    const wanted = BigInt(`0x${data.slice(-64)}`), there = await read(to, "allowance", [account, campaign]);
    return { state: (wanted ? there >= wanted : there === 0n) ? "replaced" : "gone", seen: Infinity };
  }
  const now = await next(campaign, account), sealed = now.sealed[SEALING[what] ?? OPENING[what]];
  const left = step.startsWith("bonds ") || now.steps.some((one) => `${one.role}.${one.action}` === step.split(" ")[0]);
  let state = "gone";
  if (!left) state = SETTLING.has(what) ? "replaced" : "over";
  if (SEALING[what]) state = sealed && `0x${data.slice(10, 74)}`.startsWith(sealed.commitment ?? "0x") ? "replaced" : "gone";
  if (OPENING[what]) state = sealed?.opened ? "replaced" : "gone";
  return { state, seen: now.block };
}
