"""What can go wrong with an electronic seal; pages word it."""

from portal.errors import OutsideUnavailable, PortalError


class SealError(PortalError):
    code = "seal.error"


class SealInvalid(SealError):
    """The seal's data isn't what it should be. ``params``: ``problem``, one of

    malformed, algorithm, signature, maker_untrusted, maker_out_of_date, certificate_not_named, out_of_date, picture.
    """

    code = "seal.invalid"
    status = 409

    def __init__(self, problem: str) -> None:
        super().__init__(problem=problem)
        self.problem = problem


class SealRefused(SealError):
    """The maker says no, for good: ``params``: ``reason``."""

    code = "seal.refused"
    status = 409


class SealMakerUnavailable(SealError, OutsideUnavailable):
    """No answer from the maker: asked again later, under the same number."""

    code = "seal.maker_unavailable"
    status = 503
