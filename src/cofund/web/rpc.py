"""The node as the web server asks it: like everybody else."""

from cofund.chain.provider import Provider, Question, Refused

__all__ = ["Question", "Refused", "Rpc"]

Rpc = Provider
