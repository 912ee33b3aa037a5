from django.urls import path

from . import views

app_name = "residents"
urlpatterns = [
    path("desk/residents/", views.Register.as_view(), name="register"),
    path("desk/residents/add/", views.AddResident.as_view(), name="add"),
    path("desk/residents/imports/add/", views.PreviewImport.as_view(), name="preview_import"),
    path("desk/residents/imports/<uuid:pk>/", views.Import.as_view(), name="import"),
    path("desk/residents/<uuid:pk>/", views.ResidentPage.as_view(), name="resident"),
    path("desk/residents/<uuid:pk>/open/", views.Unmask.as_view(), name="unmask"),
    path("desk/residents/<uuid:pk>/record/<uuid:view>/", views.Record.as_view(), name="record"),
    path("desk/residents/<uuid:pk>/state/<slug:verb>/", views.ChangeState.as_view(), name="state"),
    path("desk/residents/<uuid:pk>/delegates/add/", views.AddDelegation.as_view(), name="add_delegation"),
    path(
        "desk/residents/<uuid:pk>/delegates/<uuid:delegation>/end/",
        views.EndDelegation.as_view(),
        name="end_delegation",
    ),
]
