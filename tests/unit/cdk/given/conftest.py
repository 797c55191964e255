"""The evaluator of IAM, which judges what users' own roles and keys allow."""

from tests.unit.cdk.access.conftest import simulator

__all__ = ["simulator"]
