"""The shares that the directory shows, counted anew by the clock where somebody has spoken since."""

from django.db.models import Max

from evaluations.models import Feedback
from evaluations.voices.shares import share_since, since
from marketplace.directory.actions import tell_voices
from marketplace.directory.models import ProviderVoices
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation


def count_voices(provider: Organisation) -> ProviderVoices:
    """What the directory shows of a provider, as of now."""
    share = share_since(provider=provider)
    return tell_voices(
        provider,
        people=share.people,
        since=since(),
        satisfied=share.satisfied,
        so_so=share.so_so,
        not_satisfied=share.not_satisfied,
        share=share.share,
        low=share.low,
        high=share.high,
        by=service_user("voices.clock"),
    )


def count_all_voices() -> int:
    """By the clock: providers about whom somebody spoke since the last count, or whose count is a day old. How many."""
    counted = dict(ProviderVoices.objects.values_list("organisation", "counted_at"))
    today = clock.today()
    spoken = (
        Feedback.objects.given()
        .order_by()
        .values("provider")
        .annotate(given=Max("given_at"), changed=Max("changed_at"))
    )
    stale = [
        row["provider"]
        for row in spoken
        if (at := counted.get(row["provider"])) is None
        or max(row["given"], row["changed"] or row["given"]) >= at
        or at.astimezone(clock.SHANGHAI).date() < today
    ]
    for provider in Organisation.objects.filter(pk__in=stale):
        count_voices(provider)
    return len(stale)
