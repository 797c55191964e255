"""Findings of cdk-nag on what this library makes, acknowledged where they arise, each with a reason.

The acknowledgements are metadata of constructs, which needs no cdk-nag. They are written when the templates
are: nothing of them is in a template or in ``manifest.json``, and whoever has no cdk-nag pays nothing.
"""
