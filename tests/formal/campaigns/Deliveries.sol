// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {OfferBooks} from "./OfferBooks.sol";
import {Trees} from "./Trees.sol";

/// What an edge signs of its winners' rounds: docs/protocol.md, "Deliveries".
library Deliveries {
    /// One leaf for every chunk of the book in which the edge has winners.
    function leaves(uint256 start, uint256[] memory bitmaps) internal pure returns (bytes32[] memory made) {
        uint256 first = start / OfferBooks.CHUNK;
        made = new bytes32[]((start + bitmaps.length - 1) / OfferBooks.CHUNK + 1 - first);
        for (uint256 k = 0; k < made.length; k++) {
            made[k] = keccak256(abi.encode(first + k, part(start, bitmaps, first + k)));
        }
    }

    /// The bitmaps of those winners who are in one chunk.
    function part(uint256 start, uint256[] memory bitmaps, uint256 chunk)
        internal
        pure
        returns (uint256[] memory made)
    {
        uint256 from = chunk * OfferBooks.CHUNK > start ? chunk * OfferBooks.CHUNK - start : 0;
        uint256 end = (chunk + 1) * OfferBooks.CHUNK - start;
        if (end > bitmaps.length) end = bitmaps.length;
        made = new uint256[](end - from);
        for (uint256 i = from; i < end; i++) made[i - from] = bitmaps[i];
    }

    function root(uint256 start, uint256[] memory bitmaps) internal pure returns (bytes32) {
        return Trees.root(leaves(start, bitmaps));
    }

    /// Sixteen bits a round, the first lowest: winners who missed it. Up to sixteen rounds.
    function missing(uint256[] memory bitmaps, uint256 rounds) internal pure returns (uint256 word) {
        for (uint256 r = 0; r < rounds; r++) {
            for (uint256 i = 0; i < bitmaps.length; i++) {
                if ((bitmaps[i] >> r) & 1 == 0) word += 1 << (16 * r);
            }
        }
    }
}
