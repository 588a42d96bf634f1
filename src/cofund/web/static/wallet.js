// Wallets of this browser (EIP-6963, else EIP-1193 at window.ethereum), one of which the reader chooses. Nonces, fees and
// keys are the wallet's business; this page only asks.
const found = new Map();
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

// Reconnects without asking, if this browser was connected before and the wallet still agrees.
export async function resume() {
  const kept = localStorage.getItem("cofund wallet");
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
  account = accounts[0];
  localStorage.setItem("cofund wallet", wallet.info.rdns || wallet.info.uuid);
  wallet.provider.on?.("accountsChanged", ([first]) => { account = first ?? null; tell(); });
  wallet.provider.on?.("chainChanged", tell);
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

export const ask = (method, params = []) => chosen.provider.request({ method, params });

// The wallet must be on the campaign's chain: a transaction would otherwise go to whatever is at that address elsewhere.
export async function onChain(chainId) {
  const wanted = `0x${chainId.toString(16)}`;
  if (BigInt(await ask("eth_chainId")) === BigInt(chainId)) return;
  try {
    await ask("wallet_switchEthereumChain", [{ chainId: wanted }]);
  } catch (error) {
    if (error?.code === 4902) throw new Error(`The wallet does not know chain ${chainId}. Add it there, then try again.`);
    throw error;
  }
  if (BigInt(await ask("eth_chainId")) !== BigInt(chainId)) throw new Error(`The wallet is not on chain ${chainId}.`);
}

// What went wrong, in one line.
export function inWords(error) {
  const code = error?.code ?? error?.data?.originalError?.code;
  if (code === 4001) return "You refused it in the wallet: nothing was sent.";
  if (code === -32002) return "The wallet has a question open already: answer it there.";
  const said = [error?.data?.message, error?.data?.originalError?.message, error?.message, String(error)].find(Boolean);
  return said.replace(/^.*?(?:execution reverted|reverted with reason string|revert)(?::| )\s*/i, "The contract refuses: ");
}
