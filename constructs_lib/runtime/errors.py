"""What a transition raises when the answer to CloudFormation is FAILED."""

from __future__ import annotations


class Refused(Exception):
    """The request cannot be carried out; the text becomes the reason in CloudFormation's event."""
