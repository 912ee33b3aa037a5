"""Rows under lock, parents before children: tender, lot, panel, bids."""

import uuid

from ..models import Lot, Panel, Tender


def locked_tender(pk: uuid.UUID) -> Tender:
    return Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=pk)


def locked_lot(tender: Tender, pk: uuid.UUID) -> Lot:
    lot = tender.lots.select_for_update().get(pk=pk)
    lot.tender = tender
    return lot


def locked_panel(tender: Tender) -> Panel:
    """Raises Panel.DoesNotExist before the draw."""
    panel = Panel.objects.select_for_update().get(tender=tender)
    panel.tender = tender
    return panel
