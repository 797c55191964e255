"""The address of an image of AWS's: by region where that is known, by a CloudFormation mapping elsewhere."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from aws_cdk import CfnMapping, Stack, Token

from constructs_lib.spec import EcrImage, FrameworkImage, ImageUri

ACCOUNT = "account"


def image_uri(stack: Stack, image: ImageUri | EcrImage | FrameworkImage) -> str:
    """The URI, as seen from a stack, of an image that is in its repository already.

    Raises:
        SpecError: a framework image that AWS does not offer in the stack's region.
    """
    if isinstance(image, ImageUri):
        return image.uri
    if isinstance(image, EcrImage):
        return image.uri()
    account = _account(stack, image)
    return f"{account}.dkr.ecr.{stack.region}.{stack.url_suffix}/{image.repository_name}:{image.tag}"


def _account(stack: Stack, image: FrameworkImage) -> str:
    if not Token.is_unresolved(stack.region):
        return image.account(stack.region)
    return _mapping(stack, image).find_in_map(stack.region, ACCOUNT)


# The regions that a mapping has: each value that is set is a call into jsii, at every job's every rendering.
_regions: WeakKeyDictionary[CfnMapping, set[str]] = WeakKeyDictionary()


def _mapping(stack: Stack, image: FrameworkImage) -> CfnMapping:
    """One mapping for each repository: its versions agree on the accounts, but not on the regions."""
    accounts = dict(sorted(image.accounts.items()))
    id_ = "ImageAccounts" + "".join(part.capitalize() for part in image.repository_name.split("-"))
    found = stack.node.try_find_child(id_)
    if not isinstance(found, CfnMapping):
        mapping = {region: {ACCOUNT: account} for region, account in accounts.items()}
        found = CfnMapping(stack, id_, mapping=mapping)
        _regions[found] = set(accounts)
    known = _regions.setdefault(found, set())
    for region, account in accounts.items():
        if region not in known:
            found.set_value(region, ACCOUNT, account)
    known.update(accounts)
    return found
