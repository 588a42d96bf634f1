// What this browser has sent, newest first; kept in this browser only.
const KEY = "cofund sent";

export const sent = () => JSON.parse(localStorage.getItem(KEY) ?? "[]");

export function remember(entry) {
  const rest = sent().filter(({ hash }) => hash !== entry.hash);
  localStorage.setItem(KEY, JSON.stringify([{ ...entry, time: new Date().toISOString() }, ...rest].slice(0, 50)));
}
