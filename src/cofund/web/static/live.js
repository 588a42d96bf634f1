// The live view: when the server says that something changed, the page is fetched again and its main part replaced.
// A browser opens few connections to one host, so only one of its tabs listens (Web Locks) and tells the others.
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
  if (navigator.locks) navigator.locks.request("cofund events", listen);
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
  const form = document.querySelector("main form");
  if (form || document.querySelector("dialog[open]")) return void setTimeout(() => replace(dress), 1500);
  let text;
  try {
    text = await (await fetch(location.href, { headers: { Accept: "text/html" } })).text();
  } catch {
    return say("✗ This server does not answer. What you see may be old; the page keeps trying.");
  }
  const next = new DOMParser().parseFromString(text, "text/html");
  const opened = [...document.querySelectorAll("details")].map((one) => one.open);
  const scrolled = [...document.querySelectorAll(".scroll, .tabs")].map((one) => one.scrollLeft);
  const focused = document.activeElement?.closest("main") ? document.activeElement.getAttribute("href") : null;
  document.getElementById("content").replaceWith(next.getElementById("content"));
  document.getElementById("notices").replaceChildren(...next.getElementById("notices").childNodes);
  [...document.querySelectorAll("details")].forEach((one, at) => { one.open = opened[at] ?? one.open; });
  [...document.querySelectorAll(".scroll, .tabs")].forEach((one, at) => { one.scrollLeft = scrolled[at] ?? 0; });
  if (focused) document.querySelector(`main a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
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
