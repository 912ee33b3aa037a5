"""The directory's pages: for the public, and for a provider that keeps its own."""

from .own import AddPoint, AddService, ChangeService, OwnServices, RelistService, WithdrawService
from .public import ProviderPage, Providers, Services

__all__ = [
    "AddPoint",
    "AddService",
    "ChangeService",
    "OwnServices",
    "ProviderPage",
    "Providers",
    "RelistService",
    "Services",
    "WithdrawService",
]
