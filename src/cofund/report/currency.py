"""Amounts as people read them, for the views: those of ``cofund.money``."""

from cofund.money import Currency, money, rounded

__all__ = ["Currency", "money", "rounded"]
