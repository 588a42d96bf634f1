// A client's proof in the rows that its edge published (cofund.deliveries/1; docs/protocol.md, "Deliveries").
import { encodeAbiParameters, keccak256 } from "./ethereum.js";

const PAIR = [{ type: "uint256" }, { type: "uint256" }];
const leaf = ({ position, bitmap }) => keccak256(keccak256(encodeAbiParameters(PAIR, [BigInt(position), BigInt(bitmap)])));
const join = (a, b) => keccak256(BigInt(a) < BigInt(b) ? a + b.slice(2) : b + a.slice(2));

const rowed = (row) => /^0x[0-9a-f]{40}$/i.test(row?.client) && Number.isSafeInteger(row.position) && /^0x[0-9a-f]+$/i.test(row.bitmap);
const ofCampaign = (file, { chainId, address }) => file?.schema === "cofund.deliveries/1" && file.chain_id === chainId
  && String(file.campaign).toLowerCase() === address.toLowerCase() && Array.isArray(file.rows) && file.rows.every(rowed);

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function proofOf(text, facts, account) {
  const file = parsed(text);
  if (!ofCampaign(file, facts)) throw new Error("This is no file of deliveries of this campaign (cofund.deliveries/1).");
  let at = file.rows.findIndex(({ client }) => client.toLowerCase() === account.toLowerCase());
  if (at < 0) throw new Error("This account is not among the rows of that file.");
  const row = file.rows[at], proof = [];
  for (let level = file.rows.map(leaf); level.length > 1; at >>= 1) {
    if ((at ^ 1) < level.length) proof.push(level[at ^ 1]);
    level = level.reduce((above, node, place) => (place % 2 ? above : [...above, place + 1 < level.length ? join(node, level[place + 1]) : node]), []);
  }
  return { bitmap: BigInt(row.bitmap), proof };
}
