// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ICampaign, Opening} from "../campaigns/ICampaign.sol";
import {Kind, Market} from "../campaigns/Market.sol";
import {vm} from "../campaigns/Vm.sol";

/// A new campaign, for every caller, every time and every argument: what is refused is refused with a sentence, and
/// what is accepted is accepted in its phase and from its role.
contract DoorsTest is Market {
    function setUp() public {
        _open(Kind(false, 0, 30, 1));
    }

    function check_cancel(address from, uint64 time) public {
        assert(_try(from, time, abi.encodeCall(ICampaign.cancel, ())) == (terms.settleEnd <= time));
    }

    function check_coordinatorBond(uint64 time) public {
        bytes memory data = abi.encodeCall(ICampaign.post_coordinator_bond, ());
        assert(!_try(stranger, time, data));
        assert(_try(coordinator, time, data) == (time < terms.commitEnd));
    }

    function check_edgeBond(address from, uint64 time, uint256 edge) public {
        vm.assume(edge >= EDGES || from != operators[edge]);
        assert(!_try(from, time, abi.encodeCall(ICampaign.post_edge_bond, (edge))));
    }

    function check_trainingHasNotBegun(address from, uint64 time, uint256 number, bytes32 root) public {
        assert(!_try(from, time, abi.encodeCall(ICampaign.record_round, (number, root, root, int256(number)))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.veto, (number))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.halt, ())));
        assert(!_try(from, time, abi.encodeCall(ICampaign.release_models, (root))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.close, ())));
    }

    function check_nothingIsPaid(address from, uint64 time, address client) public {
        for (uint256 e = 0; e <= EDGES; e++) {
            assert(!_try(from, time, abi.encodeCall(ICampaign.claim_edge_fee, (e))));
        }
        address[] memory one = new address[](1);
        one[0] = client;
        assert(!_try(from, time, abi.encodeCall(ICampaign.return_bonds, (one))));
    }

    function check_nothingSettlesWithoutTheCoordinator(address from, uint64 time, uint256 cutoff, uint256 edgeCutoff)
        public
    {
        uint256[] memory edgeCutoffs = new uint256[](EDGES);
        for (uint256 e = 0; e < EDGES; e++) edgeCutoffs[e] = edgeCutoff;
        assert(!_try(from, time, abi.encodeCall(ICampaign.settle, (cutoff, edgeCutoffs))));
    }

    /// Not in the reveal phase, and not before the coordinator's bond is there.
    function check_nothingOpens(address from, uint64 time, address sender, uint256 amount, uint256 edge, bytes32 salt)
        public
    {
        Opening[] memory one = new Opening[](1);
        one[0] = Opening(sender, amount, edge, salt);
        assert(!_try(from, time, abi.encodeCall(ICampaign.reveal_bids, (one))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.reveal_offers, (one))));
    }

    function _try(address from, uint64 time, bytes memory data) private returns (bool ok) {
        bytes memory answer;
        vm.warp(time);
        vm.prank(from);
        (ok, answer) = address(campaign).call(data);
        if (!ok) assert(answer.length > 68 && bytes4(answer) == bytes4(keccak256("Error(string)")));
    }

    /// No signatures here, so accounts need no keys.
    function _addressOf(uint256 key) internal pure override returns (address) {
        return address(uint160(key));
    }
}
