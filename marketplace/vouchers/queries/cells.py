"""Figures about few people are hidden: the rule and its arithmetic stand in marketplace/rules/cells.py."""

from marketplace.rules.cells import RULE, hide_small, is_small, may_show_total, smallest_shown

__all__ = ["RULE", "hide_small", "is_small", "may_show_total", "smallest_shown"]
