"""Tables that only grow. The audit's neighbours in the house take the same word from `pages.triggers`."""

from marketplace.pages.triggers import append_only

__all__ = ["append_only"]
