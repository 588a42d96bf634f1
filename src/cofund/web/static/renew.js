// Brings part of a page up to date with as little change as possible: what is the same stays, with its focus, its scrolling
// and its folds, and what scripts have made ([data-actions] and the like) is theirs.
const OWNED = "[data-actions], [data-account], [data-transactions], [data-openings], [data-curve]";

const owned = (node) => node.nodeType === Node.ELEMENT_NODE && node.matches(OWNED);

// What tells a node from its neighbours: its kind, and whether scripts own something in it.
function kind(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeName;
  const inside = owned(node) ? node : node.querySelector(OWNED);
  return [node.nodeName, node.id, node.className, ...Object.keys(inside?.dataset ?? {}).slice(0, 1)].join(" ");
}

export function renew(old, next) {
  if (owned(old)) return void Object.assign(old.dataset, next.dataset);
  if (old.isEqualNode(next)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) return void (old.nodeValue = next.nodeValue);
  for (const { name } of [...old.attributes]) if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of next.attributes) if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  let at = old.firstChild;
  for (const child of [...next.childNodes]) {
    const match = following(at, kind(child));
    while (match && at !== match) at = removed(at);
    if (match) {
      renew(match, child);
      at = match.nextSibling;
    } else {
      old.insertBefore(document.importNode(child, true), at);
    }
  }
  while (at) at = removed(at);
}

// The next of this kind; nothing that scripts own is passed over.
function following(at, wanted) {
  for (let node = at; node; node = node.nextSibling) {
    if (kind(node) === wanted) return node;
    if (node.nodeType === Node.ELEMENT_NODE && (owned(node) || node.querySelector(OWNED))) return null;
  }
  return null;
}

function removed(node) {
  const rest = node.nextSibling;
  node.remove();
  return rest;
}
