from django.urls import path
from django.views.generic import RedirectView

from . import views

app_name = "papers"
urlpatterns = [
    path("verify/", views.VerifyFormPage.as_view(), name="verify_form"),
    path("verify/key.json", views.key_file, name="key_file"),
    path("verify/<str:code>", views.VerifyPage.as_view(), name="verify"),
    path("verify/<str:code>/", RedirectView.as_view(pattern_name="papers:verify", permanent=True)),  # as people type it
    path("papers/", views.PaperList.as_view(), name="papers"),
    path("papers/seal/", views.SealPage.as_view(), name="seal"),
    path("papers/<str:code>.pdf", views.PaperFile.as_view(), name="paper_file"),
    path("papers/receipts/<str:code>.json", views.ReceiptFile.as_view(), name="receipt_file"),
    path("papers/receipts/<str:code>.pdf", views.ReceiptPrint.as_view(), name="receipt_print"),
]
