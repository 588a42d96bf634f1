// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IBooks, ICampaign} from "./ICampaign.sol";
import {Kind} from "./Market.sol";
import {Players} from "./Players.sol";
import {vm} from "./Vm.sol";

/// Random sequences of moves of all roles; after every move all invariants, after the last one the way out.
abstract contract Campaigns {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Players internal players;
    string internal kindName;

    function _start(string memory name, Kind memory kind, bool settledFirst) internal {
        kindName = name;
        players = new Players(kind, settledFirst);
    }

    function targetContracts() public view returns (address[] memory these) {
        these = new address[](1);
        these[0] = address(players);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory these) {
        these = new FuzzSelector[](1);
        these[0] = FuzzSelector(address(players), _moves());
    }

    function invariant_booksAndRationality() public view {
        players.checkBooks();
        players.checkOpenings();
        players.checkRationality();
        players.checkClaims();
    }

    function afterInvariant() public {
        uint256 status = players.campaign().status();
        players.everyoneLeaves();
        vm.writeLine("build/runs.csv", string.concat(kindName, ",", vm.toString(status), _counts()));
    }

    function _moves() internal view virtual returns (bytes4[] memory);

    function _counts() private view returns (string memory line) {
        line = string.concat(",", vm.toString(players.refused()));
        bytes4[19] memory calls = _calls();
        for (uint256 i = 0; i < calls.length; i++) {
            line = string.concat(line, ",", vm.toString(players.accepted(calls[i])));
        }
    }

    function _calls() private pure returns (bytes4[19] memory) {
        return [
            ICampaign.post_coordinator_bond.selector,
            ICampaign.post_edge_bond.selector,
            ICampaign.lock_sponsorship.selector,
            ICampaign.commit_bid.selector,
            IBooks.commit_book.selector,
            ICampaign.reveal_bids.selector,
            IBooks.open_book.selector,
            IBooks.settle.selector,
            ICampaign.cancel.selector,
            ICampaign.record_round.selector,
            ICampaign.veto.selector,
            ICampaign.halt.selector,
            ICampaign.post_deliveries.selector,
            ICampaign.release_models.selector,
            ICampaign.close.selector,
            ICampaign.withdraw.selector,
            IBooks.return_bond.selector,
            IBooks.claim.selector,
            ICampaign.claim_edge_fee.selector
        ];
    }
}

/// From the first deposit on. A move that is listed more often is made more often.
abstract contract FromTheStart is Campaigns {
    function _moves() internal view override returns (bytes4[] memory these) {
        these = new bytes4[](36);
        for (uint256 i = 0; i < 15; i++) these[i] = players.whatIsDue.selector;
        for (uint256 i = 15; i < 18; i++) these[i] = players.passTime.selector;
        bytes4[] memory others = _sealing();
        for (uint256 i = 0; i < 9; i++) these[18 + i] = others[i];
        others = _training();
        for (uint256 i = 0; i < 9; i++) these[27 + i] = others[i];
    }

    function _sealing() private view returns (bytes4[] memory these) {
        these = new bytes4[](9);
        these[0] = players.postEdgeBond.selector;
        these[1] = players.lockSponsorship.selector;
        these[2] = players.commitBid.selector;
        these[3] = players.commitBook.selector;
        these[4] = players.pretendToBeTheBooks.selector;
        these[5] = players.revealBids.selector;
        these[6] = players.openBook.selector;
        these[7] = players.settle.selector;
        these[8] = players.cancel.selector;
    }

    function _training() private view returns (bytes4[] memory these) {
        these = new bytes4[](9);
        these[0] = players.recordRound.selector;
        these[1] = players.veto.selector;
        these[2] = players.postDeliveries.selector;
        these[3] = players.close.selector;
        these[4] = players.claim.selector;
        these[5] = players.halt.selector;
        these[6] = players.claimEdgeFee.selector;
        these[7] = players.withdraw.selector;
        these[8] = players.returnBond.selector;
    }
}

/// From a settled campaign of random bids and offers on.
abstract contract FromSettlement is Campaigns {
    function _moves() internal view override returns (bytes4[] memory these) {
        these = new bytes4[](20);
        for (uint256 i = 0; i < 5; i++) these[i] = players.whatIsDue.selector;
        for (uint256 i = 5; i < 8; i++) these[i] = players.passTime.selector;
        these[8] = players.recordRound.selector;
        these[9] = players.veto.selector;
        these[10] = players.halt.selector;
        these[11] = players.postDeliveries.selector;
        these[12] = players.releaseModels.selector;
        these[13] = players.close.selector;
        these[14] = players.claim.selector;
        these[15] = players.pretendToBeTheBooks.selector;
        these[16] = players.claimEdgeFee.selector;
        these[17] = players.withdraw.selector;
        these[18] = players.returnBond.selector;
        these[19] = players.donate.selector;
    }
}

contract SerialFromTheStartTest is FromTheStart {
    function setUp() public {
        _start("serial from the start", Kind(false, 0, 30, 0, 1), false);
    }
}

contract UnderwrittenFromTheStartTest is FromTheStart {
    function setUp() public {
        _start("vcg from the start", Kind(true, 0, 0, 3e8, 1), false);
    }
}

contract MatchedFromSettlementTest is FromSettlement {
    function setUp() public {
        _start("matched from settlement", Kind(false, 4e8, 0, 0, 2), true);
    }
}

contract UnderwrittenFromSettlementTest is FromSettlement {
    function setUp() public {
        _start("vcg from settlement", Kind(true, 0, 30, 2e8, 2), true);
    }
}
