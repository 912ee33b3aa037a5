"""The operator's administration of people, organisations and places. What is history is shown, not edited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .models import ApiToken, Invitation, Membership, NumberSeries, Organisation, Region, User


class LookOnly(admin.ModelAdmin):
    """Rows that only verbs write: the pages of the desk change them, this one shows them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)


class MembershipsOfOne(admin.TabularInline):
    model = Membership
    extra = 0
    can_delete = False
    fields = readonly_fields = ("user", "organisation", "role", "created_at", "ended_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(LookOnly):
    list_display = ("name", "email", "phone", "is_active", "is_superuser", "is_service", "last_login")
    list_filter = ("is_active", "is_superuser", "is_service")
    search_fields = ("name", "email", "phone")
    exclude = ("password", "groups", "user_permissions")
    inlines = (MembershipsOfOne,)


@admin.register(Organisation)
class OrganisationAdmin(LookOnly):
    list_display = ("name", "uscc", "kind", "legal_form", "region", "state")
    list_filter = ("kind", "legal_form", "state")
    list_select_related = ("region",)
    search_fields = ("name", "name_en", "uscc")
    inlines = (MembershipsOfOne,)


@admin.register(Region)
class RegionAdmin(admin.ModelAdmin):
    """A name can be put right here; codes come from the official list (`load_regions`)."""

    list_display = ("code", "name", "name_en", "level", "parent", "is_rural")
    list_filter = ("level", "is_rural")
    list_select_related = ("parent",)
    search_fields = ("code", "name", "name_en")
    readonly_fields = ("code", "level", "parent")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(LookOnly):
    list_display = ("user", "organisation", "role", "created_at", "ended_at")
    list_filter = ("role",)
    list_select_related = ("user", "organisation")
    search_fields = ("user__name", "organisation__name", "organisation__uscc")


@admin.register(Invitation)
class InvitationAdmin(LookOnly):
    list_display = ("organisation", "role", "contact", "invited_by", "expires_at", "accepted_at", "withdrawn_at")
    list_select_related = ("organisation", "invited_by")


@admin.register(ApiToken)
class ApiTokenAdmin(LookOnly):
    list_display = ("name", "user", "organisation", "created_at", "last_used_on", "revoked_at")
    list_select_related = ("user", "organisation")
    exclude = ("digest",)


@admin.register(NumberSeries)
class NumberSeriesAdmin(LookOnly):
    list_display = ("organisation", "kind", "year", "last")
    list_select_related = ("organisation",)
