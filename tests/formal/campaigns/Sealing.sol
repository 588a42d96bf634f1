// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Caller} from "./Caller.sol";
import {Client, EdgeState, EdgeTerms, ICampaign, Opening, SealedOffer} from "./ICampaign.sol";
import {Clearing} from "./Clearing.sol";

/// Moves from the first deposit to settlement or cancellation.
abstract contract Sealing is Caller {
    mapping(address => Opening) internal sealedBy;
    mapping(address => bool) internal committed;
    mapping(address => bool) internal relayed;
    mapping(address => bool) internal opened;
    mapping(address => uint256) internal escrowOf;

    function postCoordinatorBond(uint256 seed) public move(seed) {
        address from = _mostly(coordinator);
        bool due = _committing() && from == coordinator && !campaign.coordinator_bonded();
        _expect(due, _try(from, abi.encodeCall(ICampaign.post_coordinator_bond, ())));
    }

    function postEdgeBond(uint256 seed) public move(seed) {
        uint256 e = _draw(EDGES);
        address from = _mostly(operators[e]);
        (, EdgeState memory state,) = campaign.edge(e);
        bool due = _committing() && from == operators[e] && !state.bonded;
        _expect(due, _try(from, abi.encodeCall(ICampaign.post_edge_bond, (e))));
    }

    function lockSponsorship(uint256 seed) public move(seed) {
        address from = _mostly(sponsor);
        bool due = _committing() && from == terms.sponsor && campaign.sponsor_locked() == 0;
        _expect(due, _try(from, abi.encodeCall(ICampaign.lock_sponsorship, ())));
    }

    function commitBid(uint256 seed) public move(seed) {
        address owner = owners[_draw(OWNERS)];
        Opening memory opening = Opening(owner, _draw(4000), 0, bytes32(seed));
        uint256 escrow = _draw(16) == 0 ? opening.amount / 2 : opening.amount + _draw(300);
        bytes32 commitment = _seal("cofund bid", opening);
        bool due = _committing() && !committed[owner];
        _expect(due, _try(owner, abi.encodeCall(ICampaign.commit_bid, (commitment, escrow, bytes32(0)))));
        if (due) {
            committed[owner] = true;
            sealedBy[owner] = opening;
            escrowOf[owner] = escrow;
        }
    }

    function commitOffer(uint256 seed) public move(seed) {
        uint256 e = _draw(16) == 0 ? EDGES : _draw(EDGES);
        Opening memory opening = Opening(clients[_draw(CLIENTS)], _draw(22), e, bytes32(seed));
        bool due = _committing() && !committed[opening.sender];
        bytes32 commitment = _seal("cofund offer", opening);
        _expect(due, _try(opening.sender, abi.encodeCall(ICampaign.commit_offer, (commitment))));
        if (due) _keep(opening, false);
    }

    /// I-8: offers of neighbouring clients, sometimes signed by somebody else or for another edge.
    function relayOffers(uint256 seed) public move(seed) {
        uint256 e = _draw(EDGES);
        uint256 first = _draw(CLIENTS);
        Opening[] memory openings = new Opening[](1 + _draw(3));
        SealedOffer[] memory offers = new SealedOffer[](openings.length);
        bool right = true;
        bool fresh = false;
        for (uint256 i = 0; i < offers.length; i++) {
            address client = clients[(first + i) % CLIENTS];
            openings[i] = Opening(client, _draw(22), e, bytes32(seed));
            uint256 signedFor = _draw(16) == 0 ? e + 1 : e;
            address signer = _draw(16) == 0 ? accounts[_draw(accounts.length)] : client;
            offers[i] = _signed(openings[i], signer, signedFor);
            if (!committed[client]) {
                fresh = true;
                right = right && signer == client && signedFor == e;
            }
        }
        address from = _mostly(operators[e]);
        bool due = _committing() && from == operators[e] && right && fresh;
        _expect(due, _try(from, abi.encodeCall(ICampaign.relay_offers, (e, offers))));
        for (uint256 i = 0; due && i < offers.length; i++) {
            if (!committed[openings[i].sender]) _keep(openings[i], true);
        }
    }

    function revealBids(uint256 seed) public move(seed) {
        Opening[] memory openings = _neighbours(owners);
        bool right = true;
        for (uint256 i = 0; i < openings.length; i++) {
            address who = openings[i].sender;
            if (!opened[who] && (openings[i].amount > escrowOf[who] || !_isTrue(openings[i]))) right = false;
        }
        _reveal(openings, right, abi.encodeCall(ICampaign.reveal_bids, (openings)));
    }

    function revealOffers(uint256 seed) public move(seed) {
        Opening[] memory openings = _neighbours(clients);
        bool right = true;
        for (uint256 i = 0; i < openings.length; i++) {
            address who = openings[i].sender;
            bool admitted = openings[i].edge < EDGES && (openings[i].edge != ADMITTING || relayed[who]);
            if (!opened[who] && (!admitted || !_isTrue(openings[i]))) right = false;
        }
        _reveal(openings, right, abi.encodeCall(ICampaign.reveal_offers, (openings)));
    }

    /// I-4: half of the time the right certificate, else a wrong one; in its phase exactly the right one is accepted.
    function settle(uint256 seed) public move(seed) {
        (uint256 cutoff, uint256[] memory edgeCutoffs) = _certificate();
        bool right = true;
        uint256 wrong = _draw(2) == 0 ? 0 : _otherKey();
        uint256 place = _draw(EDGES + 1);
        if (wrong != 0 && place == EDGES && wrong != cutoff) {
            cutoff = wrong;
            right = false;
        } else if (wrong != 0 && place < EDGES && wrong != edgeCutoffs[place]) {
            edgeCutoffs[place] = wrong;
            right = false;
        }
        bool due = campaign.status() == OPEN && terms.revealEnd <= clock && clock < terms.settleEnd
            && _rolesAreTaken();
        bool ok = _try(stranger, abi.encodeCall(ICampaign.settle, (cutoff, edgeCutoffs)));
        require(ok == (right && due), "I-4: exactly the right certificate settles, in its phase");
    }

    function cancel(uint256 seed) public move(seed) {
        bool due = campaign.status() == OPEN && terms.settleEnd <= clock;
        bool ok = _try(accounts[_draw(accounts.length)], abi.encodeCall(ICampaign.cancel, ()));
        require(ok == due, "I-7: cancelled exactly when nobody can settle any more");
    }

    function _committing() private view returns (bool) {
        return clock < terms.commitEnd;
    }

    function _expect(bool due, bool ok) internal pure {
        require(ok || !due, "a right call was refused");
        require(!ok || due, "I-7: accepted out of phase or from the wrong account");
    }

    function _seal(string memory role, Opening memory o) internal view returns (bytes32) {
        bytes32 kind = keccak256(bytes(role));
        return keccak256(abi.encode(kind, block.chainid, campaign, o.sender, o.amount, o.edge, o.salt));
    }

    function _signed(Opening memory opening, address signer, uint256 e) internal view returns (SealedOffer memory) {
        bytes32 commitment = _seal("cofund offer", opening);
        (bytes32 r, bytes32 vs) =
            _sign(signer, keccak256(abi.encode(keccak256("Offer(uint256 edge,bytes32 commitment)"), e, commitment)));
        return SealedOffer(opening.sender, commitment, r, vs);
    }

    function _keep(Opening memory opening, bool byTheEdge) internal {
        committed[opening.sender] = true;
        relayed[opening.sender] = byTheEdge;
        sealedBy[opening.sender] = opening;
    }

    /// What one to four neighbours sealed; now and then with another salt.
    function _neighbours(address[] storage those) private returns (Opening[] memory openings) {
        uint256 first = _draw(those.length);
        openings = new Opening[](1 + _draw(4));
        for (uint256 i = 0; i < openings.length; i++) {
            address who = those[(first + i) % those.length];
            openings[i] = sealedBy[who];
            openings[i].sender = who;
            if (_draw(32) == 0) openings[i].salt = ~openings[i].salt;
        }
    }

    function _isTrue(Opening memory opening) private view returns (bool) {
        return committed[opening.sender] && opening.salt == sealedBy[opening.sender].salt;
    }

    /// I-3: what is open is passed over, and a batch in which nothing is new is refused.
    function _reveal(Opening[] memory openings, bool right, bytes memory data) private {
        bool fresh = false;
        for (uint256 i = 0; i < openings.length; i++) {
            if (!opened[openings[i].sender]) fresh = true;
        }
        bool due = terms.commitEnd <= clock && clock < terms.revealEnd && right && fresh && _rolesAreTaken();
        _expect(due, _try(stranger, data));
        for (uint256 i = 0; due && i < openings.length; i++) opened[openings[i].sender] = true;
    }

    /// Without these nothing can be settled, and nothing is opened.
    function _rolesAreTaken() internal view returns (bool) {
        return campaign.coordinator_bonded() && (terms.sponsor == address(0) || campaign.sponsor_locked() > 0);
    }

    function _certificate() internal view returns (uint256 cutoff, uint256[] memory edgeCutoffs) {
        uint256[] memory capacities = new uint256[](EDGES);
        for (uint256 e = 0; e < EDGES; e++) {
            (EdgeTerms memory known, EdgeState memory state,) = campaign.edge(e);
            capacities[e] = state.bonded ? known.capacity : 0;
        }
        return Clearing.certificate(_offers(), capacities, terms.cohort);
    }

    function _offers() private view returns (Clearing.Offers memory offers) {
        offers = Clearing.Offers(new uint256[](CLIENTS), new uint256[](CLIENTS));
        for (uint256 i = 0; i < CLIENTS; i++) {
            offers.keys[i] = Clearing.NOBODY;
            if (!opened[clients[i]]) continue;
            Opening memory opening = sealedBy[clients[i]];
            (EdgeTerms memory known,,) = campaign.edge(opening.edge);
            (Client memory client,,) = campaign.offer(clients[i]);
            uint256 amount = opening.amount + known.fee;
            offers.edges[i] = opening.edge;
            if (amount <= terms.ceiling) offers.keys[i] = (amount << 16) | client.position;
        }
    }

    /// Some offer's key, or the one before or after it, or that nobody was turned away.
    function _otherKey() private returns (uint256) {
        uint256 key = _offers().keys[_draw(CLIENTS)];
        return key == Clearing.NOBODY ? key : key + _draw(3) - _draw(2);
    }
}
