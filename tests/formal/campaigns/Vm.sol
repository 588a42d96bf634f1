// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// The cheats of forge and halmos that are used here.
interface Vm {
    function addr(uint256 key) external pure returns (address);
    function assume(bool condition) external pure;
    function prank(address sender) external;
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function warp(uint256 time) external;
    function writeLine(string calldata path, string calldata line) external;
    function toString(uint256 value) external pure returns (string memory);
}

Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

function deployed(bytes memory code) returns (address at) {
    assembly {
        at := create(0, add(code, 32), mload(code))
    }
    require(at != address(0), "creation failed");
}
