"""The renewals app's addresses."""

from django.urls import URLPattern, URLResolver, include, path

from renewals.api import claim as api_claim
from renewals.api import install as api_install
from renewals.api import resume as api_resume
from renewals.views import (
    application,
    cancel,
    certificates,
    consent,
    help_centre,
    home,
    install,
    orders,
    payment,
    resume,
)

_ORDER = "orders/<str:public_id>/"
_ITEM = "api/install/<str:item>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("renew/", certificates.renew, name="renew"),
    path("certificates/claim/", certificates.claim, name="claim"),
    # an order, room by room
    path("orders/", orders.index, name="orders"),
    path(_ORDER, orders.order, name="order"),
    path(f"{_ORDER}live/", orders.live, name="order-live"),
    path(f"{_ORDER}consent/", consent.consent, name="order-consent"),
    path(f"{_ORDER}application/", application.application, name="order-application"),
    path(f"{_ORDER}application/draft/", application.draft, name="order-draft"),
    path(f"{_ORDER}application/check/", application.check, name="order-check"),
    path(f"{_ORDER}application/answers/", application.answers, name="order-answers"),
    path(f"{_ORDER}pay/", payment.pay, name="order-pay"),
    path(f"{_ORDER}install/", install.install, name="order-install"),
    path(f"{_ORDER}cancel/", cancel.cancel, name="order-cancel"),
    # at another computer (RULES P6)
    path("install/", resume.resume, name="install-by-code"),
    path("install/key/", resume.key, name="install-key"),
    # help
    path("help/", help_centre.index, name="help"),
    path("help/serial/", help_centre.serial, name="help-serial"),
    path("help/messages/", help_centre.messages, name="help-messages"),
    path("downloads/", help_centre.downloads, name="downloads"),
    path("staff/", include("renewals.staff_urls")),
    # what the pages' scripts ask
    path("api/claim/look/", api_claim.look, name="api-claim-look"),
    path("api/claim/challenge/", api_claim.challenge, name="api-claim-challenge"),
    path("api/claim/prove/", api_claim.prove, name="api-claim-prove"),
    path("api/resume/challenge/", api_resume.challenge, name="api-resume-challenge"),
    path("api/resume/prove/", api_resume.prove, name="api-resume-prove"),
    path(_ITEM, api_install.state, name="api-install-state"),
    path(f"{_ITEM}code/", api_install.code, name="api-install-code"),
    path(f"{_ITEM}challenge/", api_install.challenge, name="api-install-challenge"),
    path(f"{_ITEM}request/", api_install.request_certificate, name="api-install-request"),
    path(f"{_ITEM}verify/", api_install.verify, name="api-install-verify"),
]
