"""One log format for every process: ``HH:MM:SS.mmm level process component: message`` on standard error."""

from __future__ import annotations

import logging
import sys
import time

_LEVELS = {"DEBUG": "debug", "INFO": "info", "WARNING": "warn", "ERROR": "error", "CRITICAL": "fatal"}


class LogFormat(logging.Formatter):
    """Local time of day, because a person at the box reads it beside a clock; the journal keeps the date."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        component = record.name.removeprefix("firmware.").rpartition(".")[2]
        level = _LEVELS.get(record.levelname, record.levelname.lower())
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")  # one line each, whatever a peer sent
        text = f"{clock}.{int(record.msecs):03d} {level:<5} {self._process} {component}: {message}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return text


def _ours_or_serious(record: logging.LogRecord) -> bool:
    """Libraries tell the log how they are set up, and at debug level what passes through them: only what is amiss."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] in ("firmware", "web", "webui")


def configure_logging(process: str, level: str = "info") -> None:
    """Send this process's whole log to standard error. Call once, first thing."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogFormat(process))
    handler.addFilter(_ours_or_serious)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
