"""The page, looked at by an independent scanner (wapiti) that is signed in and sends whatever it likes to every form.

The scanner has packages of its own versions, so it lives in an environment of its own: ``scripts/scan-page`` makes it.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.keys.issued_certificates import ensure_issued, wanted_now
from firmware.adapters.keys.page_certificate import page_pair
from firmware.core.access_policy import Role
from tests.integration.full_office import full_office
from webui.server import WebServer

SCANNER = Path(os.environ.get("EARMARK_SCANNER", Path(__file__).parents[2] / "build" / "scanner" / "bin" / "wapiti"))
#: All that it tries by default and more; not LDAP, which nothing here speaks: it is suspected wherever answers to
#: different searches differ.
MODULES = (
    "cookieflags,crlf,csp,csrf,exec,file,http_headers,log4shell,methods,permanentxss,redirect,shellshock,sql,ssl,"
    "ssrf,timesql,upload,xss,xxe,information_disclosure"
)
#: As wapiti counts: 0 informational, 1 low, 2 medium, 3 high, 4 critical.
LOW = 1
SECONDS = {"--max-scan-time": "240", "--max-attack-time": "30", "--timeout": "10"}
#: These end the session or what it may (whoever scans may leave the office, too), or never end by themselves; and an
#: update is refused before its form's token is read, while another is on its way as it is here.
LEFT_OUT = ("/sign-out", "/account*", "/people/*/leave", "/in-progress/events", "/desk/events", "/updates/send")


def scan(server: WebServer, cookie: str, folder: Path) -> dict[str, Any]:
    """What the scanner reports."""
    base = f"https://127.0.0.1:{server.port}"
    options = [each for pair in SECONDS.items() for each in pair]
    options += [each for path in LEFT_OUT for each in ("--exclude", f"{base}{path}")]
    options += ["--header", f"Cookie: {cookie}", "--module", MODULES, "--scope", "domain", "--flush-session"]
    options += ["--store-session", str(folder), "--store-config", str(folder), "--format", "json", "--no-bugreport"]
    options += ["--output", str(folder / "report.json"), "--depth", "6", "--max-links-per-page", "60", "--verbose", "0"]
    done = subprocess.run(
        [SCANNER, "--url", f"{base}/", *options], capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.ADMINISTRATOR], ids=str)
def test_a_scanner_that_is_signed_in_finds_nothing_above_low(role: Role, tmp_path: Path, record_property: Any) -> None:
    assert SCANNER.exists(), "Make the scanner first: scripts/scan-page --make"
    (tmp_path / "scanner").mkdir()
    with full_office(tmp_path, tls=True) as full:
        ensure_issued(full.office.home, wanted_now(()), datetime.now(UTC))
        browser = full.browser_of(role)
        browser.get("/help")  # from its first page on, a browser has the cookie that forms' tokens are held against
        kept = [browser.get_cookie(name) for name in ("__Host-earmark", "__Host-earmark-form")]
        cookie = "; ".join(f"{each.key}={each.value}" for each in kept if each is not None)
        server = WebServer(full.office.app, "127.0.0.1:0", partial(page_pair, full.office.home))
        server.start()
        try:
            report = scan(server, cookie, tmp_path / "scanner")
        finally:
            server.stop()
        assert browser.get("/help").status_code == 200, "the scanner ended its own session: what it found means little"
    found = [
        (kind, each["level"], each["method"], each["path"], each.get("parameter"), each["info"])
        for part in ("vulnerabilities", "anomalies")
        for kind, several in report[part].items()
        for each in several
    ]
    record_property(f"pages crawled as {role}", report["infos"]["crawled_pages_nbr"])
    record_property(f"findings as {role}", len(found))
    assert report["infos"]["crawled_pages_nbr"] > 40, "it was not signed in"
    assert [each for each in found if each[1] > LOW] == []
