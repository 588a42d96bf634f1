"""Scripted campaigns whose books stay sealed, on the twin."""

from dataclasses import dataclass, replace

from evm import PACKAGED, Build
from scenario import Scenario, operator_of
from sealed_twin import SealedTwin, by_edge
from twin import SOME_TERMS, START, Terms

SEALED = {"sealed": True, "stake": 33, "absence_window_s": 10, "settle_end": START + 400}
SEALED_TERMS = replace(SOME_TERMS, **SEALED)


@dataclass(frozen=True)
class SealedScenario(Scenario):
    """See ``Scenario``; who is silent among operators is called absent, and shows no book."""

    terms: Terms = SEALED_TERMS

    def committed(self, build: Build = PACKAGED) -> SealedTwin:
        twin = SealedTwin(self.terms, build)
        assert twin.post_coordinator_bond() is None
        for edge in range(len(self.terms.edges)):
            if edge not in self.unbonded:
                assert twin.post_edge_bond(edge, operator_of(self.terms, edge)) is None
        for i, bid in enumerate(self.bids):
            assert twin.commit_bid(f"owner{i}", bid, bid + 100) is None
        for edge, listed in by_edge({f"client{i}": offer for i, offer in enumerate(self.offers)}).items():
            assert twin.commit_sealed(edge, listed) is None
        return twin

    def revealed(self, build: Build = PACKAGED) -> SealedTwin:
        twin = self.committed(build)
        twin.at(self.terms.commit_end)
        twin.reveal_bids(*(f"owner{i}" for i in range(len(self.bids)) if f"owner{i}" not in self.silent))
        return twin

    def away(self) -> set[int]:
        return {edge for _, edge in self.offers if operator_of(self.terms, edge) in self.silent}

    def settled(self, build: Build = PACKAGED) -> SealedTwin:
        twin = self.revealed(build)
        twin.at(self.terms.reveal_end)
        assert twin.settle_sealed(self.away(), sender="settler") is None
        if twin.ledger.attempt:
            twin.at(twin.ledger.attempt.until)
            assert twin.confirm() is None
        return twin


def disproved(scenario: SealedScenario) -> SealedTwin:
    """Settled with all books after those of one operator were called absent, and opened."""
    twin = scenario.revealed()
    twin.at(scenario.terms.reveal_end)
    assert twin.settle_sealed({1}, sender="settler") is None
    assert twin.open_sealed(1) is None
    assert twin.settle_sealed() is None
    return twin


def given_up(scenario: SealedScenario) -> SealedTwin:
    """Cancelled while an attempt stood."""
    twin = scenario.revealed()
    twin.at(scenario.terms.reveal_end)
    assert twin.settle_sealed({1}, sender="settler") is None
    twin.at(scenario.terms.settle_end)
    assert twin.cancel() is None
    assert twin.give_up() is None
    return twin
