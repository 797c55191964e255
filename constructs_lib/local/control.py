"""The control endpoints, and the recording of SageMaker calls: a WSGI layer around moto."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from . import seams
from .cloudformation.inbox import ANSWERS, SIGNALS, receive
from .state import Refusal, controls

__all__ = ["PREFIX", "ControlApp"]

PREFIX = "/_constructs_lib/"
_TARGET = "SageMaker."
_MAX_BODY = 16 * 1024 * 1024


class ControlApp:
    """Answers below :data:`PREFIX`, passes everything else on to moto.

    Args:
        app: moto's application.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(  # noqa: D102 - WSGI
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        if path.startswith(PREFIX):
            return _answer(environ, start_response, path[len(PREFIX) :])
        if str(environ.get("HTTP_X_AMZ_TARGET", "")).startswith(_TARGET):
            return self._recorded(environ, start_response)
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer

    def _recorded(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = _body(environ)
        environ["wsgi.input"] = io.BytesIO(body)
        try:
            request = json.loads(body or b"{}")
        except ValueError:
            request = {}
        entry = controls.record(str(environ["HTTP_X_AMZ_TARGET"])[len(_TARGET) :], request)

        def noted(status: str, headers: Any, *rest: Any) -> Any:
            entry["status"] = int(status.split(" ", 1)[0])
            return start_response(status, headers, *rest)

        answer: Iterable[bytes] = self._app(environ, noted)
        return answer


def _body(environ: dict[str, Any]) -> bytes:
    length = min(int(environ.get("CONTENT_LENGTH") or 0), _MAX_BODY)
    body: bytes = environ["wsgi.input"].read(length)
    return body


def _answer(environ: dict[str, Any], start_response: Callable[..., Any], path: str) -> Iterable[bytes]:
    query = {key: values[-1] for key, values in parse_qs(str(environ.get("QUERY_STRING", ""))).items()}
    status, value = _routed(str(environ.get("REQUEST_METHOD")), path, query, _body(environ))
    content = json.dumps(value, default=str).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
    return [content]


def _routed(method: str, path: str, query: dict[str, str], body: bytes) -> tuple[str, Any]:
    late = _LATE.get(f"{PREFIX}{path}")
    if late:
        return ("200 OK" if receive(query.get("slot", ""), body) else late), {}
    route = _ROUTES.get((method, path))
    if route is None:
        return "404 Not Found", {"error": f"no such control: {method} {path}"}
    try:
        return "200 OK", route(query, json.loads(body or b"{}"))
    except (ValueError, KeyError) as error:
        return "400 Bad Request", {"error": f"bad request: {error}"}


def _health(query: dict[str, str], body: dict[str, Any]) -> Any:
    del query, body
    return {"status": "ok"}


def _calls(query: dict[str, str], body: dict[str, Any]) -> Any:
    del body
    return controls.calls(query.get("operation"))


def _fail_next(query: dict[str, str], body: dict[str, Any]) -> Any:
    del query
    controls.fail_next(str(body["reason"]))
    return {}


def _hold_next(query: dict[str, str], body: dict[str, Any]) -> Any:
    del query
    controls.hold_next(bool(body.get("sync_fails", False)))
    return {}


def _refuse_next(query: dict[str, str], body: dict[str, Any]) -> Any:
    del query
    refusal = Refusal(str(body["code"]), str(body["message"]), bool(body.get("created", False)))
    controls.refuse_next(refusal, int(body.get("times", 1)))
    return {}


def _jobs(query: dict[str, str], body: dict[str, Any]) -> Any:
    del query, body
    found = []
    for regions in list(seams.get("moto.sagemaker.models:sagemaker_backends").values()):
        for backend in list(regions.values()):
            found += [job.response_object for job in list(backend.training_jobs.values())]
    return found


# What S3, which takes answers and signals on AWS, says to one that comes too late.
_LATE = {ANSWERS: "403 Forbidden", SIGNALS: "404 Not Found"}
_ROUTES: dict[tuple[str, str], Callable[[dict[str, str], dict[str, Any]], Any]] = {
    ("GET", "health"): _health,
    ("GET", "calls"): _calls,
    ("GET", "jobs"): _jobs,
    ("POST", "fail-next-job"): _fail_next,
    ("POST", "hold-next-job"): _hold_next,
    ("POST", "refuse-next-job"): _refuse_next,
}
