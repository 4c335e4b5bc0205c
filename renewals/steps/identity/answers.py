"""What a service's answer is to the one door."""

from pydantic import BaseModel, ConfigDict


class AnsweredData(BaseModel):
    """``outcome``: of the method's own vocabulary; an unavailable service is asked again and never gets here.

    ``reason``: why a liveness check failed, else "".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    request_id: str
    outcome: str
    reason: str = ""
