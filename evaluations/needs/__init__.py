"""Needs and supply by community: who needs care, what is offered there, and what is missing between the two."""

from .figures import Community, Overview, Side, overview
from .maps import Map, draw_map

__all__ = ["Community", "Map", "Overview", "Side", "draw_map", "overview"]
