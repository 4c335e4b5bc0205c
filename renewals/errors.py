"""Refusals of the renewals app. Worded in words.py; lifecycle/refusals.py has those of the path itself."""

from portal.errors import GuardRefused, InvalidInput, NotFound, PermissionRefused, PortalError, RateLimited


class OrderNotFound(NotFound):
    code = "order.not_found"


class NotYourOrder(PermissionRefused):
    code = "order.not_yours"


class ActionUnknown(PortalError):
    code = "order.action_unknown"
    status = 404


class CertificateNotYours(NotFound):
    """Said of unknown serials and of other people's alike (issue of oracles, RULES C2)."""

    code = "certificate.not_yours"


class CertificateUnknown(NotFound):
    """The hall's registry doesn't have this very certificate."""

    code = "certificate.unknown"


class ClaimRefused(NotFound):
    """What was typed describes no certificate that a sealed authorisation can claim; why is never said (RULES P2)."""

    code = "claim.refused"


class ClaimTriesSpent(RateLimited):
    """Too many certificates were described by one account, or from one address (RULES P2)."""

    code = "claim.tries_spent"


class NotRenewable(GuardRefused):
    """The pack refuses this certificate; ``reason`` is the pack's own sentence."""

    code = "order.not_renewable"


class NotTogether(GuardRefused):
    """These certificates don't fit in one order: other holders, other paths, or more than ``most``."""

    code = "order.not_together"


class CertificateReserved(GuardRefused):
    """Another open order of the same effect holds the certificate (RULES Across 2)."""

    code = "order.certificate_reserved"


class FinishTheOtherFirst(GuardRefused):
    """The next certificate can be started only after the first is paid and installed (RULES C3)."""

    code = "order.finish_the_other_first"


class TransferUnderWay(GuardRefused):
    """Finance is looking for a claimed transfer: paying another way now would be paying twice (RULES P9)."""

    code = "payment.transfer_under_way"


class ConsentsMissing(InvalidInput):
    code = "consent.missing"


class NoticeNotRead(InvalidInput):
    """A part of the notice wasn't acknowledged."""

    code = "notice.not_read"


class NotYourOrganisation(NotFound):
    """Unknown, or one that this customer may not let others act for: said alike."""

    code = "agent.not_your_organisation"


class AgentNotFound(NotFound):
    """Unknown, withdrawn already, or not this customer's to withdraw."""

    code = "agent.not_found"


class SealNotReady(GuardRefused):
    """There is no impression yet, or no seal to be written. ``params``: ``reason`` (words), what to do."""

    code = "seal.not_ready"


class SealNotTheOne(GuardRefused):
    """What lies on the key isn't the seal that was made for it."""

    code = "seal.not_the_one"


class ChallengeSpent(GuardRefused):
    """Unknown, used, expired, or of another session or purpose: ask for a new one."""

    code = "bridge.challenge_spent"


class ProofRefused(GuardRefused):
    """The signature is not the key's over our question."""

    code = "bridge.proof_refused"


class RequestMismatch(GuardRefused):
    """The certificate request doesn't fit: ``why`` is subject, algorithm, weak_key, same_key or malformed."""

    code = "issuance.request_mismatch"


class RenewalCodeWrong(GuardRefused):
    code = "issuance.renewal_code_wrong"


class DownloadCodesWrong(GuardRefused):
    """Reference number or authorization code; which of them is never said. ``left``: tries (RULES B7)."""

    code = "file_download.codes_wrong"


class DownloadTriesSpent(RateLimited):
    """Too many wrong download codes for one certificate: locked for a day (RULES B7)."""

    code = "file_download.tries_spent"


class DownloadCodesExpired(GuardRefused):
    """``days`` after the envelope was made (RULES B7)."""

    code = "file_download.codes_expired"


class DownloadCodesSpent(GuardRefused):
    """The certificate was fetched, and the hours in which that may be repeated are over (RULES B7)."""

    code = "file_download.codes_spent"


class BridgeWanted(GuardRefused):
    """This pack lets the bridge alone make the file: its new key has to answer."""

    code = "file_download.bridge_wanted"


class CodeTriesSpent(RateLimited):
    """Too many renewal codes were tried for one order, or from one address (RULES P6)."""

    code = "issuance.code_tries_spent"


class CodeJustShown(GuardRefused):
    """Another page of the same customer got the renewal code in the same moment; it is shown once only."""

    code = "issuance.code_just_shown"


class CodeNotShown(GuardRefused):
    """The renewal code has to be shown before the key is touched (RULES A8)."""

    code = "issuance.code_not_shown"


class CaAnswerInvalid(PortalError):
    """The CA sent something else than what was asked for: staff have to look; nothing is delivered."""

    code = "issuance.ca_answer_invalid"


class NeedsAnotherPerson(GuardRefused):
    """Two persons have to want it; the one who asked can't confirm (RULES P20)."""

    code = "order.needs_another_person"


class FormNotReady(GuardRefused):
    """The request form is still being made, or couldn't be."""

    code = "request_form.not_ready"


class PaperNotOpen(GuardRefused):
    """This paper isn't wanted, or was handed in and not sent back: there is nothing to upload for it now."""

    code = "documents.not_open"


class PaperNotThere(GuardRefused):
    """Nothing was handed in for this paper, so there is nothing to decide."""

    code = "documents.not_there"


class PapersIncomplete(InvalidInput):
    """``fields``: paper → what is missing or wrong."""

    code = "documents.incomplete"


class UnblockLapsed(GuardRefused):
    """No authorisation to unlock is waiting, or its hours are over: ask again (RULES P1)."""

    code = "unblock.lapsed"
