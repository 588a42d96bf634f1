// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Boundary} from "./ICampaign.sol";
import {Trees} from "./Trees.sol";

struct Listed {
    address client;
    uint256 cost; // ticks
    uint256 edge;
}

/// A whole book: docs/protocol.md, "Books". Offers lie in the order of their edges, and within an edge of their costs.
library OfferBooks {
    uint256 internal constant CHUNK = 64;

    function commitment(address campaign, address operator, bytes32 seed, Listed[] memory all)
        internal
        view
        returns (bytes32)
    {
        bytes32[] memory seals = new bytes32[](chunks(all));
        for (uint256 c = 0; c < seals.length; c++) {
            bytes32[CHUNK] memory leaves;
            for (uint256 i = 0; i < CHUNK && c * CHUNK + i < all.length; i++) {
                Listed memory offer = all[c * CHUNK + i];
                bytes32 salt = keccak256(abi.encode(seed, c * CHUNK + i));
                leaves[i] = keccak256(abi.encode((uint256(uint160(offer.client)) << 48) | offer.cost, salt));
            }
            seals[c] = keccak256(abi.encode(leaves));
        }
        bytes32 sections = keccak256(abi.encode(counts(all)));
        return keccak256(
            abi.encode(
                keccak256("cofund book"), block.chainid, campaign, operator, sections, keccak256(abi.encode(seals))
            )
        );
    }

    function chunks(Listed[] memory all) internal pure returns (uint256) {
        return (all.length + CHUNK - 1) / CHUNK;
    }

    /// Edge << 16 | clients of every section.
    function counts(Listed[] memory all) internal pure returns (uint256[] memory made) {
        uint256[] memory most = new uint256[](all.length);
        uint256 used = 0;
        for (uint256 i = 0; i < all.length; i++) {
            if (i == 0 || all[i].edge != all[i - 1].edge) most[used++] = all[i].edge << 16;
            most[used - 1]++;
        }
        made = new uint256[](used);
        for (uint256 i = 0; i < used; i++) made[i] = most[i];
    }

    /// First position of an edge's section, and its size.
    function section(Listed[] memory all, uint256 e) internal pure returns (uint256 start, uint256 size) {
        start = all.length;
        for (uint256 i = 0; i < all.length; i++) {
            if (all[i].edge == e && size++ == 0) start = i;
        }
    }

    function clientsOf(Listed[] memory all, uint256 chunk) internal pure returns (bytes memory made) {
        made = new bytes(20 * CHUNK);
        for (uint256 i = 0; i < CHUNK && chunk * CHUNK + i < all.length; i++) {
            write(made, 20 * i, 20, uint160(all[chunk * CHUNK + i].client));
        }
    }

    function costsOf(Listed[] memory all, uint256 chunk) internal pure returns (bytes memory made) {
        made = new bytes(6 * CHUNK);
        for (uint256 i = 0; i < CHUNK && chunk * CHUNK + i < all.length; i++) {
            write(made, 6 * i, 6, all[chunk * CHUNK + i].cost);
        }
    }

    function recordsOf(Listed[] memory all, uint256 chunk) internal pure returns (bytes memory) {
        return bytes.concat(clientsOf(all, chunk), costsOf(all, chunk));
    }

    /// What the clients before a chunk ask << 64 | the last cost before it.
    function header(Listed[] memory all, uint256 chunk) internal pure returns (uint256 made) {
        for (uint256 i = 0; i < chunk * CHUNK; i++) made += all[i].cost << 64;
        if (chunk > 0) made |= all[chunk * CHUNK - 1].cost;
    }

    function proof(Listed[] memory all, uint256 chunk) internal pure returns (bytes32[] memory) {
        bytes32[] memory nodes = new bytes32[](chunks(all));
        for (uint256 c = 0; c < nodes.length; c++) {
            nodes[c] =
                keccak256(abi.encode(c, header(all, c), keccak256(clientsOf(all, c)), keccak256(costsOf(all, c))));
        }
        return Trees.proof(nodes, chunk);
    }

    /// Shows that the first so many at an edge, and no more, win.
    function boundary(Listed[] memory all, uint256 e, uint256 winners) internal pure returns (Boundary memory made) {
        (uint256 start, uint256 size) = section(all, e);
        if (size == 0) return made;
        uint256 at = start + winners;
        uint256 chunk = (winners < size ? at : at - 1) / CHUNK;
        bytes32 digest = keccak256(clientsOf(all, chunk));
        made = Boundary(winners, header(all, chunk), digest, costsOf(all, chunk), proof(all, chunk));
    }

    /// The lowest bytes of a value, from a position on.
    function write(bytes memory target, uint256 at, uint256 size, uint256 value) private pure {
        for (uint256 k = 0; k < size; k++) target[at + k] = bytes1(uint8(value >> (8 * (size - 1 - k))));
    }
}
