// A client's offer, signed for its edge to list (cofund.signed-offer/2; docs/protocol.md, "Books").
import { getAddress } from "./ethereum.js";
import { ask } from "./wallet.js";

const DOMAIN = { name: "string", version: "string", chainId: "uint256", verifyingContract: "address" };
const OFFER = { edge: "uint256", client: "address", cost: "uint256" };
const fields = (types) => Object.entries(types).map(([name, type]) => ({ name, type }));

// 64 bytes (EIP-2098) of what a key signed; what a contract gives is left as it is.
export function compact(signature) {
  const hex = signature.slice(2).toLowerCase();
  if (hex.length !== 130) return hex;
  const v = parseInt(hex.slice(128), 16), odd = BigInt((v < 27 ? v : v - 27) & 1), s = BigInt(`0x${hex.slice(64, 128)}`);
  return hex.slice(0, 64) + (s | (odd << 255n)).toString(16).padStart(64, "0");
}

// The file that `cofund edge book` takes; `cost` in ticks.
export async function signedOffer(sender, facts, edge, cost, say) {
  const client = getAddress(sender.account), types = { EIP712Domain: fields(DOMAIN), Offer: fields(OFFER) };
  const domain = { name: "cofund", version: "2", chainId: facts.chainId, verifyingContract: facts.address };
  const message = { edge: String(edge), client, cost: String(cost) };
  await sender.check();
  say("Sign it in the wallet …");
  const signature = await ask("eth_signTypedData_v4", [sender.account, JSON.stringify({ types, primaryType: "Offer", domain, message })]);
  if (!/^0x([0-9a-f]{2})+$/i.test(signature ?? "")) throw new Error("The wallet gave no signature.");
  return {
    schema: "cofund.signed-offer/2", chain_id: facts.chainId, campaign: facts.address, edge, client, cost: String(cost), signature: compact(signature),
  };
}
