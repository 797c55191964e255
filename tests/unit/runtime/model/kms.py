"""A key: ciphertext that nobody can read without this object, and not out of its context."""

from __future__ import annotations

from typing import Any

from .account import Raw
from .shapes import check_parameters
from .tape import Tape, client_error

MOST_BYTES = 4096


class FakeKms:
    """Encrypts what KMS encrypts, up to 4,096 bytes."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._kept: dict[bytes, tuple[bytes, Raw]] = {}

    def encrypt(self, **request: Any) -> Raw:
        check_parameters("kms", "Encrypt", request)
        plaintext, context = request["Plaintext"], request["EncryptionContext"]
        return self._tape.through("Encrypt", lambda: self._encrypt(plaintext, context))

    def decrypt(self, **request: Any) -> Raw:
        check_parameters("kms", "Decrypt", request)
        blob, context = request["CiphertextBlob"], request["EncryptionContext"]
        return self._tape.through("Decrypt", lambda: self._decrypt(blob, context))

    def _encrypt(self, plaintext: bytes, context: Raw) -> Raw:
        if not 0 < len(plaintext) <= MOST_BYTES:
            text = "Value at 'plaintext' failed to satisfy constraint: length less than or equal to 4096"
            raise client_error("ValidationException", text, "Encrypt")
        blob = f"cipher {len(self._kept)}".encode()
        self._kept[blob] = (plaintext, dict(context))
        return {"CiphertextBlob": blob}

    def _decrypt(self, blob: bytes, context: Raw) -> Raw:
        plaintext, bound = self._kept.get(blob, (b"", None))
        if bound != context:
            raise client_error("InvalidCiphertextException", "", "Decrypt")
        return {"Plaintext": plaintext}
