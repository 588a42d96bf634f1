// Calls of the campaign and its token, encoded in the browser, and what can be read through the wallet.
import { decodeFunctionResult, encodeFunctionData } from "./ethereum.js";
import { ask, reasonIn, sayings } from "./wallet.js";

const view = (name, inputs, output) => ({ type: "function", stateMutability: "view", name, inputs: inputs.map((type) => ({ type, name: "" })), outputs: [{ type: output, name: "" }] });
const call = (name, ...types) => ({ type: "function", stateMutability: "nonpayable", name, outputs: [], inputs: types.map((type, at) => typeof type === "string" ? { type, name: `a${at}` } : type) });
const opening = { type: "tuple[]", name: "openings", components: [{ type: "address", name: "sender" }, { type: "uint256", name: "amount" }, { type: "bytes32", name: "salt" }] };
const ABI = [
  call("commit_bid", "bytes32", "uint256", "bytes32"),
  call("commit_bid", "bytes32", "uint256", "bytes32", "uint256", "uint256", "bytes32", "bytes32"),
  call("reveal_bids", opening),
  call("veto", "uint256"), call("post_edge_bond", "uint256"), call("post_coordinator_bond"),
  call("cancel"), call("halt"), call("close"),
  call("claim_edge_fee", "uint256"),
  call("return_bond", "address"),  // of the books
  call("withdraw", "address[]"),
  call("approve", "address", "uint256"),
  call("permit", "address", "address", "uint256", "uint256", "uint8", "bytes32", "bytes32"),
  view("allowance", ["address", "address"], "uint256"),
  view("balanceOf", ["address"], "uint256"),
  view("nonces", ["address"], "uint256"),
  view("name", [], "string"),
  view("DOMAIN_SEPARATOR", [], "bytes32"),
  view("Error", [], "string"),
];

export const encode = (functionName, args) => encodeFunctionData({ abi: ABI, functionName, args });

export async function read(to, functionName, args = []) {
  const data = await ask("eth_call", [{ to, data: encode(functionName, args) }, "latest"]);
  return decodeFunctionResult({ abi: ABI, functionName, data });
}

// Why a call would fail, and null if it would pass: the contract's own sentence, or "" where it gives none. Whatever else
// goes wrong is thrown: it says nothing about the call.
export async function refusal(transaction) {
  try {
    await ask("eth_call", [transaction, "latest"]);
    return null;
  } catch (error) {
    const said = sayings(error), given = [error?.data, error?.data?.data, error?.data?.originalError?.data];
    const [data = ""] = given.map((one) => /^(?:Reverted )?(0x[0-9a-f]{8,})$/i.exec(one)?.[1]).filter(Boolean);
    if (data.startsWith("0x08c379a0")) return decodeFunctionResult({ abi: ABI, functionName: "Error", data: `0x${data.slice(10)}` });
    if (!data && !said.some((one) => /revert/i.test(one))) throw error;
    return said.map(reasonIn).find(Boolean) ?? data;
  }
}
