// Openings kept in this browser; a copy is saved as a file before anything is sent, because a lost opening is a lost bid.
const KEY = "cofund openings";
const FIELDS = ["schema", "role", "chain_id", "campaign", "account", "amount", "edge", "salt", "encryption_secret"];
const same = (a, b) => FIELDS.every((name) => String(a[name]).toLowerCase() === String(b[name]).toLowerCase());

export const all = () => JSON.parse(localStorage.getItem(KEY) ?? "[]");

export function keep(opening) {
  localStorage.setItem(KEY, JSON.stringify([...all().filter((other) => !same(other, opening)), opening]));
  if (!all().some((other) => same(other, opening))) throw new Error("This browser does not keep data: the opening would be lost.");
}

export function ofCampaign(facts, account) {
  return all().filter(({ chain_id, campaign, account: who }) =>
    chain_id === facts.chainId && campaign.toLowerCase() === facts.address.toLowerCase() && (!account || who.toLowerCase() === account.toLowerCase()));
}

export function save(opening) {
  const { chain_id, campaign, account, role } = opening;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${JSON.stringify(opening, null, 1)}\n`], { type: "application/json" }));
  link.download = `${chain_id}-${campaign}-${account}-${role}-opening.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function read(text) {
  const opening = JSON.parse(text);
  if (opening?.schema !== "cofund.opening/1" || FIELDS.some((name) => !(name in opening)) || !/^[0-9a-f]{64}$/i.test(opening.salt)) throw new Error("This is no file of an opening (cofund.opening/1).");
  return Object.fromEntries(FIELDS.map((name) => [name, opening[name]]));
}
