// An allowance by signature (ERC-2612). A token whose domain is another, or whose permit is of another kind (as Dai's),
// gets none: then an ordinary allowance has to do.
import { encode, read, refusal } from "./contract.js";
import { encodeAbiParameters, keccak256, toHex } from "./ethereum.js";
import { ask, refused } from "./wallet.js";

const DOMAIN = { name: "string", version: "string", chainId: "uint256", verifyingContract: "address" };
const PERMIT = { owner: "address", spender: "address", value: "uint256", nonce: "uint256", deadline: "uint256" };
const fields = (types) => Object.entries(types).map(([name, type]) => ({ name, type }));
const WORDS = ["bytes32", "bytes32", "bytes32", "uint256", "address"].map((type) => ({ type }));
const NOTHING = `0x${"00".repeat(32)}`;

function separator({ name, version, chainId, verifyingContract }) {
  const type = `EIP712Domain(${fields(DOMAIN).map((one) => `${one.type} ${one.name}`).join(",")})`;
  return keccak256(encodeAbiParameters(WORDS, [keccak256(toHex(type)), keccak256(toHex(name)), keccak256(toHex(version)), BigInt(chainId), verifyingContract]));
}

// Deadline, v, r and s as the campaign takes them; null where the token has no such permit, or the wallet cannot sign one.
export async function permission(sender, facts, amount, say) {
  const owner = sender.account, spender = facts.address, token = facts.token.address, deadline = BigInt(facts.until);
  const domain = await domainOf(facts), nonce = domain && await read(token, "nonces", [owner]).catch(() => null);
  const unsigned = encode("permit", [owner, spender, amount, deadline, 27, NOTHING, NOTHING]);
  if (typeof nonce !== "bigint" || !await refusal({ from: owner, to: token, data: unsigned })) return null;  // it says why, if it is there
  const message = { owner, spender, value: String(amount), nonce: String(nonce), deadline: String(deadline) };
  const types = { EIP712Domain: fields(DOMAIN), Permit: fields(PERMIT) };
  await sender.check();
  say("First the token: sign that the campaign may take exactly this much …");
  const signature = await ask("eth_signTypedData_v4", [owner, JSON.stringify({ types, primaryType: "Permit", domain, message })])
    .catch((error) => { if (refused(error)) throw error; return null; });
  if (!/^0x[0-9a-f]{130}$/i.test(signature ?? "")) return null;
  const v = parseInt(signature.slice(130), 16);
  return [deadline, BigInt(v < 27 ? v + 27 : v), `0x${signature.slice(2, 66)}`, `0x${signature.slice(66, 130)}`];
}

async function domainOf({ token: { address: verifyingContract }, chainId }) {
  try {
    const domain = { name: await read(verifyingContract, "name"), version: "1", chainId, verifyingContract };
    return await read(verifyingContract, "DOMAIN_SEPARATOR") === separator(domain) ? domain : null;
  } catch {
    return null;
  }
}
