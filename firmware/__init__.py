"""Earmark's firmware: the processes that hold, record, seal and open the office's calls."""

from __future__ import annotations

__version__ = "0.1.0"
