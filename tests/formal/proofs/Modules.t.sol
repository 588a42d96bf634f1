// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Bytecode} from "../build/Bytecode.sol";
import {Client, EdgeState, EdgeTerms, Owner} from "../campaigns/ICampaign.sol";
import {deployed, vm} from "../campaigns/Vm.sol";

interface IHarness {
    function count(uint256 bitmap) external pure returns (uint256);
    function edge_terms_kept(EdgeTerms calldata) external pure returns (EdgeTerms memory);
    function edge_state_kept(EdgeState calldata) external pure returns (EdgeState memory);
    function owner_kept(Owner calldata) external pure returns (Owner memory);
    function paid_client_kept(Client calldata) external pure returns (Client memory);
    function sealed_client(uint256 position, uint256 poster, bytes32 commitment)
        external
        pure
        returns (Client memory, Client memory);
    function root_of(bytes32[] calldata leaves) external pure returns (bytes32);
    function is_member(bytes32 root, bytes32 node, bytes32[] calldata proof) external pure returns (bool);
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

    function check_edgeTermsAreKept(EdgeTerms calldata edge) public view {
        vm.assume(edge.capacity < 2 ** 16 && edge.fee < 2 ** 48);
        assert(keccak256(abi.encode(harness.edge_terms_kept(edge))) == keccak256(abi.encode(edge)));
    }

    function check_edgeStateIsKept(EdgeState calldata edge) public view {
        vm.assume(edge.bound < 2 ** 64 && edge.winners < 2 ** 16 && edge.upToRound < 2 ** 16);
        vm.assume(edge.delivered < 2 ** 32 && edge.claimed < 2 ** 32 && edge.feeRounds < 2 ** 32);
        assert(keccak256(abi.encode(harness.edge_state_kept(edge))) == keccak256(abi.encode(edge)));
    }

    function check_ownerIsKept(Owner calldata owner) public view {
        vm.assume(owner.weight < 2 ** 32 && owner.owed < 2 ** 128 && owner.bid < 2 ** 128);
        assert(keccak256(abi.encode(harness.owner_kept(owner))) == keccak256(abi.encode(owner)));
    }

    function check_paidClientIsKept(Client calldata client) public view {
        vm.assume(client.position < 2 ** 16 && client.poster < 2 ** 7 && client.opened && client.seal == 0);
        vm.assume(client.paidRounds < 2 ** 16 && client.paid < 2 ** 208);
        assert(keccak256(abi.encode(harness.paid_client_kept(client))) == keccak256(abi.encode(client)));
    }

    function check_sealedClientIsKept(uint256 position, uint256 poster, bytes32 commitment) public view {
        vm.assume(position < 2 ** 16 && poster < 2 ** 7);
        (Client memory held, Client memory settled) = harness.sealed_client(position, poster, commitment);
        assert(held.position == position && held.poster == poster && !held.opened && !held.bondSettled);
        assert(held.seal == uint256(commitment) >> 32 && held.paidRounds == 0 && held.paid == 0);
        settled.bondSettled = false;
        assert(keccak256(abi.encode(settled)) == keccak256(abi.encode(held)));
    }

    function check_aPairHasNoOrder(bytes32 a, bytes32 b) public view {
        assert(harness.root_of(_two(a, b)) == harness.root_of(_two(b, a)));
    }

    function check_bothOfAPairAreMembers(bytes32 a, bytes32 b) public view {
        bytes32 root = harness.root_of(_two(a, b));
        assert(harness.is_member(root, a, _one(b)) && harness.is_member(root, b, _one(a)));
    }

    /// The odd one of three moves up as it is.
    function check_theOddOneIsAMember(bytes32 a, bytes32 b, bytes32 c) public view {
        bytes32[] memory three = new bytes32[](3);
        (three[0], three[1], three[2]) = (a, b, c);
        assert(harness.is_member(harness.root_of(three), c, _one(harness.root_of(_two(a, b)))));
    }

    /// Half of four is a member with the other half's node, as a batch of claims shows.
    function check_halfOfFourIsAMember(bytes32 a, bytes32 b, bytes32 c, bytes32 d) public view {
        bytes32[] memory four = new bytes32[](4);
        (four[0], four[1], four[2], four[3]) = (a, b, c, d);
        bytes32 left = harness.root_of(_two(a, b));
        assert(harness.is_member(harness.root_of(four), left, _one(harness.root_of(_two(c, d)))));
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
