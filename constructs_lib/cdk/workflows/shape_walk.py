"""Where one is inside a request, and what the service model says of the values there."""

from __future__ import annotations

from typing import Any, NamedTuple

from constructs_lib.errors import SpecError
from constructs_lib.rules.paths import render
from constructs_lib.rules.rule import Path
from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from constructs_lib.spec.text import is_list_token

__all__ = ["Place"]


class Place(NamedTuple):
    """A place in a request.

    Attributes:
        path: the keys and indices that lead to it.
        shape: the name of what is there; empty where the service model does not know it.
        in_text_map: whether it is an entry of a map, and every map of a request holds text alone.
    """

    path: Path = ()
    shape: str = ROOT
    in_text_map: bool = False

    @property
    def kind(self) -> str:
        """The type of what is there, in the service model's words."""
        return str(self._model().get("type", ""))

    def member(self, key: str) -> Place:
        """A member of the structure, or an entry of the map, that is here."""
        model = self._model()
        entry = model.get("type") == "map"
        shape = model["value"] if entry else model.get("members", {}).get(key, "")
        return Place((*self.path, key), shape, entry)

    def item(self, index: int) -> Place:
        """An item of the list that is here."""
        return Place((*self.path, index), self._model().get("member", ""))

    def check_text(self, value: object) -> None:
        """Refuse an entry of a map of text that never becomes text.

        Raises:
            SpecError: it is a token for a list; one for an object may still be text.
        """
        if self.in_text_map and is_list_token(value):
            problem = "is a list token, which has no form as text"
            raise SpecError(str(self), problem, "use Fn.join, or Fn.select for one of its items")

    def __str__(self) -> str:
        return render(self.path)

    def _model(self) -> dict[str, Any]:
        return SHAPES.get(self.shape, {})
