"""Tests of the Lambda asset, without AWS."""
