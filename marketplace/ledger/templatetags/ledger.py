"""How a budget is drawn."""

from django import template

register = template.Library()


@register.filter
def share(part: int, whole: int) -> str:
    """Per cent of the whole with one decimal and a point, as SVG wants it; 0.0 of nothing."""
    return f"{min(100.0, 100 * part / whole):.1f}" if whole else "0.0"
