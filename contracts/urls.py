from django.urls import path

from . import views

app_name = "contracts"
urlpatterns = [
    path("contracts/", views.ContractRegister.as_view(), name="register"),
    path("contracts/desk/", views.ContractDesk.as_view(), name="desk"),
    path("contracts/draft/<uuid:pk>/", views.DraftPage.as_view(), name="draft"),
    path("contracts/admit/<slug:code>/", views.AdmitPage.as_view(), name="admit"),
    path("contracts/instalments/<uuid:pk>/report/", views.ReportPage.as_view(), name="report"),
    path("contracts/instalments/<uuid:pk>/accept/", views.AcceptPage.as_view(), name="accept"),
    path("contracts/instalments/<uuid:pk>/send-back/", views.RejectPage.as_view(), name="reject"),
    path("contracts/evidence/<uuid:pk>/", views.EvidenceFile.as_view(), name="evidence"),
    path("contracts/<str:number>/", views.ContractPage.as_view(), name="contract"),
    path("contracts/<str:number>/contract.pdf", views.ContractPaper.as_view(), name="paper"),
    path("contracts/<str:number>/terms/", views.TermsPage.as_view(), name="terms"),
    path("contracts/<str:number>/articles/<int:position>/", views.ClausePage.as_view(), name="clause"),
    path("contracts/<str:number>/instalments/", views.InstalmentsPage.as_view(), name="instalments"),
    path("contracts/<str:number>/send/", views.SendPage.as_view(), name="send"),
    path("contracts/<str:number>/sign/", views.SignPage.as_view(), name="sign"),
    path("contracts/<str:number>/refuse/", views.RefusePage.as_view(), name="refuse"),
    path("contracts/<str:number>/begin/", views.BeginPage.as_view(), name="begin"),
    path("contracts/<str:number>/close/", views.ClosePage.as_view(), name="close"),
    path("contracts/<str:number>/end/", views.EndPage.as_view(), name="end"),
]
