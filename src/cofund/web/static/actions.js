// The wallet on a campaign's page. What is under somebody's hands (a form, a question that the wallet has open, an answer)
// stays as it is when a block arrives. What an account can do is loaded once there is one.
import { address, changed, connect, inWords, resume, short, wallets } from "./wallet.js";

const PATIENCE_MS = 1000;
let facts = null;
let asked = 0;
let steps = null;

changed(() => show());
document.addEventListener("released", () => draw());

export async function show() {
  facts = JSON.parse(document.getElementById("facts").textContent);
  if (facts.source !== "chain") return;
  await Promise.race([resume(), new Promise((late) => setTimeout(late, PATIENCE_MS))]);  // it calls again when it answers
  badge();
  const turn = ++asked;
  if (address()) {
    const loaded = await import("./steps.js"), take = await loaded.look(facts, show);
    if (turn !== asked) return;  // somebody asked again meanwhile
    steps = loaded;
    take();
  }
  draw();
}

function badge() {
  const place = document.getElementById("wallet");
  place.hidden = false;
  place.textContent = address() ? short(address()) : "";
  place.title = address() ?? "";
}

async function draw() {
  const place = document.querySelector("[data-actions]"), account = address();
  if (place) arrange(place, account ? steps?.possible() ?? [] : [{ key: "connect", from: wallets().length, build: connecting }]);
  if (document.querySelector("[data-account]")) (await import("./account.js")).showAccount(facts, account, draw);
}

// Puts what is wanted in its place: { key, from, build }. A box whose `from` is the same stays, as does one that is held.
function arrange(place, wanted) {
  const keys = new Set(wanted.map(({ key }) => key)), old = new Map([...place.children].map((box) => [box.dataset.key, box]));
  for (const [key, box] of old) {
    if (!held(box) && !keys.has(key)) box.remove();
    else overdue(box, !keys.has(key));
  }
  let at = place.firstElementChild;
  for (const { key, from, build } of wanted) {
    let box = old.get(key);
    const signature = JSON.stringify(from ?? null);
    if (!box || (box.dataset.from !== signature && !held(box))) {
      const made = build();
      Object.assign(made.dataset, { key, from: signature });
      const focused = box?.contains(document.activeElement) && document.activeElement.textContent;
      if (box === at) at = at?.nextElementSibling ?? null;
      box?.remove();
      place.insertBefore(made, at);
      if (focused) [...made.querySelectorAll("a, button")].find((one) => one.textContent === focused)?.focus({ preventScroll: true });
      box = made;
    }
    at = box.nextElementSibling;
  }
}

// A form that is still open although its step is no longer this account's to take.
function overdue(box, over) {
  const note = box.querySelector(".over"), form = box.querySelector("form");
  if (!over) note?.remove();
  else if (form && !note) form.prepend(text("p", "This is for another account, or done or over by now.", "warn over"));
}

const held = (box) => box.querySelector("form") !== null || "busy" in box.dataset || Number(box.dataset.told ?? 0) > Date.now();

function connecting() {
  const box = document.createElement("span"), button = document.createElement("button"), said = document.createElement("p");
  button.type = "button";
  button.textContent = "Connect a wallet";
  said.className = "said soft";
  said.setAttribute("role", "status");
  said.textContent = wallets().length ? "" : "No wallet found in this browser: you can watch, and act from a terminal.";
  button.addEventListener("click", () => {
    said.textContent = "Answer in the wallet …";
    connect().then(() => { said.textContent = ""; }, (error) => { said.textContent = inWords(error); });
  });
  box.append(button, said);
  return box;
}

function text(name, content, className = "") {
  const made = document.createElement(name);
  made.textContent = content;
  made.className = className;
  return made;
}
