"""The typed errors of jobs; sentences in words.py."""

from portal.errors import GuardRefused, NotFound, PortalError


class StaleLease(GuardRefused):
    """Another runner holds the job, or has finished it: this result is dropped."""

    code = "jobs.stale_lease"


class LeaseExpired(PortalError):
    """The worker of the last attempt never came back."""

    code = "jobs.lease_expired"


class UnknownHandler(PortalError):
    """No function is registered under the job's name (a worker of an older version, or a slip)."""

    code = "jobs.unknown_handler"


class JobNotFound(NotFound):
    code = "jobs.not_found"


class JobNotDead(GuardRefused):
    """Only dead jobs can be tried again by hand."""

    code = "jobs.not_dead"


class PersonalDataInPayload(PortalError):
    """A phone, identity number or e-mail address stands in a payload; it belongs into `secret`."""

    code = "jobs.personal_data_in_payload"
    status = 500
