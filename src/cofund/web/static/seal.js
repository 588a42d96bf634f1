// Seals as the contract computes them (docs/protocol.md, "Life of a campaign"), and the openings that undo them.
import { encodeAbiParameters, getAddress, keccak256, toHex } from "./ethereum.js";

const BID = keccak256(toHex("cofund bid"));
const TYPES = ["bytes32", "uint256", "address", "address", "uint256", "bytes32"].map((type) => ({ type }));

export function commitment(opening) {
  return keccak256(encodeAbiParameters(TYPES, [
    BID, BigInt(opening.chain_id), opening.campaign.toLowerCase(), opening.account.toLowerCase(), BigInt(opening.amount),
    `0x${opening.salt}`,
  ]));
}

// Whether an opening undoes the commitment that the chain keeps.
export const fits = (opening, kept) => !!kept && commitment(opening) === kept;

// The same file that `cofund owner bid` keeps; amounts in base units.
export function freshOpening(facts, account, amount, secret) {
  const salt = toHex(crypto.getRandomValues(new Uint8Array(32))).slice(2);
  return {
    schema: "cofund.opening/2", chain_id: facts.chainId, campaign: facts.address, account: getAddress(account),
    amount: String(amount), salt, encryption_secret: secret,
  };
}

// An X25519 key pair for the model that an owner buys: the coordinator seals it to the public half.
export async function encryptionKeys() {
  const pair = await crypto.subtle.generateKey({ name: "X25519" }, true, ["deriveBits"]);
  const { d, x } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const hex = (text) => [...atob(text.replace(/-/g, "+").replace(/_/g, "/"))].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  return { secret: hex(d), key: `0x${hex(x)}` };
}
