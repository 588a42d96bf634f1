// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Bytecode} from "../build/Bytecode.sol";
import {EdgeTerms, ICampaign, IFactory, IToken, OwnerWeight, Terms} from "./ICampaign.sol";
import {deployed, vm} from "./Vm.sol";

/// What differs from one kind of campaign to the next.
struct Kind {
    bool underwritten;
    uint256 matched; // parts of 10**9
    uint256 vetoWindow; // seconds
    uint256 tolerance; // rounds
}

/// One campaign of the real factory, on the real bytecode, and everybody who takes part in it.
abstract contract Market {
    uint256 internal constant OWNERS = 4;
    uint256 internal constant CLIENTS = 7;
    uint256 internal constant EDGES = 3;
    uint256 internal constant ADMITTING = 1; // the edge that takes only what its operator relays
    uint256 internal constant ROUNDS = 5;
    uint256 internal constant MINTED = 2 ** 100;

    IToken public token;
    ICampaign public campaign;
    Terms internal terms;
    uint256[ROUNDS] internal quality = [uint256(3e8), 25e7, 2e8, 15e7, 1e8];

    address[] public accounts; // everybody, once
    address[] internal owners;
    address[] internal clients;
    address[] internal operators;
    address internal coordinator;
    address internal sponsor;
    address internal initiator;
    address internal stranger;
    mapping(address => uint256) internal keyOf;

    function _open(Kind memory kind) internal {
        token = IToken(deployed(Bytecode.TestToken));
        coordinator = _account("coordinator", 0);
        sponsor = _account("sponsor", 0);
        initiator = _account("initiator", 0);
        stranger = _account("stranger", 0);
        for (uint256 i = 0; i < OWNERS; i++) owners.push(_account("owner", i));
        for (uint256 i = 0; i < CLIENTS; i++) clients.push(_account("client", i));
        for (uint256 i = 0; i < EDGES; i++) operators.push(_account("operator", i));
        _create(kind);
        token.mint(accounts, MINTED);
        for (uint256 i = 0; i < accounts.length; i++) {
            vm.prank(accounts[i]);
            token.approve(address(campaign), type(uint256).max);
        }
    }

    function _account(string memory role, uint256 number) private returns (address account) {
        uint256 key = uint256(keccak256(abi.encode(role, number))) >> 8;
        account = _addressOf(key);
        keyOf[account] = key;
        accounts.push(account);
    }

    function _addressOf(uint256 key) internal pure virtual returns (address) {
        return vm.addr(key);
    }

    function _create(Kind memory kind) private {
        address blueprint = deployed(Bytecode.Campaign);
        address refusals = deployed(Bytecode.Refusals);
        address distribution = deployed(Bytecode.Distribution);
        address serial = deployed(Bytecode.SerialSharing);
        address pivot = deployed(Bytecode.PivotSharing);
        bytes memory arguments = abi.encode(blueprint, refusals, distribution, serial, pivot);
        IFactory factory = IFactory(deployed(bytes.concat(Bytecode.CampaignFactory, arguments)));
        EdgeTerms[] memory edges = new EdgeTerms[](EDGES);
        edges[0] = EdgeTerms(operators[0], 2, 1, false);
        edges[ADMITTING] = EdgeTerms(operators[ADMITTING], 2, 0, true);
        edges[2] = EdgeTerms(operators[2], 1, 3, false);
        uint256[] memory curve = new uint256[](1);
        for (uint256 r = 0; r < ROUNDS; r++) curve[0] |= quality[r] << (32 * r);
        OwnerWeight[] memory weights = new OwnerWeight[](1);
        weights[0] = OwnerWeight(owners[0], 3);
        vm.prank(initiator);
        campaign = ICampaign(factory.create(_termsOf(kind), edges, curve, weights, ""));
        terms = campaign.terms();
    }

    function _termsOf(Kind memory kind) private view returns (Terms memory made) {
        made.token = address(token);
        made.coordinator = coordinator;
        made.underwritten = kind.underwritten;
        made.matched = kind.matched;
        if (kind.underwritten || kind.matched > 0) made.sponsor = sponsor;
        made.commitEnd = block.timestamp + 400;
        made.revealEnd = made.commitEnd + 200;
        made.settleEnd = made.revealEnd + 200;
        made.roundLimit = 150;
        made.vetoWindow = kind.vetoWindow;
        made.deliveryWindow = 100;
        made.tick = 10;
        made.cohort = 4;
        made.minCohort = 2;
        made.ceiling = 20;
        made.coordinatorFee = 7;
        made.rounds = ROUNDS;
        made.goal = 2;
        made.tolerance = kind.tolerance;
        made.ownerBond = 50;
        made.clientBond = 203;
        made.edgeBond = 101;
        made.coordinatorBond = 64;
    }
}
