"""What the uri of a training image says: its registry, its repository, and whose image it is."""

from __future__ import annotations

import re
from typing import NamedTuple

from constructs_lib.service_model.first_party import first_party_accounts

__all__ = ["ImageName", "parse_image"]

# The host of a private ECR registry (ECR user guide, "private registries"): plain, FIPS or dual-stack, under
# the domain of any partition, or of an emulation with a port of its own.
_ECR = re.compile(r"([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+(?::[0-9]+)?")


class ImageName(NamedTuple):
    """The parts of an image's uri; ``account`` and ``region`` are None outside ECR."""

    repository: str
    tag: str | None
    digest: str | None
    account: str | None
    region: str | None

    @property
    def is_ecr(self) -> bool:
        """Whether the image lies in a private ECR registry."""
        return self.account is not None

    @property
    def is_first_party(self) -> bool:
        """Whether it is one of AWS's own algorithms, by its repository and its registry's account."""
        return self.account is not None and self.account in first_party_accounts(self.repository)


def parse_image(uri: str) -> ImageName:
    """The parts of ``registry/repository[:tag][@digest]``; whatever the text is, something comes back."""
    name, _, digest = uri.partition("@")
    host, slash, rest = name.partition("/")
    repository, _, tag = (rest if slash else name).partition(":")
    match = _ECR.fullmatch(host.lower()) if slash else None
    account, region = match.groups() if match else (None, None)
    return ImageName(repository, tag or None, digest or None, account, region)
