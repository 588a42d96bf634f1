// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// The right winners and prices, found by repeatedly taking the cheapest offer that still fits everywhere on its path.
library Clearing {
    uint256 internal constant NOBODY = type(uint256).max;

    struct Offers {
        uint256[] keys; // amount << 32 | edge << 16 | place, in any order; NOBODY for what cannot win
        uint256[] edges;
    }

    struct Tree {
        uint256[] capacities;
        uint256[] parents; // 1 + the edge above; 0 for the cloud
        uint256 cohort;
    }

    /// Whether each offer wins.
    function winners(Offers memory offers, Tree memory tree) internal pure returns (bool[] memory wins) {
        uint256[] memory room = new uint256[](tree.capacities.length + 1);
        room[0] = tree.cohort;
        for (uint256 e = 0; e < tree.capacities.length; e++) room[e + 1] = tree.capacities[e];
        wins = new bool[](offers.keys.length);
        bool[] memory seen = new bool[](offers.keys.length);
        for (uint256 k = 0; k < offers.keys.length; k++) {
            uint256 best = cheapest(offers.keys, seen);
            if (best == NOBODY) break;
            seen[best] = true;
            wins[best] = fits(offers.edges[best] + 1, room, tree.parents);
            if (wins[best]) take(offers.edges[best] + 1, room, tree.parents);
        }
    }

    /// What sets a winner's price: the amount of who would come in its place, or NOBODY.
    function replacement(Offers memory offers, Tree memory tree, bool[] memory wins, uint256 winner)
        internal
        pure
        returns (uint256)
    {
        uint256 key = offers.keys[winner];
        offers.keys[winner] = NOBODY;
        bool[] memory others = winners(offers, tree);
        offers.keys[winner] = key;
        for (uint256 i = 0; i < others.length; i++) {
            if (others[i] && !wins[i]) return offers.keys[i] >> 32;
        }
        return NOBODY;
    }

    function cheapest(uint256[] memory keys, bool[] memory seen) private pure returns (uint256 best) {
        best = NOBODY;
        uint256 least = NOBODY;
        for (uint256 i = 0; i < keys.length; i++) {
            if (!seen[i] && keys[i] < least) {
                best = i;
                least = keys[i];
            }
        }
    }

    function fits(uint256 node, uint256[] memory room, uint256[] memory parents) private pure returns (bool) {
        for (; node != 0; node = parents[node - 1]) if (room[node] == 0) return false;
        return room[0] > 0;
    }

    function take(uint256 node, uint256[] memory room, uint256[] memory parents) private pure {
        for (; node != 0; node = parents[node - 1]) room[node]--;
        room[0]--;
    }
}
