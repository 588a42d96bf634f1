// What the dapp needs of viem: ABI coding, hashing, addresses. Nothing that talks to a node.
export { decodeFunctionResult, encodeAbiParameters, encodeFunctionData, getAddress, keccak256, toHex } from "viem/utils";
