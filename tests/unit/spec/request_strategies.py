"""Requests of the right Python types, made from the service model: valid ones, and ones that break rules."""

from __future__ import annotations

from hypothesis import strategies as st

from constructs_lib.service_model.create_training_job import ROOT, SHAPES

# Texts that fields look into, so that both of their ways are taken.
KNOWN_TEXTS = {
    "S3Uri": ["s3://bucket/key", "https://s3.amazonaws.com/bucket/key", "nowhere", "${Token[TOKEN.1]}"],
    "DirectoryPath": ["/opt/ml", "relative", "{% $states.input.path %}"],
    "AlgorithmImage": ["111122223333.dkr.ecr.eu-west-1.amazonaws.com/image:1", "image", ""],
    "FileSystemId": ["fs-0123456789abcdef0", "fs-1"],
}
TOKENS = ["{% $states.input.x %}", "${Token[TOKEN.2]}"]


def strategy(name: str = ROOT, *, tokens: bool = False) -> st.SearchStrategy[object]:
    """Values of a shape; with ``tokens``, text that stands for any of them too."""
    made = _strategy(name, tokens)
    return st.one_of(made, st.sampled_from(TOKENS)) if tokens and name != ROOT else made


def _strategy(name: str, tokens: bool) -> st.SearchStrategy[object]:
    shape = SHAPES[name]
    if shape["type"] == "structure":
        members = {key: strategy(member, tokens=tokens) for key, member in shape["members"].items()}
        return st.fixed_dictionaries({}, optional=members)
    if shape["type"] == "list":
        return st.lists(strategy(shape["member"], tokens=tokens), max_size=3)
    if shape["type"] == "map":
        return st.dictionaries(st.text(max_size=4), strategy(shape["value"], tokens=tokens), max_size=3)
    if shape["type"] == "boolean":
        return st.booleans()
    if shape["type"] in ("integer", "long"):
        return st.one_of(st.integers(-1, 5), st.sampled_from([60, 86400, 10**30, -(10**400)]))
    texts = [*KNOWN_TEXTS.get(name, []), *list(shape.get("enum", ()))[:3]]
    plain = st.text(max_size=5)
    return st.one_of(st.sampled_from(texts), plain) if texts else plain


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(sorted(SHAPES[ROOT]["members"])), inner, max_size=4
        )
    ),
    max_leaves=12,
)
