"""What accounts refuse. The sentences are in words.py."""

from portal.errors import GuardRefused, InvalidInput, NotFound, PermissionRefused, PortalError, RateLimited


class SignInNeeded(PortalError):
    """Raised only for requests that can't be redirected (JSON, polling)."""

    code = "accounts.sign_in_needed"
    status = 401


class WrongKindOfAccount(PermissionRefused):
    """A customer on a staff page, or staff on a customer page."""

    code = "accounts.wrong_kind"


class StaffOnly(WrongKindOfAccount):
    code = "accounts.staff_only"


class CustomersOnly(WrongKindOfAccount):
    code = "accounts.customers_only"


class NotYourDuty(PermissionRefused):
    code = "accounts.not_your_duty"


class UndeclaredAccess(PermissionRefused):
    """The view says nothing about who may use it; a fault of ours, refused (default deny)."""

    code = "accounts.undeclared_access"


class CodeTooSoon(RateLimited):
    code = "accounts.code_too_soon"


class TooManyCodes(RateLimited):
    code = "accounts.too_many_codes"


class TooManyFromAddress(RateLimited):
    code = "accounts.too_many_from_address"


class CodeRefused(GuardRefused):
    """A one-time code that doesn't open anything; the subclasses say why as far as the asker may know."""

    code = "accounts.code_refused"


class CodeWrong(CodeRefused):
    """params: tries_left (int ≥ 1)."""

    code = "accounts.code_wrong"


class CodeSpent(CodeRefused):
    """Five tries used, or it has opened the door already."""

    code = "accounts.code_spent"


class CodeExpired(CodeRefused):
    code = "accounts.code_expired"


class CodeNotAsked(CodeRefused):
    """This browser has no code of this purpose waiting."""

    code = "accounts.code_not_asked"


class AccountDisabled(PermissionRefused):
    code = "accounts.disabled"


class SignInRefused(GuardRefused):
    """Staff: name or password wrong; doesn't say which."""

    code = "accounts.sign_in_refused"


class AccountLocked(RateLimited):
    code = "accounts.locked"


class SecondFactorRefused(GuardRefused):
    code = "accounts.second_factor_refused"


class SecondFactorWait(RateLimited):
    code = "accounts.second_factor_wait"


class InvitationInvalid(NotFound):
    code = "accounts.invitation_invalid"


class UsernameTaken(InvalidInput):
    code = "accounts.username_taken"


class LastAdministrator(GuardRefused):
    code = "accounts.last_administrator"


class NotOneself(GuardRefused):
    """Nobody disables, demotes or deputises themselves."""

    code = "accounts.not_oneself"


class AccountNotFound(NotFound):
    code = "accounts.not_found"


class DeputyRefused(GuardRefused):
    code = "accounts.deputy_refused"


class MembershipNotFound(NotFound):
    code = "accounts.membership_not_found"
