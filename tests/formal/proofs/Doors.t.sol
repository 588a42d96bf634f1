// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Boundary, IBooks, ICampaign, Opening} from "../campaigns/ICampaign.sol";
import {Kind, Market} from "../campaigns/Market.sol";
import {vm} from "../campaigns/Vm.sol";

/// A new campaign, for every caller, every time and every argument: what is refused is refused with a sentence, and
/// what is accepted is accepted in its phase and from its role.
contract DoorsTest is Market {
    function setUp() public {
        _open(Kind(false, 0, 30, 0, 1));
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
        vm.assume(edge >= EDGES || from != operators[operatorOf[edge]]);
        assert(!_try(from, time, abi.encodeCall(ICampaign.post_edge_bond, (edge))));
    }

    function check_trainingHasNotBegun(address from, uint64 time, uint256 number, bytes32 root) public {
        assert(!_try(from, time, abi.encodeCall(ICampaign.record_round, (number, root, root, int256(number)))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.veto, (number))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.halt, ())));
        assert(!_try(from, time, abi.encodeCall(ICampaign.release_models, (new bytes32[](0)))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.close, ())));
    }

    function check_nothingIsPaid(address from, uint64 time, address operator) public {
        for (uint256 e = 0; e <= EDGES; e++) {
            assert(!_try(from, time, abi.encodeCall(ICampaign.claim_edge_fee, (e))));
        }
        assert(!_tryBooks(from, time, abi.encodeCall(IBooks.return_bond, (operator))));
    }

    function check_nothingSettlesWithoutTheCoordinator(address from, uint64 time) public {
        assert(!_tryBooks(from, time, abi.encodeCall(IBooks.settle, (new Boundary[](EDGES)))));
    }

    /// Not in the reveal phase, and not before the coordinator's bond is there.
    function check_nothingOpens(address from, uint64 time, address sender, uint256 amount, bytes32 salt) public {
        Opening[] memory one = new Opening[](1);
        one[0] = Opening(sender, amount, salt);
        assert(!_try(from, time, abi.encodeCall(ICampaign.reveal_bids, (one))));
        bytes memory empty = abi.encodeCall(IBooks.open_book, (sender, salt, new uint256[](1)));
        assert(!_tryBooks(from, time, empty));
    }

    /// What the books may call moves money: nobody else can, at any time, with any numbers.
    function check_onlyTheBooks(address from, uint64 time, address account, uint256 edge, uint256 amount) public {
        vm.assume(from != address(books));
        address[] memory one = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (one[0], amounts[0]) = (account, amount);
        assert(!_try(from, time, abi.encodeCall(ICampaign.book_committed, (account, edge, amount))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.book_opened, (account, amounts))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.book_returned, (account, edge, amount, true))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.settlement_attempted, (account))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.stake_returned, (account))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.attempt_given_up, (account))));
        assert(!_try(from, time, abi.encodeCall(ICampaign.pay_clients, (edge, amount, 0, one, amounts, 0))));
    }

    function _try(address from, uint64 time, bytes memory data) private returns (bool) {
        return _tryAt(address(campaign), from, time, data);
    }

    function _tryBooks(address from, uint64 time, bytes memory data) private returns (bool) {
        return _tryAt(address(books), from, time, data);
    }

    function _tryAt(address target, address from, uint64 time, bytes memory data) private returns (bool ok) {
        bytes memory answer;
        vm.warp(time);
        vm.prank(from);
        (ok, answer) = target.call(data);
        if (!ok) assert(answer.length > 68 && bytes4(answer) == bytes4(keccak256("Error(string)")));
    }

    /// No signatures here, so accounts need no keys.
    function _addressOf(uint256 key) internal pure override returns (address) {
        return address(uint160(key));
    }
}
