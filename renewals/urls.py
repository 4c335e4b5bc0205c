"""The renewals app's addresses."""

from django.urls import URLPattern, URLResolver, include, path

from renewals.api import claim as api_claim
from renewals.api import environment as api_environment
from renewals.api import file as api_file
from renewals.api import install as api_install
from renewals.api import progress as api_progress
from renewals.api import proof as api_proof
from renewals.api import registry as api_registry
from renewals.api import resume as api_resume
from renewals.api import seal as api_seal
from renewals.api import unblock as api_unblock
from renewals.views import (
    agents,
    application,
    bundles,
    cancel,
    certificates,
    claim_authorised,
    consent,
    delivery,
    documents,
    environment,
    file_certificate,
    help_centre,
    home,
    identity,
    identity_phone,
    install,
    invoice,
    key_proof,
    notice,
    old_keys,
    orders,
    parcel,
    payment,
    progress_query,
    request_form,
    resume,
    seal,
    transfer,
    unblock,
)

_ORDER = "orders/<str:public_id>/"
_ITEM = "api/install/<str:item>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("renew/", certificates.renew, name="renew"),
    path("apply/", include("renewals.apply_urls")),
    path("certificates/claim/", certificates.claim, name="claim"),
    path("certificates/claim/authorised/", claim_authorised.claim, name="claim-authorised"),
    path("", include("renewals.certificate_urls")),
    # an order, room by room
    path("orders/", orders.index, name="orders"),
    path(_ORDER, orders.order, name="order"),
    path(f"{_ORDER}live/", orders.live, name="order-live"),
    path(f"{_ORDER}consent/", consent.consent, name="order-consent"),
    path(f"{_ORDER}notice/", notice.notice, name="order-notice"),
    path(f"{_ORDER}key/", key_proof.key_proof, name="order-key-proof"),
    path(f"{_ORDER}application/", application.application, name="order-application"),
    path(f"{_ORDER}application/draft/", application.draft, name="order-draft"),
    path(f"{_ORDER}application/check/", application.check, name="order-check"),
    path(f"{_ORDER}application/answers/", application.answers, name="order-answers"),
    path(f"{_ORDER}form/", request_form.request_form, name="order-request-form"),
    path(f"{_ORDER}form/live/", request_form.live, name="order-request-form-live"),
    path(f"{_ORDER}documents/", documents.documents, name="order-documents"),
    path(f"{_ORDER}documents/live/", documents.live, name="order-documents-live"),
    path(f"{_ORDER}identity/", identity.identity, name="order-identity"),
    path(f"{_ORDER}identity/live/", identity.live, name="order-identity-live"),
    path(f"{_ORDER}identity/code/", identity.qr, name="order-identity-qr"),
    path(f"{_ORDER}identity/link/", identity.link, name="order-identity-link"),
    path(f"{_ORDER}identity/here/", identity.here, name="order-identity-here"),
    path(f"{_ORDER}identity/staff/", identity.staff, name="order-identity-staff"),
    path(f"{_ORDER}identity/again/", identity.again, name="order-identity-again"),
    path(f"{_ORDER}authorisation/", claim_authorised.authorisation, name="order-authorisation"),
    path(f"{_ORDER}pay/", payment.pay, name="order-pay"),
    path(f"{_ORDER}pay/transfer/", transfer.transfer, name="order-transfer"),
    path(f"{_ORDER}pay/transfer/check/", transfer.check, name="order-transfer-check"),
    path(f"{_ORDER}pay/transfer/withdraw/", transfer.withdraw, name="order-transfer-withdraw"),
    path(f"{_ORDER}pay/transfer/payer/", transfer.payer, name="order-transfer-payer"),
    path(f"{_ORDER}invoice/", invoice.invoice, name="order-invoice"),
    path(f"{_ORDER}seal/", seal.seal, name="order-seal"),
    path(f"{_ORDER}install/", install.install, name="order-install"),
    path(f"{_ORDER}environment/", environment.environment, name="order-environment"),
    path(f"{_ORDER}unblock/", unblock.unblock, name="order-unblock"),
    path(f"{_ORDER}file/", file_certificate.file_certificate, name="order-file"),
    path(f"{_ORDER}parcel/", parcel.parcel, name="order-parcel"),
    path(f"{_ORDER}parcel/label/", parcel.label, name="order-parcel-label"),
    path(f"{_ORDER}delivery/", delivery.delivery, name="order-delivery"),
    path(f"{_ORDER}delivery/receipt/", delivery.receipt, name="order-receipt"),
    path(f"{_ORDER}delivery/letter/", delivery.letter, name="order-letter"),
    path(f"{_ORDER}cancel/", cancel.cancel, name="order-cancel"),
    path(f"{_ORDER}old-keys/", old_keys.confirm, name="order-old-keys"),
    # who acts for whom (RULES P16)
    path("agents/", agents.index, name="agents"),
    path("agents/withdraw/", agents.withdraw, name="agent-withdraw"),
    # several orders paid at once (RULES P16)
    path("bundles/", bundles.index, name="bundles"),
    path("bundles/<str:public_id>/", bundles.one, name="bundle"),
    path("bundles/<str:public_id>/dissolve/", bundles.dissolve, name="bundle-dissolve"),
    # the handler's phone (RULES C8)
    path("phone/", identity_phone.page, name="phone"),
    path("phone/open/<slug:token>/", identity_phone.link, name="phone-link"),
    path("phone/photos/", identity_phone.take, name="phone-photos"),
    path("phone/start/", identity_phone.start, name="phone-start"),
    path("phone/go/", identity_phone.go, name="phone-go"),
    path("phone/back/<slug:check>/", identity_phone.back, name="phone-back"),
    path("phone/live/", identity_phone.live, name="phone-live"),
    # at another computer (RULES P6)
    path("progress/", progress_query.progress, name="progress"),
    path("install/", resume.resume, name="install-by-code"),
    path("install/key/", resume.key, name="install-key"),
    # help
    path("help/", help_centre.index, name="help"),
    path("help/serial/", help_centre.serial, name="help-serial"),
    path("help/environment/", help_centre.environment, name="help-environment"),
    path("help/messages/", help_centre.messages, name="help-messages"),
    path("downloads/", help_centre.downloads, name="downloads"),
    path("staff/", include("renewals.staff_urls")),
    # what the CA's own systems send
    path("api/registry/certificates/", api_registry.certificates, name="api-registry-certificates"),
    # what the pages' scripts ask
    path("api/claim/look/", api_claim.look, name="api-claim-look"),
    path("api/claim/challenge/", api_claim.challenge, name="api-claim-challenge"),
    path("api/claim/prove/", api_claim.prove, name="api-claim-prove"),
    path("api/progress/challenge/", api_progress.challenge, name="api-progress-challenge"),
    path("api/progress/prove/", api_progress.prove, name="api-progress-prove"),
    path("api/proof/<str:item>/challenge/", api_proof.challenge, name="api-proof-challenge"),
    path("api/proof/<str:item>/prove/", api_proof.prove, name="api-proof-prove"),
    path("api/environment/<str:item>/", api_environment.report, name="api-environment-report"),
    path("api/unblock/<str:item>/ask/", api_unblock.ask, name="api-unblock-ask"),
    path("api/unblock/<str:item>/authorization/", api_unblock.authorization, name="api-unblock-authorization"),
    path("api/unblock/<str:item>/challenge/", api_unblock.challenge, name="api-unblock-challenge"),
    path("api/unblock/<str:item>/done/", api_unblock.done, name="api-unblock-done"),
    path("api/unblock/<str:item>/again/", api_unblock.again, name="api-unblock-again"),
    path("api/seal/<str:item>/state/", api_seal.state, name="api-seal-state"),
    path("api/seal/<str:item>/challenge/", api_seal.challenge, name="api-seal-challenge"),
    path("api/seal/<str:item>/verify/", api_seal.verify, name="api-seal-verify"),
    path("api/resume/challenge/", api_resume.challenge, name="api-resume-challenge"),
    path("api/resume/prove/", api_resume.prove, name="api-resume-prove"),
    path(_ITEM, api_install.state, name="api-install-state"),
    path(f"{_ITEM}code/", api_install.code, name="api-install-code"),
    path(f"{_ITEM}challenge/", api_install.challenge, name="api-install-challenge"),
    path(f"{_ITEM}request/", api_install.request_certificate, name="api-install-request"),
    path(f"{_ITEM}verify/", api_install.verify, name="api-install-verify"),
    path("api/file/<str:item>/begin/", api_file.begin, name="api-file-begin"),
    path("api/file/<str:item>/codes/", api_file.codes, name="api-file-codes"),
    path("api/file/<str:item>/request/", api_file.request_certificate, name="api-file-request"),
    path("api/file/<str:item>/saved/", api_file.saved, name="api-file-saved"),
]
