// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Bytecode} from "../build/Bytecode.sol";
import {EdgeState, Progress} from "../campaigns/ICampaign.sol";
import {deployed, vm} from "../campaigns/Vm.sol";

struct Leaf {
    bytes32 client;
    bytes32 cost;
    bytes32[] siblings;
    bytes32[] separators;
}

interface IHarness {
    function count(uint256 bitmap) external pure returns (uint256);
    function edge_kept(EdgeState calldata) external returns (EdgeState memory);
    function progress_kept(Progress calldata) external returns (Progress memory);
    function paid(uint256 place, uint256 bitmap, uint256 upTo, bool withExtra)
        external
        returns (uint256 fresh, bool extra, uint256 kept, bool hadExtra);
    function paid_at(uint256 place) external view returns (uint256 upTo, bool extra);
    function root_above(bytes32 node, bytes32[] calldata proof) external pure returns (bytes32);
    function cost_and_root(Leaf calldata leaf, uint256 place, uint256 count)
        external
        view
        returns (uint256 cost, bytes32 root);
}

/// What the modules promise, for every input in the ranges that their comments name.
contract ModulesTest {
    IHarness private harness;

    function setUp() public {
        harness = IHarness(deployed(Bytecode.Harness));
    }

    // Half a word counts what its halves count, down to four bits, and those are counted one by one.

    function check_halvesCountTheirHalves(uint128 bits) public view {
        _countsItsHalves(bits, 64);
    }

    function check_quartersCountTheirHalves(uint64 bits) public view {
        _countsItsHalves(bits, 32);
    }

    function check_eighthsCountTheirHalves(uint32 bits) public view {
        _countsItsHalves(bits, 16);
    }

    function check_pairsOfBytesCountBoth(uint16 bits) public view {
        _countsItsHalves(bits, 8);
    }

    function check_bytesCountTheirHalves(uint8 bits) public view {
        _countsItsHalves(bits, 4);
    }

    function check_fourBitsAreCounted() public view {
        for (uint256 bits = 0; bits < 16; bits++) {
            uint256 ones = (bits & 1) + ((bits >> 1) & 1) + ((bits >> 2) & 1) + (bits >> 3);
            assert(harness.count(bits) == ones);
        }
    }

    function check_edgeStateIsKept(EdgeState calldata edge) public {
        vm.assume(edge.price < 2 ** 48 && edge.winners < 2 ** 16 && edge.upToRound < 2 ** 16);
        vm.assume(edge.delivered < 2 ** 32 && edge.claimed < 2 ** 32);
        vm.assume(edge.feeRounds < 2 ** 32 && edge.extraRounds < 2 ** 32);
        assert(keccak256(abi.encode(harness.edge_kept(edge))) == keccak256(abi.encode(edge)));
    }

    function check_progressIsKept(Progress calldata progress) public {
        vm.assume(progress.rounds < 2 ** 16 && progress.done < 2 ** 16);
        vm.assume(progress.deadline < 2 ** 64 && progress.end < 2 ** 64);
        assert(keccak256(abi.encode(harness.progress_kept(progress))) == keccak256(abi.encode(progress)));
    }

    // B-3: whatever an edge signs from one claim to the next, no round is paid twice, nor the extra.

    function check_noRoundIsPaidTwice(uint256 a, uint16 upTo, uint256 b, uint16 later, bool extra) public {
        vm.assume(upTo <= 256 && later <= 256 && a >> upTo == 0 && b >> later == 0);
        (uint256 first, bool got,, bool kept) = harness.paid(3, a, upTo, extra);
        (uint256 second, bool again, uint256 paidTo,) = harness.paid(3, b, later, extra);
        assert(first == a && first & second == 0 && second & b == second);
        assert(got == extra && kept == extra && !again && paidTo == later);
    }

    /// Twenty-five clients share a word: paying one leaves what its neighbours were paid.
    function check_neighboursAreLeftAlone(uint256 a, uint16 upTo, uint256 b, uint16 later, bool extra) public {
        vm.assume(upTo <= 256 && later <= 256);
        harness.paid(23, a, upTo, extra);
        harness.paid(24, b, later, !extra);
        harness.paid(23, a, upTo, false);
        (uint256 kept, bool had) = harness.paid_at(23);
        (uint256 next, bool hasNext) = harness.paid_at(24);
        (uint256 before,) = harness.paid_at(22);
        (uint256 other,) = harness.paid_at(25);
        assert(kept == upTo && had == extra && next == later && hasNext == !extra && before == 0 && other == 0);
    }

    // Trees of open books and of deliveries.

    function check_aPairHasNoOrder(bytes32 a, bytes32 b) public view {
        assert(harness.root_above(a, _one(b)) == harness.root_above(b, _one(a)));
    }

    /// Who shows a path to a root that was made of other nodes has found two texts of one digest.
    function check_aRootHasTwoLeaves(bytes32 a, bytes32 b, bytes32 node, bytes32 sibling) public view {
        vm.assume(harness.root_above(a, _one(b)) == harness.root_above(node, _one(sibling)));
        assert((node == a && sibling == b) || (node == b && sibling == a));
    }

    // Lemma of theorem 6.1: any two leaves with valid paths to one root are in order.

    function check_neighboursAreInOrder(bytes32[6] calldata one, bytes32[6] calldata two) public view {
        _areInOrder(one, 0, two, 1);
    }

    function check_leavesOfTwoHalvesAreInOrder(bytes32[6] calldata one, bytes32[6] calldata two) public view {
        _areInOrder(one, 1, two, 2);
    }

    function check_firstAndLastAreInOrder(bytes32[6] calldata one, bytes32[6] calldata two) public view {
        _areInOrder(one, 0, two, 3);
    }

    function _areInOrder(bytes32[6] calldata one, uint256 place, bytes32[6] calldata two, uint256 later) private view {
        (uint256 cost, bytes32 root) = harness.cost_and_root(_leaf(one), place, 4);
        (uint256 next, bytes32 same) = harness.cost_and_root(_leaf(two), later, 4);
        vm.assume(root == same);
        assert(cost <= next);
    }

    function _leaf(bytes32[6] calldata words) private pure returns (Leaf memory leaf) {
        leaf = Leaf(words[0], words[1], _two(words[2], words[3]), _two(words[4], words[5]));
    }

    function _countsItsHalves(uint256 bits, uint256 size) private view {
        uint256 low = bits & ((1 << size) - 1);
        assert(harness.count(bits) == harness.count(low) + harness.count(bits >> size));
    }

    function _one(bytes32 a) private pure returns (bytes32[] memory made) {
        made = new bytes32[](1);
        made[0] = a;
    }

    function _two(bytes32 a, bytes32 b) private pure returns (bytes32[] memory made) {
        made = new bytes32[](2);
        (made[0], made[1]) = (a, b);
    }
}
