"""Signed addresses as CloudFormation gives them: bearer secrets that expire."""

from __future__ import annotations

from datetime import datetime, timezone
from urllib.parse import parse_qs, quote, urlsplit

from .account import REGION, SECRET_HANDLE, SECRET_URL

ANSWER_SECONDS, HANDLE_SECONDS = 7199, 86_399
FORM = "%Y%m%dT%H%M%SZ"


def answer_url(stack_id: str, logical_id: str, number: int, now: float) -> str:
    """Where one request is answered."""
    host = f"cloudformation-custom-resource-response-{REGION.replace('-', '')}.s3.amazonaws.com"
    path = f"{stack_id}|{logical_id}|request-{number}"
    return _signed(host, path, now, ANSWER_SECONDS, f"{SECRET_URL}{number}")


def handle_url(stack_id: str, logical_id: str, number: int, now: float) -> str:
    """Where one wait condition is signalled."""
    host = f"cloudformation-waitcondition-{REGION}.s3-{REGION}.amazonaws.com"
    return _signed(host, f"{stack_id}/{logical_id}", now, HANDLE_SECONDS, f"{SECRET_HANDLE}{number}")


def expires(url: str) -> float:
    """When an address expires; one without a date never does."""
    query = parse_qs(urlsplit(url).query)
    if "X-Amz-Date" not in query:
        return float("inf")
    moment = datetime.strptime(query["X-Amz-Date"][0], FORM).replace(tzinfo=timezone.utc)
    return moment.timestamp() + int(query["X-Amz-Expires"][0])


def _signed(host: str, path: str, now: float, seconds: int, signature: str) -> str:
    date = datetime.fromtimestamp(now, timezone.utc).strftime(FORM)
    query = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}&X-Amz-SignedHeaders=host&X-Amz-Expires={seconds}"
    )
    return f"https://{host}/{quote(path, safe='')}?{query}&{signature}"
