"""A report on its way out of the box: ordered by a director, made by a process of its own, taken by a mail server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.database import open_beside_the_recorder
from firmware.adapters.catalogue.report_orders import ReportTables
from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.control.server import Handler
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.keeper.parts import KeeperParts
from firmware.cli.keeper.reports import compose_report_post, report_routes, sending_routes
from firmware.cli.reports.one_paper import report_for_mail
from firmware.config.loader import load_settings
from firmware.core.call_record import Party
from firmware.core.home import Home
from firmware.core.report_order import REPORTS, ReportOrder
from firmware.core.report_period import PERIODS
from tests.integration.mailboxes import mailbox
from tests.integration.programs import DIRECTOR, with_director
from tests.integration.sealed_call import list_call
from tests.integration.test_web_reports import CALLER, keeper
from tests.integration.web_office import LISTENER, WebOffice, form_token, new_record, web_office
from webui.wording import days_phrase

ZONE = ZoneInfo("Europe/London")
TODAY = datetime.now(ZONE).date()
LAST_MONTH = PERIODS["last-month"](TODAY)


def keeper_with_a_call(home: Home) -> Mapping[str, Handler]:
    began = datetime.combine(LAST_MONTH.first, datetime.min.time(), UTC) + timedelta(days=3, hours=10)
    list_call(home, replace(new_record(began, Party(CALLER)), extension="4711"), "complete", 90)
    return {**keeper(home), **report_routes(home)}


def have_mail(office: WebOffice, url: str) -> None:
    settings = SettingsFile(office.home.settings_file)
    alerts = {"destinations": [{"name": "office-mail", "url": url}], "digest_at": "00:00"}
    settings.replace({**settings.read(), "alerts": alerts})


def test_a_report_arrives_once_as_counts_at_the_addresses_that_were_ordered(tmp_path: Path) -> None:
    with web_office(tmp_path, keeper_of=keeper_with_a_call) as office, mailbox() as box:
        home, tables = office.home, ReportTables(office.home.catalogue)
        have_mail(office, box.url)
        tables.keep(ReportOrder("calls", "month", ("board@example.org",), "dora", 0))
        settings = load_settings(SettingsFile(home.settings_file))
        evidence = RecorderEvidenceDesk(home.recorder_socket)
        catalogue = open_beside_the_recorder(home.catalogue)
        post = compose_report_post(KeeperParts(home, settings, catalogue, evidence, SystemClock()))
        for _ in range(2):
            post.run(SystemClock().wall_ms())
        (mail,) = box.mails
        assert mail["To"] == "board@example.org"
        (attached,) = mail.iter_attachments()
        assert isinstance(attached, EmailMessage)
        assert attached.get_filename() == f"earmark-calls-{LAST_MONTH.first}-{LAST_MONTH.last}.pdf"
        content = attached.get_content()
        assert content.startswith(b"%PDF-")
        assert LAST_MONTH.shown.encode() in content
        assert "report-sent" in office.recorder.kinds()
        assert "destination “office-mail”" in office.signed_in(LISTENER).get("/reports/by-mail").text
        catalogue.dispose()
        (sent,) = tables.sent()
        assert (sent.report, sent.addresses, sent.trouble) == ("calls", 1, "")


def test_a_director_has_it_sent_at_once_and_reads_what_became_of_it(tmp_path: Path) -> None:
    duties: dict[str, Handler] = {}
    keepers = {"POST /reports/send": lambda request: duties["POST /reports/send"](request)}
    with web_office(tmp_path, keeper_of=lambda home: {**keeper_with_a_call(home), **keepers}) as office:
        with_director(office)
        dora, home = office.signed_in(DIRECTOR), office.home
        catalogue = open_beside_the_recorder(home.catalogue)
        evidence, settings = RecorderEvidenceDesk(home.recorder_socket), load_settings(SettingsFile(home.settings_file))
        post = compose_report_post(KeeperParts(home, settings, catalogue, evidence, SystemClock()))
        duties |= sending_routes(post, SystemClock())

        def press() -> str:
            token = form_token(dora.get("/reports/by-mail"))
            return dora.post("/reports/by-mail/calls/now", data={"csrf_token": token}, follow_redirects=True).text

        assert "Set how often, and to whom, first." in press()
        ReportTables(home.catalogue).keep(ReportOrder("calls", "month", ("board@example.org",), "dora", 0))
        assert "It could not be sent: no mail server is set up under alerts." in press()
        with mailbox() as box:
            have_mail(office, box.url)
            for times in (1, 2):  # it goes each time that somebody asks
                said = press()
                assert "was handed to the mail server, for board@example.org." in said
                assert days_phrase(LAST_MONTH.first, LAST_MONTH.last) in said
                assert len(box.mails) == times
            box.refuses = True
            assert "It could not be sent" in press()
        asked = [each for each in office.recorder.evidence if each["kind"] == "report-asked"]
        assert {each["detail"]["name"] for each in asked} == {DIRECTOR}
        assert office.recorder.kinds().index("report-asked") < office.recorder.kinds().index("report-sent")
        assert "Send it now" not in office.signed_in(LISTENER).get("/reports/by-mail").text
        catalogue.dispose()


def test_nothing_that_names_anybody_is_in_a_report_that_goes_by_mail(tmp_path: Path) -> None:
    period = PERIODS["last-month"](datetime(2026, 4, 15, tzinfo=UTC).date())
    with web_office(tmp_path, keeper_of=keeper) as office:
        for key in REPORTS:
            said = repr(report_for_mail(office.home, key, period, ZONE))
            for secret in (CALLER[-9:], "'201'", "=202", "dora", "complaint", "p1"):
                assert secret not in said, (key, secret)
