"""Where a template says of which content something is: keys of assets, and logical ids that bear a hash."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from constructs_lib.templates.joined import Token, joined_parts
from constructs_lib.testing.texts import is_function, text_of

__all__ = ["asset_hashes", "hashed_ids", "without_exported_versions"]

CONTENT = "<content>"

# The digest of an image is none of an asset's, whose tag is its hash.
_HASH = re.compile(r"(?<![0-9a-f])(?<!@sha256:)([0-9a-f]{64})(?![0-9a-f])")
# Buckets and repositories of assets, as the bootstrapping and the staging stacks of CDK call them.
_PLACE = r"cdk-[a-z0-9-]+-(?:assets|staging)-"
# Where a name starts and ends: one that only contains another is somebody else's, and so is one with a token.
_START, _STOP = r"(?<![a-z0-9.}-])", r"(?![a-z0-9$-]|\.(?!s3[.-]))"
_FILE = re.compile(rf"(?:\S*/)?{_HASH.pattern}\.[a-z.]+")
_END = re.compile(r"[\s\"']")
# An address is shorter, also with a function in it.
_FARTHEST = 2048
# Resources that are made anew with each content: what their logical ids end in.
_HASHED = {
    "AWS::CloudFormation::WaitCondition": re.compile(r"(?<=Wait)[0-9a-f]{12}\Z"),
    "AWS::CloudFormation::WaitConditionHandle": re.compile(r"(?<=WaitHandle)[0-9a-f]{12}\Z"),
    "AWS::Lambda::Version": re.compile(r"(?<=[0-9A-F]{8})[0-9a-f]{32}\Z"),
}
# What another stack imports of a version: its logical id, an attribute, and a hash of both.
_EXPORTED = re.compile(
    r"(ExportsOutput(?:Ref|FnGetAtt)[0-9A-Za-z]*?CurrentVersion[0-9A-F]{8})[0-9a-f]{32}"
    r"([A-Za-z]*?)[0-9A-F]{8}(?![0-9A-Za-z])"
)


def asset_hashes(template: Mapping[str, Any]) -> set[str]:
    """The hashes of the assets that a template names.

    A hash is one of an asset where CDK puts it: in the code of a function, or as a key of a bucket (or a tag
    of a repository) of assets. Another hash is the user's: data, or the digest of an image.

    Args:
        template: with its definitions parsed.
    """
    functions = [code for code in _maps(template) if _is_uploaded_code(code)]
    buckets = {text for code in functions if (text := text_of(code["S3Bucket"]))}
    names = [_PLACE, *(f"{re.escape(bucket)}{_STOP}" for bucket in sorted(buckets))]
    place = re.compile(f"{_START}(?:{'|'.join(names)})")
    found = {
        match[1]
        for text in _texts(template)
        for match in _HASH.finditer(text)
        if _is_address(text[: match.start()], place)
    }
    for one in _maps(template):
        values = [text for value in one.values() for text in _direct(value)]
        files = {match[1] for text in values if (match := _FILE.fullmatch(text))}
        if files and any(_is_place(text, place, buckets) for text in values):
            found |= files
    return found


def hashed_ids(template: Mapping[str, Any]) -> dict[str, str]:
    """A lasting name for each logical id that bears a hash of content; none where two would have the same."""
    resources = template.get("Resources")
    names: dict[str, str] = {}
    for id_, resource in resources.items() if isinstance(resources, Mapping) else ():
        pattern = _HASHED.get(str(resource.get("Type"))) if isinstance(resource, Mapping) else None
        match = pattern.search(id_) if pattern else None
        if match:
            names[id_] = id_[: match.start()] + CONTENT
    taken = [*names.values(), *(resources if isinstance(resources, Mapping) else ())]
    return {id_: name for id_, name in names.items() if taken.count(name) == 1}


def without_exported_versions(text: str) -> str:
    """A text with lasting names for exports of a function's versions, in the stack that imports them too.

    Args:
        text: any of a template.
    """
    return _EXPORTED.sub(rf"\1{CONTENT}\2", text)


def _is_address(before: str, place: re.Pattern[str]) -> bool:
    """Whether what stands before a hash is a bucket or a repository of assets, as the start of an address."""
    before = before[-_FARTHEST:]
    rests = [before[match.end() :] for match in place.finditer(before)]
    return any(("/" in rest or ":" in rest) and not _END.search(rest) for rest in rests)


def _is_place(text: str, place: re.Pattern[str], buckets: set[str]) -> bool:
    return text in buckets or bool(place.match(text) and not _END.search(text))


def _is_uploaded_code(value: Mapping[str, Any]) -> bool:
    """Whether it is the code of a function as CDK writes it: nobody writes such a key by hand."""
    return "S3Bucket" in value and bool(_FILE.fullmatch(str(value.get("S3Key"))))


def _maps(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    for item in _items(value):
        yield from _maps(item)


def _texts(value: object) -> Iterator[str]:
    text = text_of(value)
    if text is not None:
        yield text
    for item in _within(value):
        yield from _texts(item)


def _within(value: object) -> Iterable[object]:
    """What is in a value; a part of a text is no text of its own: it may start in the middle of a name."""
    if not is_function(value) or (parts := joined_parts(value)) == [Token(value)]:
        return _items(value)
    return [part.value for part in parts if isinstance(part, Token)]


def _items(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


def _direct(value: object) -> list[str]:
    """The texts that a member of a map is, or has in a list."""
    items = value if isinstance(value, list) and not is_function(value) else [value]
    return [text for item in items if (text := text_of(item)) is not None]
