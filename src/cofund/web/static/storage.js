// What this browser keeps of a page. Where it keeps nothing (storage is blocked, or full), it lasts as long as the page.
const passing = new Map();

export function stored(name) {
  if (passing.has(name)) return passing.get(name);
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function storedList(name) {
  try {
    const found = JSON.parse(stored(name) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => one !== null && typeof one === "object") : [];
  } catch {
    return [];
  }
}

// Whether it is there when the page is opened again.
export function store(name, text) {
  try {
    localStorage.setItem(name, text);
    passing.delete(name);
    return localStorage.getItem(name) === text;
  } catch {
    passing.set(name, text);
    return false;
  }
}
