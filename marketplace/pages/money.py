"""Money at the edges: fen inside, yuan outside, never a float."""

import re
from decimal import Decimal, InvalidOperation

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MOST_FEN = 10**13  # 100 thousand million yuan: more than any city's budget, far below 2**63


def format_yuan(fen: int | None) -> str:
    """`123456` fen as `1,234.56`; None as an em dash."""
    if fen is None:
        return "—"
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}{yuan:,}.{rest:02d}"


def parse_yuan(text: str) -> int:
    """`1,234.5`, `¥80` or `８０元` as fen. Raises ValidationError(code="money")."""
    cleaned = re.sub(r"[\s,，¥￥元]", "", text.translate(str.maketrans("０１２３４５６７８９．－", "0123456789.-")))
    try:
        fen = Decimal(cleaned) * 100
    except InvalidOperation:
        raise ValidationError(_("Enter an amount in yuan, such as 80 or 80.50."), code="money") from None
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise ValidationError(_("An amount has at most two decimals."), code="money")
    if abs(fen) > MOST_FEN:
        raise ValidationError(_("This amount is larger than any budget."), code="money")
    return int(fen)


class YuanField(forms.CharField):
    """Typed in yuan, cleaned to fen. `minimum` and `maximum` are fen."""

    def __init__(self, *, minimum: int = 1, maximum: int = MOST_FEN, **kwargs) -> None:
        self.minimum, self.maximum = minimum, maximum
        kwargs.setdefault("max_length", 24)
        super().__init__(**kwargs)
        self.widget.attrs |= {"inputmode": "decimal", "class": "money-input", "autocomplete": "off"}

    def prepare_value(self, value):
        return format_yuan(value).replace(",", "") if isinstance(value, int) else value

    def to_python(self, value):
        text = super().to_python(value)
        return None if text in self.empty_values else parse_yuan(text)

    def validate(self, value) -> None:
        super().validate(value)
        if value is None:
            return
        if value < 0:
            raise ValidationError(_("The amount can't be negative."), code="negative")
        if value < self.minimum:
            raise ValidationError(
                _("The amount must be at least %(yuan)s yuan."),
                code="too_small",
                params={"yuan": format_yuan(self.minimum)},
            )
        if value > self.maximum:
            raise ValidationError(
                _("The amount may be at most %(yuan)s yuan."),
                code="too_large",
                params={"yuan": format_yuan(self.maximum)},
            )

    def run_validators(self, value) -> None:
        """The length of the text was checked by the widget; fen have no length."""
