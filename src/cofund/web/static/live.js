// The live view: when the server says that something changed, the page is fetched again and its main part brought up to date.
// A browser opens few connections to one host, so only one of its tabs listens (Web Locks) and tells the others.
import { renew } from "./renew.js";

const channel = "BroadcastChannel" in self ? new BroadcastChannel("cofund changes") : null;

export function follow(dress) {
  const heard = (message) => { if (message.lost || message.version !== shown() || message.trouble !== troubled()) refresh(dress, message); };
  if (channel) channel.onmessage = ({ data }) => heard(data);
  const listen = () => new Promise(() => {
    const source = new EventSource("/events");
    const tell = (message) => { channel?.postMessage(message); heard(message); };
    source.addEventListener("change", ({ data }) => tell(JSON.parse(data)));
    source.onerror = () => say("✗ This server does not answer. What you see may be old; the page keeps trying.");
    source.onopen = () => say("");
  });
  if (navigator.locks) navigator.locks.request("cofund events", listen).catch(listen);  // site data are blocked
  else listen();
}

const shown = () => Number(document.getElementById("content").dataset.version);
const troubled = () => document.getElementById("trouble")?.dataset.why ?? "";

let pending = 0;

function refresh(dress, message) {
  clearTimeout(pending);
  pending = setTimeout(() => replace(dress), message.version === shown() ? 0 : 120);
}

async function replace(dress) {
  let text;
  try {
    text = await (await fetch(location.href, { headers: { Accept: "text/html" } })).text();
  } catch {
    return say("✗ This server does not answer. What you see may be old; the page keeps trying.");
  }
  const next = new DOMParser().parseFromString(text, "text/html");
  if (!next.getElementById("content")) return;
  for (const id of ["content", "notices"]) renew(document.getElementById(id), next.getElementById(id));
  dress();
}

function say(text) {
  const old = document.getElementById("silent");
  if (old && !text) old.remove();
  if (!text || old) return;
  const banner = document.createElement("p");
  banner.id = "silent";
  banner.className = "banner bad";
  banner.textContent = text;
  document.getElementById("notices").append(banner);
}
