// Wallets of this browser (EIP-6963, else EIP-1193 at window.ethereum), one of which the reader chooses. Nonces, fees and
// keys are the wallet's business; this page only asks.
import { store, stored } from "./storage.js";

const found = new Map();
const heard = new WeakSet();
let chosen = null;
let account = null;
const listeners = new Set();

addEventListener("eip6963:announceProvider", ({ detail }) => {
  if (!detail?.info?.uuid || found.has(detail.info.uuid)) return;
  found.set(detail.info.uuid, { info: detail.info, provider: detail.provider });
  tell();
});
dispatchEvent(new Event("eip6963:requestProvider"));

export const changed = (listener) => listeners.add(listener);
function tell() {
  listeners.forEach((listener) => listener());
}

export function wallets() {
  if (found.size) return [...found.values()];
  return window.ethereum ? [{ info: { uuid: "injected", name: "Browser wallet", rdns: "" }, provider: window.ethereum }] : [];
}

export const address = () => account;
export const short = (address) => `${address.slice(0, 6)}…${address.slice(-4)}`;

let resuming = null;

// Reconnects without asking, if this browser was connected before and the wallet still agrees; asks once until it answers.
export function resume() {
  resuming ??= reconnected().finally(() => { resuming = null; });
  return resuming;
}

async function reconnected() {
  const kept = stored("cofund wallet");
  const wallet = wallets().find(({ info }) => (info.rdns || info.uuid) === kept);
  if (!chosen && wallet) await use(wallet, "eth_accounts").catch(() => {});
}

export async function connect() {
  const there = wallets();
  if (!there.length) throw new Error("No wallet answers in this browser. Install one, or use the commands of cofund.");
  const wallet = there.length === 1 ? there[0] : await choose(there);
  if (wallet) await use(wallet, "eth_requestAccounts");
  return account;
}

async function use(wallet, method) {
  const accounts = await wallet.provider.request({ method });
  if (!accounts?.length) return;
  chosen = wallet;
  store("cofund wallet", wallet.info.rdns || wallet.info.uuid);
  if (!heard.has(wallet.provider)) {
    heard.add(wallet.provider);
    wallet.provider.on?.("accountsChanged", (now) => { if (chosen?.provider === wallet.provider) adopt(now?.[0]); });
    wallet.provider.on?.("chainChanged", tell);
  }
  adopt(accounts[0]);
}

function adopt(now) {
  account = now ?? null;
  tell();
}

function choose(there) {
  const dialog = document.createElement("dialog");
  const title = document.createElement("h2");
  title.textContent = "Which wallet?";
  dialog.append(title);
  dialog.setAttribute("aria-label", title.textContent);
  return new Promise((resolve) => {
    for (const wallet of there) {
      const button = document.createElement("button");
      button.className = "choice plain";
      button.textContent = wallet.info.name;
      button.addEventListener("click", () => { resolve(wallet); dialog.close(); });
      dialog.append(button);
    }
    dialog.addEventListener("close", () => { resolve(null); dialog.remove(); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// Lets go of the wallet, so that another can be chosen.
export function disconnect() {
  chosen = null;
  store("cofund wallet", "");
  adopt(null);
}

export const ask = (method, params = []) => chosen.provider.request({ method, params });

// Binds steps to the account and the chain with which they began: both can change while wallet or person take their time,
// and a seal that another account sends can never be opened. A wallet that announces no change is asked.
export function bind(facts, who = account) {
  const present = async () => {
    const [now] = await ask("eth_accounts");
    if (now?.toLowerCase() === who.toLowerCase()) return;
    if (now !== account) adopt(now);
    throw new Error(`This is for ${short(who)}, but the wallet is on ${now ? short(now) : "no account"} now: nothing more was sent. Switch back and press again, or close and start over.`);
  };
  const onItsChain = async () => {
    if (!await isOn(facts.chainId)) throw new Error(`The wallet is on another chain than ${facts.chainId} now: nothing more was sent. Switch back, then press again.`);
  };
  const check = async () => { await present(); await onItsChain(); };
  return { account: who, present, check };
}

export const isOn = async (chainId) => BigInt(await ask("eth_chainId")) === BigInt(chainId);

// The wallet must be on the campaign's chain: a transaction would otherwise go to whatever is at that address elsewhere.
export async function onChain(chainId) {
  if (await isOn(chainId)) return;
  try {
    await ask("wallet_switchEthereumChain", [{ chainId: `0x${chainId.toString(16)}` }]);
  } catch (error) {
    if (error?.code === 4902) throw new Error(`The wallet does not know chain ${chainId}. Add it there, then try again.`);
    throw error;
  }
  if (!await isOn(chainId)) throw new Error(`The wallet is not on chain ${chainId}.`);
}

const NO = new Set([4001, 5000, "ACTION_REJECTED"]);  // EIP-1193, WalletConnect, ethers
const codeOf = (error) => error?.code ?? error?.data?.originalError?.code;
export const refused = (error) => NO.has(codeOf(error));

// All that a wallet says of an error, from the inside out; whatever it throws.
export const sayings = (error) => [error?.data?.message, error?.data?.originalError?.message, error?.message, error].filter((one) => one && typeof one === "string");

const REVERTED = /^.*?(?:execution )?revert(?:ed)?(?: with reason(?: string)?)?(?::| )\s*/i;

// The reason of a refusal that stands in a sentence only; "" if there is none.
export const reasonIn = (sentence) => (REVERTED.test(sentence) ? sentence.replace(REVERTED, "").replace(/^(['"])(.*)\1$/, "$2") : "");

// What went wrong, in one line.
export function inWords(error) {
  const code = codeOf(error);
  if (refused(error)) return "You refused it in the wallet: nothing was sent.";
  if (code === -32002) return "The wallet has a question open already: answer it there.";
  const [said = "The wallet gives no reason."] = sayings(error);
  return said.replace(REVERTED, "The contract refuses: ").slice(0, 400);
}
