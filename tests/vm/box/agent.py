"""Runs in the box under test: takes orders from the test's end of a serial port, one line of JSON each, as root.

It is no part of the image: the machine's firmware tables bring it along (systemd.system-credentials(7)).
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import time
from typing import Any

PORT = "/dev/virtio-ports/earmark.test"


def main() -> None:
    while not os.path.exists(PORT):
        time.sleep(0.1)
    with open(PORT, "r+b", buffering=0) as port:
        waiting = b""
        while True:
            heard = port.read(65536)
            if not heard:
                time.sleep(0.1)  # nobody is at the other end
                continue
            *orders, waiting = (waiting + heard).split(b"\n")
            for order in orders:
                try:
                    asked = json.loads(order)
                except ValueError:  # nothing, or the beginning of one that was given up
                    continue
                answer(port, asked)


def answer(port: io.FileIO, order: dict[str, Any]) -> None:
    try:
        done = subprocess.run(
            order["command"], shell=True, capture_output=True, timeout=order["timeout_s"], errors="replace", text=True
        )
        said = {"status": done.returncode, "out": done.stdout, "err": done.stderr}
    except subprocess.TimeoutExpired:
        said = {"status": 124, "out": "", "err": "it took too long"}
    told = memoryview(json.dumps({"id": order["id"], **said}).encode() + b"\n")
    while told:
        told = told[port.write(told) :]


main()
