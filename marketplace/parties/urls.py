from django.urls import path

from .views import account, members, organisations, sign_in

app_name = "parties"
urlpatterns = [
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("account/", account.Profile.as_view(), name="profile"),
    path("account/password/", account.ChangePassword.as_view(), name="change_password"),
    path("account/tokens/", account.Tokens.as_view(), name="tokens"),
    path("account/tokens/new/", account.IssueToken.as_view(), name="issue_token"),
    path("account/tokens/<uuid:pk>/revoke/", account.RevokeToken.as_view(), name="revoke_token"),
    path("account/switch/", members.Switch.as_view(), name="switch"),
    path("password/", account.AskReset.as_view(), name="ask_reset"),
    path("password/sent/", account.ResetSent.as_view(), name="reset_sent"),
    path("password/<str:uid>/<str:token>/", account.ResetPassword.as_view(), name="reset_password"),
    path("join/", organisations.Join.as_view(), name="join"),
    path("invitation/<str:token>/", members.Accept.as_view(), name="accept"),
    path("invitations/<uuid:pk>/withdraw/", members.WithdrawInvitation.as_view(), name="withdraw_invitation"),
    path("memberships/<uuid:pk>/end/", members.EndMembership.as_view(), name="end_membership"),
    path("organisations/", organisations.OrganisationList.as_view(), name="organisations"),
    path("organisations/new/", organisations.Register.as_view(), name="register"),
    path("organisations/<uuid:pk>/members/", members.Members.as_view(), name="members"),
    path("organisations/<uuid:pk>/invite/", members.Invite.as_view(), name="invite"),
    path("organisations/<uuid:pk>/edit/", organisations.Edit.as_view(), name="edit"),
    path("organisations/<uuid:pk>/admit/", organisations.Admit.as_view(), name="admit"),
    path("organisations/<uuid:pk>/refuse/", organisations.Refuse.as_view(), name="refuse"),
    path("organisations/<uuid:pk>/suspend/", organisations.Suspend.as_view(), name="suspend"),
    path("organisations/<uuid:pk>/reinstate/", organisations.Reinstate.as_view(), name="reinstate"),
]
