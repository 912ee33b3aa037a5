"""What residents say of a provider, as the directory shows it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.parties.models import Organisation


class ProviderVoices(models.Model):
    """What residents say of a provider, told by the app that hears them: counts and a share, never who.

    `people` residents spoke since `since`. `share`, `low` and `high` are percent: how many are satisfied, and between
    which bounds that lies (Wilson's interval). They are empty while too few have spoken (rule `feedback.shown_from`).
    """

    organisation = models.OneToOneField(
        Organisation, primary_key=True, on_delete=models.CASCADE, related_name="voices", verbose_name=_("provider")
    )
    people = models.PositiveIntegerField(_("residents"))
    satisfied = models.PositiveIntegerField(default=0)
    so_so = models.PositiveIntegerField(default=0)
    not_satisfied = models.PositiveIntegerField(default=0)
    share = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    low = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    high = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    since = models.DateField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(share=None) | models.Q(share__gte=models.F("low"), share__lte=models.F("high")),
                name="share_of_voices_in_its_interval",
            )
        ]
