// What this browser has sent, newest first; kept in this browser only.
import { store, storedList } from "./storage.js";

const KEY = "cofund sent";

const sent = () => storedList(KEY);

export const sentTo = (facts) => sent().filter(({ campaign, chainId }) => campaign === facts.address && chainId === facts.chainId);

// What one account has sent for a step, and has not seen in a block.
export const underWay = (facts, step, account) =>
  sentTo(facts).find((entry) => entry.state === "pending" && entry.step === step && entry.account.toLowerCase() === account.toLowerCase());

export const recalled = (id) => sent().find((entry) => entry.id === id);

// An entry begins before the wallet is asked, and has its hash when the wallet has answered.
export function remember(entry) {
  const rest = sent().filter(({ id }) => id !== entry.id), time = entry.time ?? new Date().toISOString();
  store(KEY, JSON.stringify([{ ...entry, time }, ...rest].sort((a, b) => (a.time < b.time ? 1 : -1)).slice(0, 50)));
}

export const forget = (entry) => store(KEY, JSON.stringify(sent().filter(({ id }) => id !== entry.id)));
