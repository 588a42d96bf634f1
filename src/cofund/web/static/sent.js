// What this browser has sent, newest first; kept in this browser only.
const KEY = "cofund sent";

function sent() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
}

export const sentTo = (facts) => sent().filter(({ campaign, chainId }) => campaign === facts.address && chainId === facts.chainId);

export const recalled = (id) => sent().find((entry) => entry.id === id);

// An entry begins before the wallet is asked, and has its hash when the wallet has answered.
export function remember(entry) {
  const rest = sent().filter(({ id }) => id !== entry.id), time = entry.time ?? new Date().toISOString();
  localStorage.setItem(KEY, JSON.stringify([{ ...entry, time }, ...rest].sort((a, b) => (a.time < b.time ? 1 : -1)).slice(0, 50)));
}

export const forget = (entry) => localStorage.setItem(KEY, JSON.stringify(sent().filter(({ id }) => id !== entry.id)));
