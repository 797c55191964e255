"""The names of everything in the modelled account, and the secrets that must show nowhere."""

from __future__ import annotations

from typing import Any

ACCOUNT, REGION = "123456789012", "eu-west-1"
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/models/1f2e3d4c-0000-11ee-8c99-0242ac120002"
LOGICAL_ID = "ChurnTrainingJob5C2A"
RESULT_ID = "ChurnTrainingJobResult7D1E"
OWNER = "1f2e3d4cab12cd"
# What no log line and no execution's data may show.
SECRET_VALUE = "s3cr3t-hyperparameter-value"
SECRET_URL = "X-Amz-Signature=b3ar3r"
SECRET_HANDLE = "X-Amz-Signature=h4ndl3"
SECRETS = (SECRET_VALUE, SECRET_URL, SECRET_HANDLE)
Raw = dict[str, Any]


def show_no_secret(text: str, where: str) -> None:
    """Fail when the text shows a secret."""
    for secret in SECRETS:
        assert secret not in text, f"invariant 5: a secret ({secret}) is shown in {where}"
