"""What tests of the recorder as a process ask of it and of those beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from firmware.adapters.control.client import ControlClient
from firmware.cli.verify import verify_home
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from tests.integration.recorder_at_work import RATE, Call, Office, Pcm, decode, eventually, likeness

_VERIFIER = Path(__file__).parents[3] / "scripts" / "verify-recordings"


def must_hold_all_of_it(office: Office, call: Call, far: Pcm, other: Pcm) -> None:
    """Every sample of both parties is there, in its place."""
    whole = office.unseal(call.id)
    assert (whole.samples, whole.gaps, whole.state) == (call.said, (), "complete")
    heard = decode(whole.ogg)
    assert heard.shape[1] == call.said
    for sent, channel in ((far, heard[0]), (other, heard[1])):
        for start in range(0, call.said - RATE, RATE):
            piece = sent[start : start + RATE]
            if np.abs(piece).max() > 500:
                assert likeness(piece, channel[start : start + RATE], within=4) > 0.8, f"at {start / RATE} s"


def wrong(office: Office) -> list[str]:
    """What the box finds wrong with itself; the tool that proves it to others must agree that there is something."""
    found = [f"{each.subject}: {each.text}" for each in verify_home(office.home) if each.severity == "wrong"]
    key, checkpoint = office.home.device_public_key, office.home.checkpoint
    asked = (_VERIFIER, office.home.data, "--key", key, "--checkpoint", checkpoint, "--catalogue", "--json")
    proof = subprocess.run([sys.executable, *map(str, asked)], capture_output=True, text=True, check=False)
    assert bool(json.loads(proof.stdout)["findings"]) == bool(found), proof.stdout
    return found


def earmark(office: Office, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(office.home.root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def keeper_process(home: Home) -> Iterator[ControlClient]:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "keeper"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        client = ControlClient(home.keeper_socket, 20)
        try:
            eventually(lambda: _answers(client), 20, "the keeper does not answer")
            yield client
        finally:
            process.terminate()
        assert process.wait(10) == 0
    assert not home.keeper_socket.exists()


def _answers(client: ControlClient) -> bool:
    try:
        client.get("/health")
    except EarmarkError:
        return False
    return True
