"""What must not reach an event is masked, whatever it stands in, and what tells of a failure is kept."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from constructs_lib.rules.wording import holds_credential, holds_secret
from constructs_lib.runtime.redaction import is_secret_name, one_line, redact

KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
HEAD, FOOT = "-----BEGIN RSA " + "PRIVATE KEY-----", "-----END RSA " + "PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"for {KEY_ID}: denied", "for ***: denied", id="access-key-id"),
        pytest.param(f"for ASIA{KEY_ID[4:]}: denied", "for ***: denied", id="temporary-access-key-id"),
        pytest.param(f"{KEY_ID},{SECRET_KEY} used", "*** used", id="both-keys"),
        pytest.param(
            f"aws_secret_access_key = {SECRET_KEY} x", "aws_secret_access_key = *** x", id="secret-key"
        ),
        pytest.param(f"Secret access key: {SECRET_KEY}", "Secret access key: ***", id="secret-key-in-words"),
        pytest.param("x IQoJb3JpZ2lu" + "a" * 40 + " y", "x *** y", id="session-token"),
        pytest.param("AWS_SESSION_TOKEN='abc' y", "AWS_SESSION_TOKEN='***' y", id="named-session-token"),
        pytest.param(
            "GET https://b.s3/k?X-Amz-Expires=60&X-Amz-Signature=ab1 403",
            "GET https://b.s3/k?*** 403",
            id="s3",
        ),
        pytest.param("https://b.s3/k?X-Amz-Security-Token=ab1", "https://b.s3/k?***", id="security-token"),
        pytest.param(
            "https://d.net/k?Expires=1&Signature=ab~1&Key-Pair-Id=K", "https://d.net/k?***", id="cdn"
        ),
        pytest.param("https://d.net/k?Policy=ab1", "https://d.net/k?***", id="cut-cdn"),
        pytest.param("https://a.net/k?sv=1&sig=ab%2F1 x", "https://a.net/k?*** x", id="sas"),
        pytest.param("X-Amz-Security-Token: abcd e", "X-Amz-Security-Token: *** e", id="header"),
        pytest.param("password=hunter2 x", "password=*** x", id="password"),
        pytest.param("DB_PASS=hunter2 x", "DB_PASS=*** x", id="pass"),
        pytest.param("dbPassword => 'hun ter2' x", "dbPassword => '***' x", id="quoted"),
        pytest.param(r"""password='it\'s me' x""", "password='***' x", id="quote-in-quotes"),
        pytest.param('password="hun ter2', 'password="***', id="cut-in-quotes"),
        pytest.param('{"api_key": "a b", "n": 1}', '{"api_key": "***", "n": 1}', id="json"),
        pytest.param('{"n": 1, "api-key":12345}', '{"n": 1, "api-key":***', id="json-number"),
        pytest.param(
            json.dumps({"a": json.dumps({"token": 'x"y', "n": 2})}),
            json.dumps({"a": json.dumps({"token": "***", "n": 2})}),
            id="json-in-json",
        ),
        pytest.param(
            json.dumps([json.dumps([json.dumps({"secret": "xyz", "n": 2})])]),
            json.dumps([json.dumps([json.dumps({"secret": "***", "n": 2})])]),
            id="json-in-json-in-json",
        ),
        pytest.param("os.environ['API_TOKEN'] = 'abc'", "os.environ['API_TOKEN'] = '***'", id="subscript"),
        pytest.param(
            "train.py --db-password hunter2 --epochs 3", "train.py --db-password *** --epochs 3", id="option"
        ),
        pytest.param("['--api_key', 'hunter2', '3']", "['--api_key', '***', '3']", id="arguments"),
        pytest.param("password: | hunter2 | x", "password: | *** | x", id="on-the-next-line"),
        pytest.param("Authorization: Bearer abc.def x", "Authorization: Bearer *** x", id="authorization"),
        pytest.param("authorization: Basic dXNlcjpw x", "authorization: Basic *** x", id="basic"),
        pytest.param("sent bearer abcdef12 x", "sent bearer *** x", id="bearer"),
        pytest.param("git clone https://me:pw@h.com/r", "git clone https://***@h.com/r", id="login"),
        pytest.param("https://me:p@s/w@h.com/r", "https://***@h.com/r", id="login-with-marks"),
        pytest.param("https://0123abc@h.com/r", "https://***@h.com/r", id="token-login"),
        pytest.param("https://me:hunt", "https://***", id="cut-login"),
        pytest.param("https://me:hunt | x", "https://*** | x", id="cut-login-in-a-line"),
        pytest.param("mysql me:hunter2@host", "mysql ***@host", id="login-without-scheme"),
        pytest.param(f"a\n{HEAD}\n{BODY}\n{FOOT}\nb", "a *** b", id="private-key"),
        pytest.param(f"a {HEAD} {BODY}", "a ***", id="private-key-cut"),
        pytest.param(f"{BODY} {FOOT} b", "*** b", id="end-of-a-private-key"),
        pytest.param(f"{HEAD}{BODY}{FOOT} x {HEAD}{BODY}{FOOT} y", "*** x *** y", id="private-keys"),
        pytest.param(f"got {JWT}, x", "got ***, x", id="jwt"),
        *(
            pytest.param(f"got {prefix}0123456789abcdefABCD.", "got ***.", id=prefix)
            for prefix in ("ghp_", "github_pat_", "xoxb-", "hf_", "sk-", "AIza", "glpat-")
        ),
        pytest.param("pass\x1b[31mword\x1b[0m=hun\x1b[1mter2 x", "password=*** x", id="colours"),
        pytest.param("pass\x00word=hun\u200bter2", "password=***", id="control-characters"),
        pytest.param("password=a password=b", "password=*** password=***", id="twice"),
    ],
)
def test_a_secret_is_masked(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ExpiredTokenException: The security token included in the request is expired",
        "SignatureDoesNotMatch: the signature is another",
        "ExpiredToken: the provided token has expired",
        "InvalidToken: the provided token is malformed",
        "may not secretsmanager:GetSecretValue on arn:aws:secretsmanager:e:123456789012:secret:a",
        "KeyError: 'password'",
        "password=",
        'password=""',
        "max_tokens=4096, tokenizer: bert, num_tokens: 12, bypass: 1",
        "image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1.0@sha256:0123abcd",
        "docker://localhost:5000/train:1.0@sha256:0123abcd",
        "http://localhost:8080/ping?full=1 refused, https://h:443",
        "User: arn:aws:sts::123456789012:assumed-role/x/me@corp.com",
        "task-specific-long-layer-name and risk_hf",
        "AlgorithmError: Ünïcode \U0001f600 ends with exit code 1",
    ],
)
def test_what_is_no_secret_is_kept(text: str) -> None:
    assert redact(text) == text


def test_the_text_is_one_line_that_any_console_can_show() -> None:
    text = "a\r\nb\tc\x1b]8;;http://x\x07link\x1b]8;;\x1b\\\x9b31mred\x7f\u202eend\u2028\ud83d\ude00\ud800"
    assert one_line(text) == "a b clinkredend \U0001f600\ufffd"


@pytest.mark.parametrize(
    "text",
    [
        KEY_ID,
        f"key ASIA{KEY_ID[4:]}.",
        f"{HEAD}{BODY}",
        "https://b.s3/k?x-amz-credential=5ecre7",
        "https://b.s3/k?x-amz-signature=5ecre7",
        "https://b.s3/k?X-Amz-Security-Token=5ecre7",
        "https://b.s3/k?AWSAccessKeyId=a&Signature=5ecre7",
        "https://b.s3/k?sig=5ecre7",
        "https://me:5ecre7@host",
        "me:5ecre7@host",
    ],
)
def test_whatever_the_rules_find_secret_is_masked(text: str) -> None:
    assert holds_secret(text)
    shown = redact(f"it said {text} and stopped")
    assert not holds_secret(shown)
    assert "5ecre7" not in shown


@given(
    st.text("AKIASX019 -/:@.?&=", max_size=60),
    st.sampled_from([KEY_ID, "me:5ecre7@h", HEAD, "?a&sig=5ecre7"]),
)
def test_the_rules_find_nothing_in_what_is_masked(around: str, secret: str) -> None:
    shown = redact(f"{around} {secret} {around}")
    assert not holds_credential(shown)
    assert not holds_secret(shown)


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "DB_PASSWD",
        "db_pwd",
        "ssh_passphrase",
        "client_secret",
        "HF_TOKEN",
        "authToken",
        "token2",
        "AWS_SECRET_ACCESS_KEY",
        "apikey",
        "WANDB_API_KEY",
        "private-key",
        "auth",
        "GOOGLE_CREDENTIALS",
        "SENTRY_DSN",
        "connection_string",
        "session_cookie",
        "smtp.pass",
        "jwt",
        "signature",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)
    assert redact(f"x {name}=hunter2!, y") == f"x {name}=*** y"


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens",
        "tokenizer_name",
        "learning_rate",
        "bypass",
        "author",
        "KMS_KEY",
        "key",
        "aws_access_key_id",
    ],
)
def test_names_of_no_secrets(name: str) -> None:
    assert not is_secret_name(name)


def job(**values: object) -> dict[str, object]:
    return {"HyperParameters": values, "Environment": None}


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        pytest.param("hunter2", "cannot log in with hunter2.", "cannot log in with ***.", id="plain"),
        pytest.param('"hunter2"', "cannot log in with hunter2.", "cannot log in with ***.", id="json-value"),
        pytest.param('a"b\\c/ü', '"a\\"b\\\\c/\\u00fc"', '"***"', id="as-json"),
        pytest.param("a b/c&d", "q=a%20b%2Fc%26d q=a+b%2Fc%26d", "q=*** q=***", id="in-an-address"),
        pytest.param("line-1\nline-2", "of | line-1 | line-2 | end", "of | *** | *** | end", id="lines"),
        pytest.param("word", "passwordless", "pass***less", id="inside"),
        pytest.param("http", "https://me:pw@h", "***s://***@h", id="part-of-another"),
        pytest.param("hunter2", "log in with hunter", "log in with ***", id="cut"),
        pytest.param("hunter2", "log in with hunt | b", "log in with *** | b", id="cut-in-a-line"),
        pytest.param("hunter2", "hunte | b | c | hunt", "*** | b | c | ***", id="cut-in-lines"),
        pytest.param("hunter2", "a | " * 60 + "hunt", "a | " * 60 + "***", id="cut-in-the-last-line"),
        pytest.param("aaaabaaaac", "x aaaaa", "x a***", id="cut-after-its-like"),
        pytest.param("abab", "x ababab y", "x *** y", id="overlapping"),
        pytest.param("'hunter2'", "with hunter2.", "with ***.", id="quoted"),
        pytest.param('"h\\u00fcnter"', "with hünter.", "with ***.", id="escaped-in-its-json"),
        pytest.param("a'b\"c", "of a\\'b\"c", "of ***", id="as-code"),
        pytest.param("ab***cd", f"of ab{KEY_ID}cd", "of ***", id="seen-once-another-is-masked"),
        pytest.param("hunter2", "log in with hun", "log in with hun", id="three-characters-tell-little"),
        pytest.param("abc", "an abc", "an abc", id="too-short"),
        pytest.param("True", "use_auth is True", "use_auth is True", id="common"),
        pytest.param("****", "**** and *****", "**** and *****", id="asterisks"),
        pytest.param("[" * 100_000, "no " + "[" * 100_000, "no ***", id="nested"),
    ],
)
def test_the_jobs_own_secrets_are_masked(value: str, text: str, expected: str) -> None:
    assert redact(text, job(my_auth=value)) == expected
    assert redact(text, {"Environment": {"MY_AUTH": value}}) == expected
    assert redact(text, job(my_name=value)) == redact(text)


@pytest.mark.parametrize("description", [{}, {"HyperParameters": []}, {"Environment": {"token": 123456}}])
def test_a_description_is_read_as_it_comes(description: dict[str, object]) -> None:
    assert redact("a token", description) == "a token"


LONG = 100_000
PIECES = [
    "secret",
    "secret:",
    'secret:"',
    "secret:'\\",
    "-",
    "--a",
    "://",
    "a:",
    "a@",
    ":@",
    "?",
    "?a&sig=",
    "eyJ",
]
PIECES += [
    HEAD,
    FOOT,
    "-----BEGIN ",
    "AKIA",
    "ghp_",
    "sk-",
    "\x1b]",
    "\x1b[0",
    "\x1b[",
    " | ",
    "bearer ",
    "'token',",
]
PIECES += [
    "\\",
    '\\"',
    'token\\":\\"',
    "a",
    " ",
    "\n",
    "\ud800",
    "IQoJ",
    "api_key ",
    "://a:",
    "@sha256:",
    "hunter2",
]


@pytest.mark.parametrize("piece", PIECES)
def test_no_text_takes_long(piece: str) -> None:
    text = (piece * LONG)[:LONG]
    started = time.process_time()
    redact(text, job(password="hunter2", token="aaaa", secret=" | a"))
    assert time.process_time() - started < 1.0


def test_many_long_values_do_not_take_long() -> None:
    values = {f"token_{number}": "ab" * 1000 + str(number) for number in range(100)}
    started = time.process_time()
    redact("ab" * 5000 + " | " * 5000, job(**values))
    assert time.process_time() - started < 2.0


TEXTS = st.text(max_size=200) | st.lists(st.sampled_from([*PIECES, "=", ": ", KEY_ID, JWT])).map("".join)


@given(TEXTS, st.dictionaries(st.sampled_from(["password", "api_key", "rate"]), TEXTS))
def test_any_text_is_masked_once_and_for_all(text: str, values: dict[str, str]) -> None:
    shown = redact(text, {"HyperParameters": values})
    shown.encode()
    assert redact(shown, {"HyperParameters": values}) == shown


SECRETS = st.text("abcXYZ019/+_-.,;:!?%&#{}", min_size=8, max_size=40)
# Each is how a secret stands in a text; the first needs the job's description.
PLACES = ["{0}", "password={0}", '{{"api_key": "{0}"}}', "--token {0}", "Authorization: Bearer {0}"]
PLACES += ["xTOKEN: '{0}'", "https://me:{0}@h"]


@given(TEXTS, SECRETS, st.sampled_from(PLACES), TEXTS)
def test_a_planted_secret_is_never_left(before: str, secret: str, place: str, after: str) -> None:
    assume(secret not in before + after)
    text = f"{before} \n{place.format(secret)} {after}"
    assert secret not in redact(text, job(password=secret))


@given(
    st.text("bcXYZ01 .,", max_size=40),
    SECRETS,
    st.sampled_from(PLACES[1:]),
    st.text("bcXYZ01 .,", max_size=40),
)
def test_a_planted_secret_is_known_by_its_form(before: str, secret: str, place: str, after: str) -> None:
    assume(secret not in before + after)
    assert secret not in redact(f"{before} {place.format(secret)} {after}")


@given(SECRETS)
def test_a_secret_is_known_in_an_address(secret: str) -> None:
    assert quote(secret, safe="") not in redact(
        f"https://h/?q={quote(secret, safe='')}", job(password=secret)
    )
