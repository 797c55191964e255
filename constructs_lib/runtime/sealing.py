"""Keeps the answer's URL secret while it travels through the state machine's data."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from .answer import Address


class Seal:
    """Encrypts with the runtime's KMS key, bound to the request it belongs to."""

    def __init__(self, kms: Any, key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id

    def close(self, address: Address) -> dict[str, str]:
        """The address in a form that may be stored: its URL as KMS ciphertext."""
        ids = {"stack": address.stack_id, "request": address.request_id, "logical": address.logical_id}
        answer = self._kms.encrypt(
            KeyId=self._key_id, Plaintext=address.url.encode(), EncryptionContext=_context(ids)
        )
        return {**ids, "url": base64.b64encode(answer["CiphertextBlob"]).decode()}

    def open(self, sealed: Mapping[str, str]) -> Address:
        """The address that ``close`` was given."""
        blob = base64.b64decode(sealed["url"])
        answer = self._kms.decrypt(
            KeyId=self._key_id, CiphertextBlob=blob, EncryptionContext=_context(sealed)
        )
        url = answer["Plaintext"].decode()
        return Address(sealed["stack"], sealed["request"], sealed["logical"], url)


def _context(ids: Mapping[str, str]) -> dict[str, str]:
    return {"constructs-lib:stack": ids["stack"], "constructs-lib:request": ids["request"]}
