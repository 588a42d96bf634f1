// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Bill, EdgeState, EdgeTerms, Owner} from "./ICampaign.sol";
import {Training} from "./Training.sol";

/// What a campaign owes, added up from its public views alone, to the unit: docs/protocol.md, "Money".
abstract contract Book is Training {
    function held() public view returns (uint256) {
        return token.balanceOf(address(campaign)) - donated;
    }

    function owed() public view returns (uint256 sum) {
        uint256 status = campaign.status();
        for (uint256 i = 0; i < accounts.length; i++) sum += campaign.credit(accounts[i]);
        sum += campaign.lost_bonds();
        sum += _toOwners(status) + _bookBonds(status) + campaign.sponsor_locked() * (status == CLOSED ? 0 : 1);
        if (status == OPEN || status == TRAINING) sum += _serviceBonds();
        if (status == CLOSED) sum += _signedFor();
        if (status == TRAINING || status == CLOSED) sum -= _claimed();
    }

    /// Escrows and credits of owners, bonds until settlement, charges while they may still be earned.
    function _toOwners(uint256 status) private view returns (uint256 sum) {
        for (uint256 i = 0; i < campaign.owner_count(); i++) {
            (Owner memory known, Bill memory bill) = campaign.owner(i);
            sum += known.owed;
            if (status == OPEN) sum += terms.ownerBond;
            if (status == TRAINING) sum += bill.charge;
        }
    }

    /// All bonds until settlement or after a cancellation, else those of open books, less what they lost at the close.
    function _bookBonds(uint256 status) private view returns (uint256 sum) {
        for (uint256 o = 0; o < OPERATORS; o++) {
            (uint256 size, bool open, bool returned) = books.book(operators[o]);
            bool counts = status == OPEN || status == CANCELLED || open;
            if (!counts || returned) continue;
            sum += size * terms.bookBond;
            for (uint256 e = 0; e < EDGES && status == CLOSED; e++) if (operatorOf[e] == o) sum -= _penalty(e);
        }
    }

    /// Missing client-rounds beyond the tolerance at their price, at most the winners' part of the book's bond.
    function _penalty(uint256 e) internal view returns (uint256) {
        (, EdgeState memory state,) = campaign.edge(e);
        uint256 rounds = state.winners * campaign.progress().done;
        uint256 missing = rounds - state.delivered;
        uint256 allowed = terms.tolerance * rounds / 1e9;
        if (missing <= allowed) return 0;
        uint256 penalty = (missing - allowed) * state.price * terms.tick;
        uint256 bond = state.winners * terms.bookBond;
        return penalty < bond ? penalty : bond;
    }

    function _serviceBonds() private view returns (uint256 sum) {
        if (campaign.coordinator_bonded()) sum += terms.coordinatorBond;
        for (uint256 e = 0; e < EDGES; e++) {
            (, EdgeState memory state,) = campaign.edge(e);
            if (state.bonded) sum += terms.edgeBond;
        }
    }

    /// What all client-rounds that edges signed for cost, and the extra for them.
    function _signedFor() private view returns (uint256 sum) {
        for (uint256 e = 0; e < EDGES; e++) {
            (, EdgeState memory state,) = campaign.edge(e);
            sum += state.price * terms.tick * state.delivered + campaign.extra() * (state.delivered - state.extraRounds);
        }
    }

    /// What clients and edges were paid of the first, or a sponsor credited.
    function _claimed() private view returns (uint256 sum) {
        for (uint256 e = 0; e < EDGES; e++) {
            (EdgeTerms memory known, EdgeState memory state,) = campaign.edge(e);
            uint256 toClients = state.price * state.claimed - _pathFee(e) * state.claimed; // nobody's price is below the fees
            sum += toClients * terms.tick + known.fee * terms.tick * state.feeRounds;
        }
    }
}
