"""A stand-in for AWS on loopback that answers a first event, over TLS as AWS does."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import botocore.httpsession
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:training-job/churn"
STACK = (
    "<StackName>models</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>"
    "<StackStatus>CREATE_IN_PROGRESS</StackStatus>"
)
DESCRIBED = f"<R><DescribeStacksResult><Stacks><member>{STACK}</member></Stacks></DescribeStacksResult></R>"
ANSWERS: dict[str, object] = {
    "CreateTrainingJob": {"TrainingJobArn": ARN},
    "Encrypt": {"CiphertextBlob": base64.b64encode(b"sealed").decode(), "KeyId": "key"},
    "ListTags": {"Tags": []},
    "StartExecution": {"executionArn": "arn", "startDate": 1},
}
ABSENT = {"__type": "ValidationException", "message": "Requested resource not found."}


class Loopback:
    """What is listening, and what it was asked."""

    def __init__(self, address: str, bundle: Path) -> None:
        self.address = address
        self.bundle = bundle
        self.asked: list[str] = []


@contextmanager
def serving(folder: Path) -> Iterator[Loopback]:
    """A server, until the block ends; its files lie in ``folder``."""
    certificate, bundle = _certificate(folder)
    loopback = Loopback("", bundle)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(loopback))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    loopback.address = f"https://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(loopback: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One packet an answer: in two, the second would wait for the first to be acknowledged.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            target = self.headers.get("X-Amz-Target")
            operation = target.rpartition(".")[2] if target else parse_qs(body.decode())["Action"][0]
            loopback.asked.append(operation)
            if operation == "DescribeStacks":
                self._send(200, DESCRIBED.encode())
            elif operation in ANSWERS:
                self._send(200, json.dumps(ANSWERS[operation]).encode())
            else:
                self._send(400, json.dumps(ABSENT).encode())

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            loopback.asked.append("answer")
            self._send(200, b"")

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate with its key; and the authorities that botocore trusts, with this one among them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate, bundle = folder / "certificate.pem", folder / "bundle.pem"
    certificate.write_bytes(private + public)
    bundle.write_bytes(Path(botocore.httpsession.where()).read_bytes() + b"\n" + public)
    return certificate, bundle
