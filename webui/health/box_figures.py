"""What the box is asked, as Prometheus reads it. Loaded with the library for that when a program asks (``metrics``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import EarmarkError
from firmware.core.lines_instance import process_name
from webui.health.metrics import BoxPrograms


def as_prometheus_reads(programs: BoxPrograms) -> tuple[bytes, str]:
    """The text, and its media type."""
    registry = CollectorRegistry()
    registry.register(_BoxFigures(programs))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _BoxFigures(Collector):
    """Asks every process anew each time that it is read."""

    def __init__(self, programs: BoxPrograms) -> None:
        self._lines = programs.lines
        self._others = {"recorder": programs.recorder, "opener": programs.opener, "keeper": programs.keeper}

    def collect(self) -> Iterator[Metric]:
        answers = {
            **{process_name(each): _asked(self._lines.client(each), "/health") for each in self._lines.processes},
            **{name: _asked(client, "/health") for name, client in self._others.items()},
        }
        yield from _of_processes(answers)
        yield from _of_recorder(answers["recorder"] or {})
        yield from _of_findings(_asked(self._others["keeper"], "/findings"))


def _of_processes(answers: Mapping[str, Mapping[str, Any] | None]) -> Iterator[Metric]:
    up = GaugeMetricFamily("earmark_process_up", "Whether the program answers.", labels=["process"])
    calls = GaugeMetricFamily("earmark_calls", "Calls in progress.", labels=["process"])
    well = GaugeMetricFamily("earmark_line_working", "Whether the line works.", labels=["line"])
    registered = GaugeMetricFamily("earmark_line_registered", "Whether the line is registered.", labels=["line"])
    for name, answer in answers.items():
        up.add_metric([name], answer is not None)
        if answer and isinstance(answer.get("calls"), int):
            calls.add_metric([name], answer["calls"])
        for line in (answer or {}).get("lines", ()):
            well.add_metric([str(line.get("name"))], line.get("state") == "working")
            if line.get("registered") is not None:
                registered.add_metric([str(line.get("name"))], bool(line["registered"]))
    yield from (up, calls, well, registered)


def _of_recorder(answer: Mapping[str, Any]) -> Iterator[Metric]:
    recordings = answer.get("recordings", ())
    behind_ms = max((int(each.get("behind_ms", 0)) for each in recordings), default=0)
    yield GaugeMetricFamily("earmark_recordings", "Recordings under way.", value=len(recordings))
    yield GaugeMetricFamily("earmark_behind_seconds", "The longest time not yet sealed.", value=behind_ms / 1000)
    yield GaugeMetricFamily("earmark_spooled_calls", "Calls in the spool.", value=int(answer.get("spooled", 0)))
    if "free_bytes" in answer:
        yield GaugeMetricFamily("earmark_free_bytes", "Room left for recordings.", value=int(answer["free_bytes"]))


def _of_findings(answer: Mapping[str, Any] | None) -> Iterator[Metric]:
    if answer is None:
        return
    found = GaugeMetricFamily("earmark_findings", "What each check finds wrong.", labels=["check"])
    for check in answer.get("checks", ()):
        found.add_metric([str(check["check"])], int(check["findings"]))
    worst = GaugeMetricFamily("earmark_findings_unknown", "What nobody has acknowledged.", labels=["severity"])
    unknown = [str(each["severity"]) for each in answer.get("findings", ()) if not each.get("acknowledged")]
    for severity in ("fault", "attention", "note"):
        worst.add_metric([severity], unknown.count(severity))
    yield from (found, worst)
    waiting = int(answer.get("waiting", 0))
    yield GaugeMetricFamily("earmark_alerts_waiting", "Messages that have not reached everybody.", value=waiting)


def _asked(client: ControlClient, path: str) -> Mapping[str, Any] | None:
    try:
        return client.get(path)
    except EarmarkError:
        return None
