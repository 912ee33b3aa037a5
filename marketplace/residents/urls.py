from django.urls import path

from .views import imports, register

app_name = "residents"
urlpatterns = [
    path("desk/residents/", register.Register.as_view(), name="register"),
    path("desk/residents/add/", register.AddResident.as_view(), name="add"),
    path("desk/residents/imports/add/", imports.SendFile.as_view(), name="preview_import"),
    path("desk/residents/imports/", imports.Imports.as_view(), name="imports"),
    path("desk/residents/imports/match/", imports.SendMatch.as_view(), name="send_match"),
    path("desk/residents/imports/<uuid:pk>/", imports.Import.as_view(), name="import"),
    path("desk/residents/<uuid:pk>/", register.ResidentPage.as_view(), name="resident"),
    path("desk/residents/<uuid:pk>/open/", register.Unmask.as_view(), name="unmask"),
    path("desk/residents/<uuid:pk>/record/<uuid:view>/", register.Record.as_view(), name="record"),
    path("desk/residents/<uuid:pk>/state/<slug:verb>/", register.ChangeState.as_view(), name="state"),
    path("desk/residents/<uuid:pk>/delegates/add/", register.AddDelegation.as_view(), name="add_delegation"),
    path(
        "desk/residents/<uuid:pk>/delegates/<uuid:delegation>/end/",
        register.EndDelegation.as_view(),
        name="end_delegation",
    ),
]
