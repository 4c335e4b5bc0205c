"""The typed errors of notices; sentences in words.py."""

from portal.errors import GuardRefused, OutsideUnavailable, PortalError


class SmsUnavailable(OutsideUnavailable):
    """The SMS service didn't take the message now: throttled, out of money, down. `reason`: its code."""

    code = "notices.sms_unavailable"


class SmsRejected(GuardRefused):
    """The SMS service will never take this message: number, template or signature. `reason`: its code."""

    code = "notices.sms_rejected"


class SmsTemplateMissing(GuardRefused):
    """The service sends approved templates only, and the tenant's text names none."""

    code = "notices.sms_template_missing"


class EmailRejected(GuardRefused):
    """The mail server refuses this address for good."""

    code = "notices.email_rejected"


class InboxRefusesProduction(PortalError):
    """The inbox shows codes to whoever looks: never in production."""

    code = "notices.inbox_refuses_production"


class TextRefused(GuardRefused):
    """A tenant's text doesn't compile, uses more than variables, if and for, or names an unknown variable."""

    code = "notices.text_refused"
