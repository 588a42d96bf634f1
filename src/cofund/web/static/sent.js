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

export function remember(entry) {
  const rest = sent().filter(({ hash }) => hash !== entry.hash);
  const time = sent().find(({ hash }) => hash === entry.hash)?.time ?? new Date().toISOString();
  localStorage.setItem(KEY, JSON.stringify([{ ...entry, time }, ...rest].sort((a, b) => (a.time < b.time ? 1 : -1)).slice(0, 50)));
}
