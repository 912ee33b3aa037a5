from django.urls import path

from . import views

app_name = "directory"
urlpatterns = [
    path("providers/", views.Providers.as_view(), name="providers"),
    path("providers/<str:uscc>/", views.ProviderPage.as_view(), name="provider"),
    path("services/", views.Services.as_view(), name="services"),
    path("desk/services/", views.OwnServices.as_view(), name="mine"),
    path("desk/services/add/", views.AddService.as_view(), name="add_service"),
    path("desk/services/<uuid:pk>/", views.ChangeService.as_view(), name="change_service"),
    path("desk/services/<uuid:pk>/withdraw/", views.WithdrawService.as_view(), name="withdraw_service"),
    path("desk/services/<uuid:pk>/relist/", views.RelistService.as_view(), name="relist_service"),
    path("desk/services/points/add/", views.AddPoint.as_view(), name="add_point"),
]
