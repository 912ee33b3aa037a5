from django.urls import path

from . import views

app_name = "consultations"
urlpatterns = [
    path("consultations/", views.ConsultationList.as_view(), name="list"),
    path("consultations/sheet/", views.HaveSheet.as_view(), name="have_sheet"),
    path("consultations/<str:number>/", views.ConsultationPage.as_view(), name="page"),
    path("consultations/<str:number>/thanks/", views.Thanks.as_view(), name="thanks"),
    path("consultations/<str:number>/results/", views.ResultsFile.as_view(), name="results"),
    path("c/<str:sheet>", views.SheetPage.as_view(), name="sheet"),  # on paper: it must not move
    path("desk/consultations/", views.Desks.as_view(), name="desks"),
    path("desk/consultations/new/", views.New.as_view(), name="new"),
    path("desk/consultations/<uuid:pk>/", views.Desk.as_view(), name="desk"),
    path("desk/consultations/<uuid:pk>/change/", views.Change.as_view(), name="change"),
    path("desk/consultations/<uuid:pk>/publish/", views.Publish.as_view(), name="publish"),
    path("desk/consultations/<uuid:pk>/sheets/", views.Print.as_view(), name="print"),
    path("desk/consultations/<uuid:pk>/sheets/<uuid:run>.pdf", views.SheetsFile.as_view(), name="sheets_file"),
    path("desk/consultations/<uuid:pk>/type-in/", views.TypeIn.as_view(), name="type_in"),
    path("desk/consultations/<uuid:pk>/enter/", views.Enter.as_view(), name="enter"),
    path("desk/consultations/<uuid:pk>/remarks/", views.Remarks.as_view(), name="remarks"),
    path("desk/consultations/<uuid:pk>/remarks/<uuid:remark>/", views.ShowRemark.as_view(), name="remark"),
    path("desk/consultations/<uuid:pk>/remarks/<uuid:remark>/hold/", views.HoldBack.as_view(), name="hold_back"),
    path("desk/consultations/<uuid:pk>/report/", views.Report.as_view(), name="report"),
    path("desk/consultations/<uuid:pk>/conclude/", views.Conclude.as_view(), name="conclude"),
    path("desk/consultations/<uuid:pk>/adopt/", views.Adopt.as_view(), name="adopt"),
]
