"""Contracts, their clauses, and what is delivered, accepted and paid under them."""

from .contract import Clause, Contract, Signing
from .deliverable import Acceptance, Deliverable, DeliveryReport

__all__ = ["Acceptance", "Clause", "Contract", "Deliverable", "DeliveryReport", "Signing"]
