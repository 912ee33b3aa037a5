"""For mypy: `request.user` is our User. A guard (LoginRequiredMixin) can't narrow a type, and public pages ask only
what AnonymousUser answers too."""

from collections.abc import Callable

from mypy.plugin import AttributeContext, Plugin
from mypy.types import Instance, Type, UnionType, get_proper_type


def without_anonymous(context: AttributeContext) -> Type:
    found = get_proper_type(context.default_attr_type)
    if not isinstance(found, UnionType):
        return found
    kept = [get_proper_type(item) for item in found.items]
    return UnionType.make_union(
        [item for item in kept if not (isinstance(item, Instance) and item.type.name == "AnonymousUser")]
    )


class SignedIn(Plugin):
    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        return without_anonymous if fullname == "django.http.request.HttpRequest.user" else None


def plugin(_version: str) -> type[SignedIn]:
    return SignedIn
