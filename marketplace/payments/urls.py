from django.urls import path

from . import views

app_name = "payments"
urlpatterns = [
    path("payments/", views.Queue.as_view(), name="queue"),
    path("payments/export.<str:format>", views.QueueExport.as_view(), name="export"),
    path("payments/orders/<uuid:pk>/", views.OrderPage.as_view(), name="order"),
    path("payments/orders/<uuid:pk>/approve/", views.Approve.as_view(), name="approve"),
    path("payments/orders/<uuid:pk>/requeue/", views.Requeue.as_view(), name="requeue"),
    path("payments/orders/<uuid:pk>/cancel/", views.Cancel.as_view(), name="cancel"),
    path("payments/send/", views.Send.as_view(), name="send"),
    path("payments/batches/", views.Batches.as_view(), name="batches"),
    path("payments/batches/<uuid:pk>/", views.BatchPage.as_view(), name="batch"),
    path("payments/batches/<uuid:pk>/file.<str:format>", views.BatchFile.as_view(), name="batch_file"),
    path("payments/answers/", views.Answers.as_view(), name="answers"),
    path("payments/answers/<uuid:pk>/", views.AnswerPage.as_view(), name="answer"),
    path("payments/answers/<uuid:pk>/discard/", views.Discard.as_view(), name="discard"),
    path("payments/accounts/", views.Accounts.as_view(), name="accounts"),
    path("payments/accounts/new/", views.RequestAccount.as_view(), name="request_account"),
    path("payments/accounts/<uuid:pk>/", views.AccountPage.as_view(), name="account"),
    path("payments/accounts/<uuid:pk>/approve/", views.ApproveAccount.as_view(), name="approve_account"),
    path("payments/accounts/<uuid:pk>/refuse/", views.RefuseAccount.as_view(), name="refuse_account"),
]
