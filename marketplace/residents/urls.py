from django.urls import path

from .views import care, imports, privacy, register

app_name = "residents"
urlpatterns = [
    path("desk/residents/", register.Register.as_view(), name="register"),
    path("desk/residents/add/", register.AddResident.as_view(), name="add"),
    path("desk/residents/imports/add/", imports.SendFile.as_view(), name="preview_import"),
    path("desk/residents/imports/", imports.Imports.as_view(), name="imports"),
    path("desk/residents/imports/match/", imports.SendMatch.as_view(), name="send_match"),
    path("desk/residents/imports/<uuid:pk>/", imports.Import.as_view(), name="import"),
    path("desk/residents/<uuid:pk>/", register.ResidentPage.as_view(), name="resident"),
    path("desk/residents/<uuid:pk>/correct/", register.CorrectResident.as_view(), name="correct"),
    path("desk/residents/<uuid:pk>/open/", register.Unmask.as_view(), name="unmask"),
    path("desk/residents/<uuid:pk>/record/<uuid:view>/", register.Record.as_view(), name="record"),
    path("desk/residents/<uuid:pk>/state/<slug:verb>/", register.ChangeState.as_view(), name="state"),
    path("desk/residents/<uuid:pk>/delegates/add/", register.AddDelegation.as_view(), name="add_delegation"),
    path(
        "desk/residents/<uuid:pk>/delegates/<uuid:delegation>/end/",
        register.EndDelegation.as_view(),
        name="end_delegation",
    ),
    path("desk/residents/<uuid:pk>/account/", register.LinkAccount.as_view(), name="link_account"),
    path("desk/residents/<uuid:pk>/account/end/", register.UnlinkAccount.as_view(), name="unlink_account"),
    path("desk/residents/alerts/", privacy.Alerts.as_view(), name="alerts"),
    path("desk/residents/alerts/<uuid:pk>/", privacy.Alert.as_view(), name="alert"),
    path("desk/residents/<uuid:pk>/erase/", privacy.Erase.as_view(), name="erase"),
    path("desk/residents/<uuid:pk>/assess/", care.Assess.as_view(), name="assess"),
    path(
        "desk/residents/<uuid:pk>/assessments/<uuid:assessment>/",
        care.ConfirmAssessment.as_view(),
        name="confirm_assessment",
    ),
    path("desk/residents/<uuid:pk>/plan/", care.WriteCarePlan.as_view(), name="care_plan"),
    path("desk/residents/<uuid:pk>/benefits/add/", care.AddBenefit.as_view(), name="add_benefit"),
    path("desk/residents/<uuid:pk>/benefits/<uuid:benefit>/end/", care.EndBenefit.as_view(), name="end_benefit"),
]
