"""The SDKs' programs under `sdks/`, and what they must print for the calls of `fixtures/calls.json`."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
SDKS = HERE / "sdks"
BUILD = HERE.parent / ".e2e"
TOKEN = "phc_real_sdks"

#: Seconds an SDK's program may take, building included.
PROGRAM_SECS = 900

SCENARIO = json.loads((HERE / "fixtures" / "calls.json").read_text())
FLAGS = SCENARIO["unless_said"]["flags"]
PAYLOADS = SCENARIO["unless_said"]["payloads"]
ABSENT = (SCENARIO["unknown_flag"], SCENARIO["inactive_flag"])


def execute(*command: str, folder: pathlib.Path = HERE) -> str:
    """Runs a program to its end and returns its output; a failure shows what it wrote."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=PROGRAM_SECS, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def as_json(payload):
    """A payload as a value: some SDKs hand the JSON text to their caller, some the parsed value."""
    if isinstance(payload, str):
        return json.loads(payload) if payload else None
    return payload


def differences(answered: dict) -> list[str]:
    """Every place where an SDK told its caller something else than expected."""
    found = []
    for call in SCENARIO["calls"]:
        flags = {**FLAGS, **call.get("flags", {})}
        payloads = {**PAYLOADS, **call.get("payloads", {})}
        answer = answered["answers"][call["name"]]
        for key, expected in flags.items():
            seen = [("flag", answer["one_by_one"][key], expected)]
            seen.append(("enabled", answer["enabled"][key], expected is not False))
            seen.append(("payload", as_json(answer["payloads"][key]), payloads.get(key)))
            if "together" in answer:
                seen.append(("together", answer["together"].get(key), expected))
            for what, got, wanted in seen:
                if got != wanted or isinstance(got, bool) != isinstance(wanted, bool):
                    found.append(f"{call['name']}: {what} of {key} is {got!r}, not {wanted!r}")
        for key in ABSENT:
            if answer["one_by_one"][key] not in (None, False) or answer["enabled"][key]:
                found.append(f"{call['name']}: {key} is {answer['one_by_one'][key]!r}")
            # An SDK that evaluates by itself has the inactive flag too, and says that it is off.
            if answer.get("together", {}).get(key, False) is not False:
                found.append(f"{call['name']}: {key} is among all flags")
    return found


def needs(skip_aloud, *tools: str) -> None:
    """Skips, aloud, where a tool is not installed."""
    for tool in tools:
        if shutil.which(tool) is None:
            skip_aloud(f"`{tool}` is not installed")


# What is built is built once a run, however many suites ask for it.


@functools.cache
def rust_program(name: str = "burgee-e2e-rust") -> str:
    """A built program of the Rust SDK."""
    manifest = str(SDKS / "rust" / "Cargo.toml")
    target = str(BUILD / "rust")
    # With debug information left out the SDK's dependencies build in about a minute.
    execute("cargo", "build", "--quiet", "--locked", "--manifest-path", manifest, "--target-dir", target)
    return str(BUILD / "rust" / "debug" / name)


@functools.cache
def go_program(sdk: str = "go") -> str:
    """The built program of a Go SDK, by its folder under `sdks/`."""
    program = str(BUILD / sdk.replace("/", "-") / "main")
    execute("go", "build", "-o", program, ".", folder=SDKS / sdk)
    return program


def java_program(sdk: str = "java", main: str = "Main") -> tuple[list[str], str]:
    """The command that runs a built class of a Java SDK, by its folder, and the SDK's version."""
    # The first property that is a version is that of the SDK.
    version = re.search(r"\.version>([^<]+)<", (SDKS / sdk / "pom.xml").read_text())
    return ["java", "-cp", _java_classes(sdk), main], version[1]


@functools.cache
def _java_classes(sdk: str) -> str:
    """The class path of a Java SDK's built programs."""
    execute("mvn", "--quiet", "--batch-mode", "package", folder=SDKS / sdk)
    built = BUILD / sdk.replace("/", "-")
    return os.pathsep.join([str(built / "classes"), f"{built}/libraries/*"])
