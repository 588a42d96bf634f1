// Openings kept in this browser; a copy is saved as a file before anything is sent, because a lost opening is a lost bid.
import { store, storedList } from "./storage.js";

const KEY = "cofund openings";
const ADDRESS = /^0x[0-9a-f]{40}$/i, WHOLE = /^[0-9]{1,15}$/;
const SHAPES = {
  schema: /^cofund\.opening\/2$/, chain_id: WHOLE, campaign: ADDRESS, account: ADDRESS,
  amount: /^[0-9]{1,29}$/, salt: /^[0-9a-f]{64}$/i, encryption_secret: /^([0-9a-f]{64})?$/i,
};
const FIELDS = Object.keys(SHAPES);
const low = (text) => String(text).toLowerCase();
const same = (a, b) => FIELDS.every((name) => low(a[name]) === low(b[name]));
const wellFormed = (one) => FIELDS.every((name) => SHAPES[name].test(String(one[name])));

const all = () => storedList(KEY).filter(wellFormed);

// Whether it outlasts this page; it can be used on this page in any case.
export const keep = (opening) => store(KEY, JSON.stringify([...all().filter((other) => !same(other, opening)), opening]));

const belongs = ({ chain_id, campaign }, facts) => Number(chain_id) === facts.chainId && low(campaign) === low(facts.address);

export const ofCampaign = (facts, account) => all().filter((one) => belongs(one, facts) && (!account || low(one.account) === low(account)));

export function save(opening) {
  const { chain_id, campaign, account } = opening;
  saveAs(`${chain_id}-${campaign}-${account}-owner-opening.json`, opening);
}

// A document as a file in the folder for downloads.
export function saveAs(name, document_) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${JSON.stringify(document_, null, 1)}\n`], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// The opening in a file, if it is one of this campaign.
export function read(text, facts) {
  let opening = null;
  try {
    opening = JSON.parse(text);
  } catch { /* said below */ }
  if (opening === null || typeof opening !== "object" || !wellFormed(opening)) throw new Error("This is no file of an opening (cofund.opening/2).");
  if (!belongs(opening, facts)) throw new Error(`This opening is for campaign ${opening.campaign} on chain ${opening.chain_id}, not for this one: bring it in on that campaign's page.`);
  return Object.fromEntries(FIELDS.map((name) => [name, opening[name]]));
}
