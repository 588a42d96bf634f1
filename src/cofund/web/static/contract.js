// Calls of the campaign and its token, encoded in the browser; the wallet signs and sends them.
import { encodeFunctionData, decodeFunctionResult } from "./ethereum.js";
import { address, ask, onChain } from "./wallet.js";
import { remember } from "./sent.js";

const view = (name, inputs, output) => ({ type: "function", stateMutability: "view", name, inputs: inputs.map((type) => ({ type, name: "" })), outputs: [{ type: output, name: "" }] });
const call = (name, ...types) => ({ type: "function", stateMutability: "nonpayable", name, outputs: [], inputs: types.map((type, at) => typeof type === "string" ? { type, name: `a${at}` } : type) });
const opening = { type: "tuple[]", name: "openings", components: [{ type: "address", name: "sender" }, { type: "uint256", name: "amount" }, { type: "uint256", name: "edge" }, { type: "bytes32", name: "salt" }] };
const ABI = [
  call("commit_bid", "bytes32", "uint256", "bytes32"),
  call("commit_offer", "bytes32"),
  call("reveal_bids", opening),
  call("reveal_offers", opening),
  call("veto", "uint256"), call("post_edge_bond", "uint256"), call("post_coordinator_bond"),
  call("cancel"), call("halt"), call("close"),
  call("claim", "address", "uint256", "bytes32[]"),
  call("claim_edge_fee", "uint256"),
  call("return_bonds", "address[]"),
  call("withdraw", "address[]"),
  call("approve", "address", "uint256"),
  view("allowance", ["address", "address"], "uint256"),
  view("balanceOf", ["address"], "uint256"),
];

export const encode = (functionName, args) => encodeFunctionData({ abi: ABI, functionName, args });

async function read(to, functionName, args) {
  const data = await ask("eth_call", [{ to, data: encode(functionName, args) }, "latest"]);
  return decodeFunctionResult({ abi: ABI, functionName, data });
}

// Tries the call first: a refusal costs nothing there, and comes with the contract's own sentence.
export async function send(facts, functionName, args, say, to = facts.address) {
  const from = address(), data = encode(functionName, args);
  await onChain(facts.chainId);
  await ask("eth_call", [{ from, to, data }, "latest"]);
  say("Sign it in the wallet …");
  const hash = await ask("eth_sendTransaction", [{ from, to, data }]);
  remember({ hash, what: functionName, campaign: facts.address, chainId: facts.chainId, state: "pending" });
  say(`Sent: ${hash.slice(0, 10)}…, waiting for its block …`);
  const receipt = await mined(hash);
  const good = BigInt(receipt.status) === 1n;
  remember({ hash, what: functionName, campaign: facts.address, chainId: facts.chainId, state: good ? "done" : "failed" });
  if (!good) throw new Error("The contract refused it when it was mined; only the fee is gone.");
  return receipt;
}

async function mined(hash) {
  for (;;) {
    const receipt = await ask("eth_getTransactionReceipt", [hash]);
    if (receipt) return receipt;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

// Lets the campaign take exactly this much, if it may not already.
export async function allow(facts, amount, say) {
  const owner = address(), token = facts.token.address;
  await onChain(facts.chainId);
  const balance = await read(token, "balanceOf", [owner]);
  if (balance < amount) throw new Error("This account has less of the token than that.");
  if (await read(token, "allowance", [owner, facts.address]) >= amount) return;
  say("First the token: let the campaign take exactly this much …");
  await send(facts, "approve", [facts.address, amount], say, token);
}
