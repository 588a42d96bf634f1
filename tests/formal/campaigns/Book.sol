// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Bill, Client, EdgeState, EdgeTerms, Owner} from "./ICampaign.sol";
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
        sum += _toOwners(status) + _clientBonds(status) + campaign.sponsor_locked() * (status == CLOSED ? 0 : 1);
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

    /// All bonds until settlement or after a cancellation, else those of opened offers.
    function _clientBonds(uint256 status) private view returns (uint256 sum) {
        for (uint256 i = 0; i < CLIENTS; i++) {
            if (!committed[clients[i]]) continue;
            (Client memory known,,) = campaign.offer(clients[i]);
            bool counts = status == OPEN || status == CANCELLED || known.opened;
            if (counts && !known.bondSettled) sum += terms.clientBond;
        }
    }

    function _serviceBonds() private view returns (uint256 sum) {
        if (campaign.coordinator_bonded()) sum += terms.coordinatorBond;
        for (uint256 e = 0; e < EDGES; e++) {
            (, EdgeState memory state,) = campaign.edge(e);
            if (state.bonded) sum += terms.edgeBond;
        }
    }

    /// What all client-rounds that edges signed for cost.
    function _signedFor() private view returns (uint256 sum) {
        for (uint256 e = 0; e < EDGES; e++) {
            (, EdgeState memory state,) = campaign.edge(e);
            sum += campaign.price(e) * state.delivered;
        }
    }

    /// What clients and edges were paid of it, or a sponsor credited.
    function _claimed() private view returns (uint256 sum) {
        for (uint256 e = 0; e < EDGES; e++) {
            (EdgeTerms memory known, EdgeState memory state,) = campaign.edge(e);
            uint256 fee = known.fee * terms.tick;
            sum += (campaign.price(e) - fee) * state.claimed + fee * state.feeRounds;
        }
    }
}
