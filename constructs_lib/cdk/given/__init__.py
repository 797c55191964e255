"""What users bring: whether a job can use it where it is, who must allow it, and keys that are extended."""

from constructs_lib.cdk.given.checks import take_given, take_parts

__all__ = ["take_given", "take_parts"]
