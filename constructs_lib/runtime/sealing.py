"""Keeps secrets while they travel through the state machine's data: an answer's URL, and a job's request."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from .answer import Address

# What KMS encrypts in one call.
MOST_BYTES = 4096


class Seal:
    """Encrypts with the runtime's KMS key, bound to the request it belongs to."""

    def __init__(self, kms: Any, key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id

    def close(self, address: Address) -> dict[str, str]:
        """The address in a form that may be stored: its URL as KMS ciphertext."""
        ids = {"stack": address.stack_id, "request": address.request_id, "logical": address.logical_id}
        return {**ids, "url": self._encrypt(address.url.encode(), ids)}

    def open(self, sealed: Mapping[str, str]) -> Address:
        """The address that ``close`` was given."""
        url = self._decrypt(sealed["url"], sealed).decode()
        return Address(sealed["stack"], sealed["request"], sealed["logical"], url)

    def close_document(self, document: object, ids: Mapping[str, str]) -> list[str]:
        """A document as ciphertext, in as many pieces as KMS needs; ``ids`` are those of a sealed address."""
        packed = zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 9)
        pieces = (packed[start : start + MOST_BYTES] for start in range(0, len(packed), MOST_BYTES))
        return [self._encrypt(piece, ids) for piece in pieces]

    def open_document(self, pieces: Sequence[str], ids: Mapping[str, str]) -> Any:
        """The document that ``close_document`` was given."""
        return json.loads(zlib.decompress(b"".join(self._decrypt(piece, ids) for piece in pieces)))

    def _encrypt(self, plaintext: bytes, ids: Mapping[str, str]) -> str:
        answer = self._kms.encrypt(KeyId=self._key_id, Plaintext=plaintext, EncryptionContext=_context(ids))
        return base64.b64encode(answer["CiphertextBlob"]).decode()

    def _decrypt(self, text: str, ids: Mapping[str, str]) -> bytes:
        blob = base64.b64decode(text)
        answer = self._kms.decrypt(KeyId=self._key_id, CiphertextBlob=blob, EncryptionContext=_context(ids))
        plaintext: bytes = answer["Plaintext"]
        return plaintext


def _context(ids: Mapping[str, str]) -> dict[str, str]:
    return {"constructs-lib:stack": ids["stack"], "constructs-lib:request": ids["request"]}
