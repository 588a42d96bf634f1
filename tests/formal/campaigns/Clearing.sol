// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// The right certificate, found by repeatedly taking the cheapest offer left: docs/protocol.md, "The certificate".
library Clearing {
    uint256 internal constant NOBODY = type(uint256).max;

    struct Offers {
        uint256[] keys; // (cost + fee) << 16 | position, in any order; NOBODY for what cannot win
        uint256[] edges;
    }

    /// The cutoff and every edge's cutoff.
    function certificate(Offers memory offers, uint256[] memory capacities, uint256 cohort)
        internal
        pure
        returns (uint256 cutoff, uint256[] memory edgeCutoffs)
    {
        uint256[] memory room = new uint256[](capacities.length);
        edgeCutoffs = new uint256[](capacities.length);
        for (uint256 e = 0; e < room.length; e++) {
            room[e] = capacities[e];
            edgeCutoffs[e] = NOBODY;
        }
        uint256 taken = 0;
        uint256 last = 0; // keys are positive, because amounts are or positions are: see `next`
        for (uint256 i = 0; i < offers.keys.length; i++) {
            uint256 best = next(offers.keys, last, i == 0);
            if (best == NOBODY) break;
            last = offers.keys[best];
            uint256 e = offers.edges[best];
            if (taken < cohort && room[e] > 0) {
                room[e]--;
                taken++;
            } else if (edgeCutoffs[e] == NOBODY) {
                edgeCutoffs[e] = last;
            }
        }
        cutoff = NOBODY;
        for (uint256 e = 0; e < room.length; e++) {
            if (room[e] > 0 && edgeCutoffs[e] < cutoff) cutoff = edgeCutoffs[e];
        }
    }

    /// Index of the smallest key after `last`, or of the smallest at all; NOBODY if there is none.
    function next(uint256[] memory keys, uint256 last, bool first) private pure returns (uint256 best) {
        best = NOBODY;
        uint256 least = NOBODY;
        for (uint256 i = 0; i < keys.length; i++) {
            if ((first || keys[i] > last) && keys[i] < least) {
                best = i;
                least = keys[i];
            }
        }
    }
}
