"""Cuts botocore's endpoints down to the services that the Lambda runtime calls.

botocore reads all of them, more than a megabyte, for the first client. The file has a name of its own: under
botocore's, without a loader that says that it is botocore's, it would count as the user's own endpoints, and
the endpoint rules would be passed over.
"""

from __future__ import annotations

import json

from .cut import CUTS
from .source import Source

__all__ = ["NAME", "render"]

NAME = "partial-endpoints.json"


def render(source: Source) -> str:
    """The text of the file: every partition, and of its services ours."""
    models = (source.of(cut.service, cut.api_version).model for cut in CUTS)
    prefixes = {model["metadata"]["endpointPrefix"] for model in models}
    whole = source.endpoints()
    partitions = [
        {**one, "services": {name: entry for name, entry in one["services"].items() if name in prefixes}}
        for one in whole["partitions"]
    ]
    origin = {"generatedFrom": f"botocore {source.version}"}
    return json.dumps({**whole, **origin, "partitions": partitions}, separators=(",", ":")) + "\n"
