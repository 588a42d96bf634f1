// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Bytecode} from "../build/Bytecode.sol";
import {EdgeTerms, IBooks, ICampaign, IFactory, IToken, OwnerWeight, Terms} from "./ICampaign.sol";
import {deployed, vm} from "./Vm.sol";

/// What differs from one kind of campaign to the next.
struct Kind {
    bool underwritten;
    uint256 matched; // parts of 10**9
    uint256 vetoWindow; // seconds
    uint256 tolerance; // parts of 10**9
    uint256 unaccepted; // rounds
}

/// One campaign of the real factory, on the real bytecode, and everybody who takes part in it.
abstract contract Market {
    uint256 internal constant OWNERS = 4;
    uint256 internal constant CLIENTS = 7;
    uint256 internal constant OPERATORS = 3;
    uint256 internal constant EDGES = 4; // one is a region; one operator has two edges
    uint256 internal constant ROUNDS = 5;
    uint256 internal constant MINTED = 2 ** 100;

    IToken public token;
    ICampaign public campaign;
    IBooks public books;
    Terms internal terms;
    uint256[ROUNDS] internal quality = [uint256(3e8), 25e7, 2e8, 15e7, 1e8];

    address[] public accounts; // everybody, once
    address[] internal owners;
    address[] internal clients;
    address[] internal operators;
    uint256[EDGES] internal operatorOf = [uint256(0), 1, 0, 2];
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
        for (uint256 i = 0; i < OPERATORS; i++) operators.push(_account("operator", i));
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
        bytes memory arguments = abi.encode(
            deployed(Bytecode.Campaign),
            deployed(Bytecode.Books),
            deployed(Bytecode.SealedBooks),
            deployed(Bytecode.Refusals),
            deployed(Bytecode.SerialSharing),
            deployed(Bytecode.PivotSharing)
        );
        IFactory factory = IFactory(deployed(bytes.concat(Bytecode.CampaignFactory, arguments)));
        EdgeTerms[] memory edges = new EdgeTerms[](EDGES);
        edges[0] = EdgeTerms(operators[0], 3, 1, 20, 0);
        edges[1] = EdgeTerms(operators[1], 2, 0, 18, 0);
        edges[2] = EdgeTerms(operators[0], 2, 2, 20, 1); // below the first
        edges[3] = EdgeTerms(operators[2], 1, 3, 20, 0);
        uint256[] memory curve = new uint256[](1);
        for (uint256 r = 0; r < ROUNDS; r++) curve[0] |= quality[r] << (32 * r);
        uint256[] memory goals = new uint256[](2);
        (goals[0], goals[1]) = ((1 << 16) | 3, (4 << 16) | 2); // three rounds are sold together, or two to more buyers
        Terms memory proposed = _termsOf(kind);
        OwnerWeight[] memory weights = new OwnerWeight[](proposed.listedOwners ? OWNERS : 0);
        for (uint256 i = 0; i < weights.length; i++) weights[i] = OwnerWeight(owners[i], i == 0 ? 3 : 1);
        vm.prank(initiator);
        campaign = ICampaign(factory.create(proposed, edges, curve, goals, weights, ""));
        books = campaign.books();
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
        made.unaccepted = kind.unaccepted;
        made.listedOwners = kind.underwritten || kind.matched > 0;
        made.deliveryWindow = 100;
        made.tick = 10;
        made.cohort = 4;
        made.minCohort = 2;
        made.ceiling = 20;
        made.coordinatorFee = 7;
        made.rounds = ROUNDS;
        made.tolerance = kind.tolerance;
        made.ownerBond = 50;
        made.bookBond = 203;
        made.edgeBond = 101;
        made.coordinatorBond = 64;
    }
}
