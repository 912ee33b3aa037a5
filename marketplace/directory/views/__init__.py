"""The directory's pages: for the public, for a provider that keeps its own, and the standards of service."""

from .own import AddPoint, AddService, ChangeService, OwnServices, RelistService, WithdrawService
from .public import ProviderPage, Providers, Services
from .standards import (
    ChangeDraft,
    Compare,
    DropVersion,
    NewStandard,
    NextVersion,
    OneVersion,
    OwnStandards,
    StandardFile,
    Standards,
)

__all__ = [
    "AddPoint",
    "AddService",
    "ChangeDraft",
    "ChangeService",
    "Compare",
    "DropVersion",
    "NewStandard",
    "NextVersion",
    "OneVersion",
    "OwnServices",
    "OwnStandards",
    "ProviderPage",
    "Providers",
    "RelistService",
    "Services",
    "StandardFile",
    "Standards",
    "WithdrawService",
]
