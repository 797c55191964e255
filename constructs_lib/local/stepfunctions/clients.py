"""The clients that state machines call the emulation with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from constructs_lib.local import seams
from constructs_lib.local.sdk import make_client
from constructs_lib.local.settings import current

__all__ = ["client_for", "install"]

_CREDENTIALS = (
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task"
    ":StateTask._eval_state_credentials"
)
_SECONDS = 3600


def install() -> None:
    """Notes which credentials a state names itself; moto gives the machine's role otherwise."""
    seams.replace(_CREDENTIALS, _eval_state_credentials)


def _eval_state_credentials(self: Any, env: Any) -> Any:
    credentials = seams.original(_CREDENTIALS)(self, env)
    credentials.named = bool(self.credentials)
    return credentials


def client_for(service: str, region: str, state_credentials: Any = None) -> Any:
    """A client without retries: a state's own Retry is what is looked at.

    Args:
        service: the service's name in boto3.
        region: its region.
        state_credentials: the role that makes the call, where the state names one; in another account, it
            finds and makes things there.
    """
    role = state_credentials.role_arn if getattr(state_credentials, "named", False) else ""
    return _client(service, region, current().endpoint, role)


@lru_cache(maxsize=256)
def _client(service: str, region: str, endpoint: str, role: str) -> Any:
    assumed = {"credentials": _assumed(role, region)} if role else {}
    return make_client(
        service, region, endpoint, parameter_validation=False, retries={"total_max_attempts": 1}, **assumed
    )


def _assumed(role: str, region: str) -> tuple[str, str, str]:
    account = role.split(":")[4]
    made = seams.get("moto.sts.models:sts_backends")[account]["aws"].assume_role(
        region_name=region,
        role_session_name="StepFunctions",
        role_arn=role,
        policy="",
        duration=_SECONDS,
        external_id="",
    )
    return made.access_key_id, made.secret_access_key, made.session_token
