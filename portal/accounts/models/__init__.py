"""Tables of people and what they may act for. Services change them: sign_in, staff, memberships, deputies."""

from portal.accounts.models.codes import SendingLimit, SmsCode
from portal.accounts.models.organisation import Membership, MembershipRole, MembershipState, Organisation, VerifiedBy
from portal.accounts.models.staff import Deputy, RecoveryCode, StaffInvitation, StaffRole, StaffTotpDevice
from portal.accounts.models.user import User, UserKind

__all__ = [
    "Deputy",
    "Membership",
    "MembershipRole",
    "MembershipState",
    "Organisation",
    "RecoveryCode",
    "SendingLimit",
    "SmsCode",
    "StaffInvitation",
    "StaffRole",
    "StaffTotpDevice",
    "User",
    "UserKind",
    "VerifiedBy",
]
