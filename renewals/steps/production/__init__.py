"""Production: the hall makes the medium, renews the key that was sent in, or prints download codes (RULES D8, P14, B7).

    new medium, renewed key    open ──take──► open ──request──► requested ──issued──► issued ──verify──► installed
                                                                                 installed ──set_pin──► done
    download codes             open ──make_codes──► open ──envelope_printed──► done

The certificate comes out of the same phases as an issuance, at the hall's own desk: its bridge makes the key, the
approval that opened the step vouches, and the new key answers for itself. A first PIN is made by the bridge, sealed.
"""

from renewals.steps.base import SYSTEM, Action, NoData, StaffReason, StepKind
from renewals.steps.issuing import IssuedData, RefusedData, RequestData, VerifyData, store_issued
from renewals.steps.production import codes, making, pins, remaking, resets

MAKE, RESET_PIN, REVOKE = "production.make", "production.reset_pin", "certificates.revoke"

KIND = StepKind(
    actions={
        "take": Action(making.take, making.Medium, who=MAKE, audit=("medium_number", "key_serial")),
        "put_back": Action(making.put_back, NoData, who=MAKE),
        "request": Action(making.request, RequestData, who=MAKE),
        "issued": Action(store_issued, IssuedData, who=SYSTEM),
        "refused": Action(making.refused, RefusedData, who=SYSTEM, audit=("reason",)),
        "verify": Action(making.verify, VerifyData, who=MAKE),
        "ask_pin": Action(pins.ask, NoData, who=MAKE),
        "set_pin": Action(pins.set_pin, pins.SealedPin, who=MAKE),
        "pin_sent": Action(pins.sent, pins.Which, who=SYSTEM, closed_too=True),
        "mailer_printed": Action(pins.mailer_printed, pins.Which, who=MAKE, closed_too=True),
        "ask_reset": Action(resets.ask, resets.KeyState, who=RESET_PIN, audit=("key_serial",)),
        "release_reset": Action(resets.release, StaffReason, who=RESET_PIN, audit=("reason",)),
        "reset_authorised": Action(resets.authorised, resets.Authorisation, who=SYSTEM),
        "reset_refused": Action(resets.refused, RefusedData, who=SYSTEM, audit=("reason",)),
        "reset_used": Action(resets.used, NoData, who=MAKE),
        "make_codes": Action(codes.make_codes, NoData, who=MAKE),
        "envelope_printed": Action(codes.envelope_printed, NoData, who=MAKE),
        "remake": Action(remaking.remake, remaking.Reason, who=REVOKE, audit=("reason",)),
        "remade": Action(remaking.remade, remaking.Revoked, who=SYSTEM, audit=("reason", "outcome")),
    },
    on_open=making.queue,
)
