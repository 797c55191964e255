"""What an execution role must be allowed, derived from the rendered request: one list, three readers.

The policy, ``explain_permissions()`` and the tests all come from the same permissions. docs/permissions.md
has the table: feature, actions, resources, conditions and sources.
"""

from constructs_lib.cdk.permissions.derivation import execution_permissions
from constructs_lib.cdk.permissions.permission import Permission, Request

__all__ = ["Permission", "Request", "execution_permissions"]
