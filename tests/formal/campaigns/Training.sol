// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Deliveries} from "./Deliveries.sol";
import {Bill, Client, EdgeState, ICampaign} from "./ICampaign.sol";
import {Sealing} from "./Sealing.sol";

/// Moves from the first round to the last payment.
abstract contract Training is Sealing {
    struct Tree {
        address[] clients;
        uint256[] positions;
        uint256[] bitmaps;
    }

    Tree[EDGES] internal trees;
    bool[EDGES] public lied; // its operator signed something that its clients cannot claim to the last unit
    mapping(address => uint256) public mostDelivered; // rounds in any root that was posted
    mapping(address => mapping(uint256 => bool)) private vetoed;

    function recordRound(uint256 seed) public move(seed) {
        address from = _mostly(coordinator);
        uint256 number = campaign.rounds_done() + (_draw(8) == 0 ? _draw(3) : 1);
        bool due = campaign.status() == TRAINING && campaign.training_end() == 0 && from == coordinator
            && number == campaign.rounds_done() + 1 && clock < campaign.round_deadline();
        _expect(due, _try(from, abi.encodeCall(ICampaign.record_round, (number, bytes32(seed), bytes32(0), 0))));
    }

    /// Rarely, or nothing would ever be accepted.
    function veto(uint256 seed) public move(seed) {
        if (_draw(3) > 0) return;
        address from = _mostly(owners[_draw(OWNERS)]);
        uint256 done = campaign.rounds_done();
        uint256 number = done + 1 - _draw(done + 2);
        bool due = campaign.status() == TRAINING && 0 < number && number <= done && committed[from] && _isOwner(from)
            && clock < campaign.recorded_at(number) + terms.vetoWindow && !vetoed[from][number];
        _expect(due, _try(from, abi.encodeCall(ICampaign.veto, (number))));
        if (due) vetoed[from][number] = true;
    }

    function halt(uint256 seed) public move(seed) {
        bool due = campaign.status() == TRAINING && campaign.training_end() == 0 && campaign.round_deadline() <= clock;
        _expect(due, _try(accounts[_draw(accounts.length)], abi.encodeCall(ICampaign.halt, ())));
    }

    function releaseModels(uint256 seed) public move(seed) {
        address from = _mostly(coordinator);
        bool due = campaign.status() == TRAINING && campaign.training_end() != 0 && from == coordinator
            && campaign.training_end() + terms.vetoWindow <= clock && campaign.release_root() == 0 && seed != 0;
        _expect(due, _try(from, abi.encodeCall(ICampaign.release_models, (bytes32(seed)))));
    }

    function close(uint256 seed) public move(seed) {
        bool ended = campaign.status() == TRAINING && campaign.training_end() != 0;
        uint256 end = campaign.training_end() + terms.vetoWindow;
        bool waited = end + 2 * terms.deliveryWindow <= clock;
        bool due = ended && end <= clock && (waited || _allDelivered());
        _expect(due, _try(accounts[_draw(accounts.length)], abi.encodeCall(ICampaign.close, ())));
    }

    /// I-8: the operator's root, or the stand-in's; sometimes signed by others, over other fields, or with another total.
    function postDeliveries(uint256 seed) public move(seed) {
        uint256 e = _draw(EDGES);
        uint256 upTo = _draw(8) == 0 ? _draw(ROUNDS + 2) : campaign.rounds_done();
        (Tree memory tree, bool honest) = _newTree(e, upTo);
        uint256 total = _winningOnes(e, tree);
        if (_draw(16) == 0) {
            total = _draw(12);
            honest = false;
        }
        bytes32 root = Deliveries.root(Deliveries.leaves(tree.positions, tree.bitmaps));
        address right = _signerInTime(e);
        address signer = _mostly(_draw(8) == 0 || right == address(0) ? coordinator : right);
        (bytes32 r, bytes32 vs) = _signDeliveries(signer, _draw(16) == 0 ? e + 1 : e, upTo, root, total);
        bool ok = _try(stranger, abi.encodeCall(ICampaign.post_deliveries, (e, upTo, root, total, r, vs)));
        if (!ok) return;
        require(campaign.status() == TRAINING && signer == right, "I-7, I-8: a root out of time or by the wrong signer");
        require(campaign.recorded_at(upTo) + terms.vetoWindow <= clock, "I-7: a root over a round not accepted");
        if (!honest) lied[e] = true;
        trees[e] = tree;
        for (uint256 i = 0; i < tree.clients.length; i++) {
            uint256 ones = Deliveries.ones(tree.bitmaps[i]);
            if (ones > mostDelivered[tree.clients[i]]) mostDelivered[tree.clients[i]] = ones;
        }
    }

    function claim(uint256 seed) public move(seed) {
        uint256 e = _draw(EDGES);
        if (trees[e].clients.length == 0) return;
        uint256 i = _draw(trees[e].clients.length);
        uint256 claimed = trees[e].bitmaps[i];
        if (_draw(8) == 0) claimed |= 1 << _draw(ROUNDS + 1);
        bytes32[] memory leaves = Deliveries.leaves(trees[e].positions, trees[e].bitmaps);
        bytes32[] memory proof = Deliveries.proof(leaves, 0, i);
        bool ok = _try(stranger, abi.encodeCall(ICampaign.claim, (trees[e].clients[i], claimed, proof)));
        require(!ok || claimed == trees[e].bitmaps[i], "I-9: rounds that nobody signed were paid");
    }

    /// All leaves under one node of an edge's tree.
    function claimMany(uint256 seed) public move(seed) {
        uint256 e = _draw(EDGES);
        uint256 size = trees[e].clients.length;
        if (size == 0) return;
        uint256 height = _draw(4);
        uint256 index = _draw(((size - 1) >> height) + 1);
        uint256 from = index << height;
        uint256 to = from + (1 << height) < size ? from + (1 << height) : size;
        address[] memory these = new address[](to - from);
        uint256[] memory bitmaps = new uint256[](to - from);
        for (uint256 i = from; i < to; i++) {
            these[i - from] = trees[e].clients[i];
            bitmaps[i - from] = trees[e].bitmaps[i];
        }
        bool lie = _draw(8) == 0;
        if (lie) bitmaps[0] ^= 1 << _draw(ROUNDS);
        bytes32[] memory leaves = Deliveries.leaves(trees[e].positions, trees[e].bitmaps);
        bytes32[] memory proof = Deliveries.proof(leaves, height, index);
        bool ok = _try(stranger, abi.encodeCall(ICampaign.claim_many, (e, these, bitmaps, proof)));
        require(!ok || !lie, "I-9: rounds that nobody signed were paid");
    }

    function claimEdgeFee(uint256 seed) public move(seed) {
        _try(stranger, abi.encodeCall(ICampaign.claim_edge_fee, (_draw(EDGES + 1))));
    }

    function withdraw(uint256 seed) public move(seed) {
        address[] memory some = new address[](1 + _draw(3));
        for (uint256 i = 0; i < some.length; i++) some[i] = accounts[_draw(accounts.length)];
        _do(stranger, abi.encodeCall(ICampaign.withdraw, (some)));
    }

    function returnBonds(uint256 seed) public move(seed) {
        address[] memory some = new address[](1 + _draw(2));
        for (uint256 i = 0; i < some.length; i++) some[i] = clients[_draw(CLIENTS)];
        bool ok = _try(stranger, abi.encodeCall(ICampaign.return_bonds, (some)));
        require(!ok || campaign.status() != OPEN, "I-7: a bond returned before settlement");
    }

    function _signDeliveries(address signer, uint256 e, uint256 upTo, bytes32 root, uint256 total)
        internal
        view
        returns (bytes32, bytes32)
    {
        bytes32 kind = keccak256("Deliveries(uint256 edge,uint256 round,bytes32 root,uint256 total)");
        return _sign(signer, keccak256(abi.encode(kind, e, upTo, root, total)));
    }

    /// Bitmaps of all who opened an offer there, winners or not; mostly more of what was signed before.
    function _newTree(uint256 e, uint256 upTo) internal returns (Tree memory tree, bool honest) {
        honest = _draw(8) > 0;
        uint256 size = 0;
        for (uint256 i = 0; i < CLIENTS; i++) if (opened[clients[i]] && sealedBy[clients[i]].edge == e) size++;
        if (size == 0) size = 1; // somebody who has nothing to claim there
        tree = Tree(new address[](size), new uint256[](size), new uint256[](size));
        tree.clients[0] = clients[0];
        uint256 next = 0;
        for (uint256 i = 0; i < CLIENTS; i++) {
            address client = clients[i];
            if (!opened[client] || sealedBy[client].edge != e) continue;
            (Client memory known,,) = campaign.offer(client);
            tree.clients[next] = client;
            tree.positions[next] = known.position;
            uint256 fresh = _draw(2) == 0 ? type(uint256).max : uint256(keccak256(abi.encode(_draw(type(uint256).max))));
            tree.bitmaps[next++] = (_signedBefore(e, client) | fresh) & ((1 << upTo) - 1);
            if (!honest && _draw(2) == 0) tree.bitmaps[next - 1] &= fresh >> 1;
        }
    }

    function _signedBefore(uint256 e, address client) private view returns (uint256) {
        for (uint256 i = 0; i < trees[e].clients.length; i++) {
            if (trees[e].clients[i] == client) return trees[e].bitmaps[i];
        }
        return 0;
    }

    function _winningOnes(uint256 e, Tree memory tree) internal view returns (uint256 total) {
        for (uint256 i = 0; i < tree.clients.length; i++) {
            if (_wins(e, tree.clients[i])) total += Deliveries.ones(tree.bitmaps[i]);
        }
    }

    function _wins(uint256 e, address client) internal view returns (bool) {
        if (!opened[client]) return false;
        (, EdgeState memory state,) = campaign.edge(e);
        (Client memory known, uint256 at, uint256 amount) = campaign.offer(client);
        return at == e && ((amount << 16) | known.position) < state.bound;
    }

    /// Whose signature counts now; the zero address if nobody's does any more.
    function _signerInTime(uint256 e) internal view returns (address) {
        if (campaign.training_end() == 0) return operators[e];
        uint256 deadline = campaign.training_end() + terms.vetoWindow + terms.deliveryWindow;
        if (clock < deadline) return operators[e];
        return clock < deadline + terms.deliveryWindow ? coordinator : address(0);
    }

    function _allDelivered() internal view returns (bool) {
        uint256 done = campaign.rounds_done();
        if (done > 0 && campaign.release_root() == 0) return false;
        for (uint256 e = 0; e < EDGES; e++) {
            (, EdgeState memory state,) = campaign.edge(e);
            if (state.winners > 0 && state.upToRound < done) return false;
        }
        return true;
    }

    function _isOwner(address account) private view returns (bool) {
        for (uint256 i = 0; i < OWNERS; i++) if (owners[i] == account) return true;
        return false;
    }
}
