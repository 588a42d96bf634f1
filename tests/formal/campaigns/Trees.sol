// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// Trees whose nodes are hashed in sorted order: docs/protocol.md, "Books" and "Deliveries".
library Trees {
    function root(bytes32[] memory level) internal pure returns (bytes32) {
        while (level.length > 1) level = above(level);
        return level[0];
    }

    /// The siblings on the way up from a node of the lowest level.
    function proof(bytes32[] memory level, uint256 index) internal pure returns (bytes32[] memory made) {
        bytes32[] memory longest = new bytes32[](8);
        uint256 depth = 0;
        for (; level.length > 1; index /= 2) {
            if ((index ^ 1) < level.length) longest[depth++] = level[index ^ 1];
            level = above(level);
        }
        made = new bytes32[](depth);
        for (uint256 i = 0; i < depth; i++) made[i] = longest[i];
    }

    function ones(uint256 bitmap) internal pure returns (uint256 count) {
        for (; bitmap != 0; bitmap &= bitmap - 1) count++;
    }

    function above(bytes32[] memory level) private pure returns (bytes32[] memory made) {
        made = new bytes32[]((level.length + 1) / 2);
        for (uint256 i = 0; i < made.length; i++) {
            made[i] = 2 * i + 1 < level.length ? parent(level[2 * i], level[2 * i + 1]) : level[2 * i];
        }
    }

    function parent(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
    }
}
