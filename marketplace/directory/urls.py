from django.urls import path

from . import views

app_name = "directory"
urlpatterns = [
    path("providers/", views.Providers.as_view(), name="providers"),
    path("providers/<str:uscc>/", views.ProviderPage.as_view(), name="provider"),
    path("services/", views.Services.as_view(), name="services"),
    path("standards/", views.Standards.as_view(), name="standards"),
    path("standards/<slug:code>/", views.OneVersion.as_view(), name="standard"),
    path("standards/<slug:code>/<int:version>/", views.OneVersion.as_view(), name="standard_version"),
    path("standards/<slug:code>/<int:version>.pdf", views.StandardFile.as_view(), name="standard_file"),
    path("standards/<slug:code>/<int:first>/<int:second>/", views.Compare.as_view(), name="standard_compare"),
    path("desk/standards/", views.OwnStandards.as_view(), name="own_standards"),
    path("desk/standards/new/", views.NewStandard.as_view(), name="new_standard"),
    path("desk/standards/<slug:code>/next/", views.NextVersion.as_view(), name="next_standard"),
    path("desk/standards/<slug:code>/<int:version>/change/", views.ChangeDraft.as_view(), name="change_standard"),
    path("desk/standards/<slug:code>/<int:version>/drop/", views.DropVersion.as_view(), name="drop_standard"),
    path("desk/services/", views.OwnServices.as_view(), name="mine"),
    path("desk/services/add/", views.AddService.as_view(), name="add_service"),
    path("desk/services/<uuid:pk>/", views.ChangeService.as_view(), name="change_service"),
    path("desk/services/<uuid:pk>/withdraw/", views.WithdrawService.as_view(), name="withdraw_service"),
    path("desk/services/<uuid:pk>/relist/", views.RelistService.as_view(), name="relist_service"),
    path("desk/services/points/add/", views.AddPoint.as_view(), name="add_point"),
]
