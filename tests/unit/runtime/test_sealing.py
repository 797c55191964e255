"""The answer's URL travels as ciphertext, bound to its request."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from constructs_lib.runtime.answer import Address
from constructs_lib.runtime.events import Event
from constructs_lib.runtime.sealing import Seal
from constructs_lib.runtime.transitions.watch import Watch

from .model import SECRET_URL, SECRET_VALUE, STACK_ID, CloudFormation, FakeKms, Tape, properties

ADDRESS = Address(STACK_ID, "request-1", "Job", f"https://cfn/?{SECRET_URL}")


def test_what_is_closed_opens_again() -> None:
    seal = Seal(FakeKms(Tape()), "key")

    sealed = json.loads(json.dumps(seal.close(ADDRESS)))

    assert SECRET_URL not in json.dumps(sealed)
    assert seal.open(sealed) == ADDRESS


@pytest.mark.parametrize("part", ["stack", "request"])
def test_ciphertext_of_another_request_does_not_open(part: str) -> None:
    seal = Seal(FakeKms(Tape()), "key")
    sealed = seal.close(ADDRESS)

    with pytest.raises(ClientError, match="InvalidCiphertext"):
        seal.open({**sealed, part: "another"})


def test_no_dump_and_no_repr_shows_the_url_or_a_value(cfn: CloudFormation) -> None:
    raw = cfn.event("Create", properties())
    event = Event.parse(raw)
    sealed = cfn.world.seal.close(ADDRESS)
    watch = Watch("train", "job", "job", 1.0, sealed)

    for text in (repr(event), str(event), repr(watch), json.dumps(watch.dump()), repr(event.properties)):
        assert SECRET_URL not in text
        assert SECRET_VALUE not in text
    assert sealed["url"] not in repr(watch)


def test_execution_data_of_every_kind_of_request_is_free_of_secrets(cfn: CloudFormation) -> None:
    """FakeExecutions checks each state; this makes sure that it sees some."""
    cfn.create(properties())
    cfn.update(properties(Environment={"A": "2"}))
    cfn.deliver(cfn.event("Delete", properties(), physical_id=cfn.job))

    assert len(cfn.executions.all) >= 2
