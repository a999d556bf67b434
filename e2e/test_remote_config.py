"""Official SDKs that ask a real Burgee for remote configurations, encrypted ones included."""

from __future__ import annotations

import json
import sys

import pytest

from sdk_programs import HERE, SDKS, as_json, execute, go_program, needs
from server import PATIENT, requests, serving

TOKEN = "phc_remote_config"
SECRET_KEY = "phs_remote_config"
PERSONAL_KEY = "phx_remote_config"
PAYLOAD_KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
FLAGS = ("theme", "an-object", "nothing", "secret")

#: What is shown in the place of an encrypted payload.
MARKER = "********* (encrypted)"

#: What a caller of the SDK gets, as a value, whoever asks.
PLAIN = {"theme": {"dark": True}, "an-object": {"dark": True}, "nothing": None}


def value(payload):
    """A payload as a value. Node hands its caller the value, which for the marker is a text without quotes."""
    return payload if payload == MARKER else as_json(payload)


@pytest.fixture
def burgee(tmp_path):
    """A server that has the fixture and the key of its encrypted payload."""
    keys = ("--payloads-secret-keys", PAYLOAD_KEY)
    fixture = HERE / "fixtures" / "remote_config.json"
    with serving(tmp_path, apply=fixture, arguments=(*PATIENT, *keys)) as server:
        yield server


@pytest.fixture
def check(burgee, record_property):
    """Runs one SDK's program with both kinds of key, and looks at what its caller was given."""

    def check_program(*command: str) -> None:
        for key, secret in ((PERSONAL_KEY, {"password": "hush"}), (SECRET_KEY, MARKER)):
            answered = json.loads(execute(*command, burgee.url, TOKEN, key, *FLAGS).splitlines()[-1])
            payloads = {flag: value(payload) for flag, payload in answered["payloads"].items()}
            assert payloads == {**PLAIN, "secret": secret}, key
        record_property(answered["sdk"], answered["version"])
        assert requests(burgee, "remote_config") == {"200": 2 * len(FLAGS)}

    return check_program


def test_python_reads_remote_configurations(check):
    check(sys.executable, str(SDKS / "python" / "remote_config.py"))


def test_node_reads_remote_configurations(check, skip_aloud):
    needs(skip_aloud, "node")
    check("node", str(SDKS / "node" / "remote-config.mjs"))


def test_go_reads_remote_configurations(check, skip_aloud):
    needs(skip_aloud, "go")
    check(go_program("go/remote-config"))
