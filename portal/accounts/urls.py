"""Sign-in, sign-out, captcha pictures, staff accounts. Mounted at the root of the tenant."""

from captcha import views as captcha_views
from django.urls import path, re_path

from portal.accounts.access import access
from portal.accounts.views import sign_in, staff_accounts, staff_sign_in

picture = access("public", transaction=False)(captcha_views.captcha_image)

urlpatterns = [
    path("sign-in/", sign_in.phone, name="sign-in"),
    path("sign-in/code/", sign_in.code, name="sign-in-code"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    re_path(r"^captcha/(?P<key>\w+)/$", picture, {"scale": 1}, name="captcha-image"),
    re_path(r"^captcha/(?P<key>\w+)@2/$", picture, {"scale": 2}, name="captcha-image-2x"),
    path("staff/sign-in/", staff_sign_in.password, name="staff-sign-in"),
    path("staff/second-factor/", staff_sign_in.factor, name="staff-second-factor"),
    path("staff/second-factor/enrol/", staff_sign_in.enrol, name="staff-enrolment"),
    path("staff/invitation/<str:token>/", staff_sign_in.invitation, name="staff-invitation"),
    path("staff/accounts/", staff_accounts.index, name="staff-accounts"),
    path("staff/accounts/new/", staff_accounts.create, name="staff-account-new"),
    path("staff/accounts/<str:public_id>/", staff_accounts.detail, name="staff-account"),
    path("staff/accounts/<str:public_id>/roles/", staff_accounts.roles, name="staff-account-roles"),
    path("staff/accounts/<str:public_id>/disable/", staff_accounts.disable, name="staff-account-disable"),
    path("staff/accounts/<str:public_id>/enable/", staff_accounts.enable, name="staff-account-enable"),
    path("staff/accounts/<str:public_id>/unlock/", staff_accounts.unlock, name="staff-account-unlock"),
    path(
        "staff/accounts/<str:public_id>/second-factor/",
        staff_accounts.reset_second_factor,
        name="staff-account-second-factor",
    ),
    path("staff/accounts/<str:public_id>/invitation/", staff_accounts.invite, name="staff-account-invitation"),
    path("staff/accounts/<str:public_id>/deputies/", staff_accounts.add_deputy, name="staff-account-deputies"),
    path(
        "staff/accounts/<str:public_id>/deputies/<str:deputy_id>/withdraw/",
        staff_accounts.withdraw_deputy,
        name="staff-account-deputy-withdraw",
    ),
]
