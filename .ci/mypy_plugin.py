"""django-stubs for mypy, but `request.user` is our User: a guard (LoginRequiredMixin) can't narrow a type, and public
pages ask only what AnonymousUser answers too."""

from collections.abc import Callable

from mypy.plugin import AttributeContext
from mypy.types import Instance, Type, UnionType, get_proper_type
from mypy_django_plugin.main import NewSemanalDjangoPlugin


def without_anonymous(found: Type) -> Type:
    found = get_proper_type(found)
    if not isinstance(found, UnionType):
        return found
    kept = [get_proper_type(item) for item in found.items]
    return UnionType.make_union(
        [item for item in kept if not (isinstance(item, Instance) and item.type.name == "AnonymousUser")]
    )


class SignedIn(NewSemanalDjangoPlugin):
    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        hook = super().get_attribute_hook(fullname)
        if hook is None or not fullname.endswith("Request.user"):
            return hook
        return lambda context: without_anonymous(hook(context))


def plugin(_version: str) -> type[SignedIn]:
    return SignedIn
