"""Settings changed through the opener: on record, not lost between two people, with a way back, no secret shown."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.peer_policy import PeerCredentials
from firmware.adapters.control.server import ControlServer, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.settings.settings_history import SettingsHistoryFile
from firmware.adapters.settings.waiting_evidence import WaitingEvidenceFile
from firmware.adapters.supervision.system_command import Done
from firmware.cli.box.quiet_moments import QuietMoments
from firmware.cli.box.routes import guarded
from firmware.cli.box.settings import settings_routes
from firmware.cli.settings.clerk_desk import SettingsClerk
from firmware.config.kept_secrets import STARS
from firmware.core.errors import ActionRefused, NotAllowed, NotSetUp, SettingsError, StorageError, TooBusy
from firmware.core.home import Home
from tests.integration.updated_box import DIRECTOR, director_of, eventually
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, web_office

TRUNK = {"name": "bt", "host": "192.0.2.1", "user": "office", "password": "hush-hush-hush"}
LINE = {"name": "main", "kind": "sip", "sip": {"trunks": [TRUNK], "office": {"host": "192.0.2.9"}}}


class Desk:
    """Somebody at the opener's socket."""

    def __init__(self, office: WebOffice, name: str, pass_phrase: str = "") -> None:
        self._client = ControlClient(office.home.opener_socket, 30)
        phrase = pass_phrase or office.pass_phrases[name]
        self._token = str(self._client.post("/sign-in", {"user": name, "password": phrase})["token"])

    def shown(self) -> dict[str, Any]:
        return self._client.get("/settings", token=self._token)

    def ask(self, path: str, **body: Any) -> dict[str, Any]:
        return self._client.post(f"/settings{path}", body, token=self._token)

    def change(self, **sections: Any) -> dict[str, Any]:
        now = self.shown()
        return self.ask("", document={**now["document"], **sections}, version=now["version"])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path) as office:
        store = SettingsFile(office.home.settings_file)
        store.replace(store.read() | {"lines": [LINE], "panel": {"kind": "none"}})
        yield office


def saved(home: Home) -> dict[str, Any]:
    return SettingsFile(home.settings_file).read()


def test_a_change_is_in_effect_on_record_and_says_who_must_start_again(office: WebOffice) -> None:
    sam = Desk(office, ADMINISTRATOR)
    done = sam.change(pause={"resume_after_s": 240}, panel={"kind": "gpio"})
    assert (done["saved"], done["sections"], done["by_hand"]) == (True, ["pause", "panel"], ["lines", "panel"])
    assert saved(office.home)["pause"]["resume_after_s"] == 240
    (entry,) = [each for each in office.recorder.evidence if each["kind"] == "settings-changed"]
    assert entry["detail"].pop("made_at_ms") <= sam.shown()["earlier"][0]["at_ms"]
    assert entry["detail"] == {
        "name": ADMINISTRATOR,
        "sections": "pause, panel",
        "settings": "pause.resume_after_s: 180 → 240, panel.kind: none → gpio",
        "digest": sam.shown()["earlier"][0]["digest"],
    }


def test_passwords_are_shown_to_nobody_and_outlive_what_was_changed_beside_them(office: WebOffice) -> None:
    sam = Desk(office, ADMINISTRATOR)
    now = sam.shown()
    assert TRUNK["password"] not in repr(now)
    assert now["document"]["lines"][0]["sip"]["trunks"][0]["password"] == STARS
    now["document"]["lines"][0]["sip"]["trunks"][0]["user"] = "office2"
    done = sam.ask("", document=now["document"], version=now["version"])
    assert TRUNK["password"] not in repr((done, sam.shown(), office.recorder.evidence))
    (trunk,) = saved(office.home)["lines"][0]["sip"]["trunks"]
    assert (trunk["user"], trunk["password"]) == ("office2", TRUNK["password"])


def test_of_two_who_change_at_once_the_second_is_told_and_loses_nothing_of_the_first(office: WebOffice) -> None:
    sam, other = Desk(office, ADMINISTRATOR), Desk(office, ADMINISTRATOR)
    seen = other.shown()
    sam.change(pause={"resume_after_s": 240})
    with pytest.raises(ActionRefused, match="Somebody else changed"):
        other.ask("", document={**seen["document"], "codes": {"pause": "*58"}}, version=seen["version"])
    assert saved(office.home)["pause"]["resume_after_s"] == 240
    assert saved(office.home)["codes"].get("pause") != "*58"


def test_what_is_wrong_is_named_and_changes_nothing(office: WebOffice) -> None:
    sam = Desk(office, ADMINISTRATOR)
    before = saved(office.home)
    done = sam.change(pause={"resume_after_s": -1})
    assert (done["saved"], done["mistakes"]) == (
        False,
        [{"path": ["pause", "resume_after_s"], "what": "must be 0 or more"}],
    )
    assert saved(office.home) == before
    assert "settings-changed" not in office.recorder.kinds()


def test_of_a_great_many_mistakes_the_first_are_told_and_how_many_more_there_are(office: WebOffice) -> None:
    sam = Desk(office, ADMINISTRATOR)
    rules = [{"name": f"r{number}", "mode": "x" * 500} for number in range(300)]
    told = sam.change(rules=rules)["mistakes"]
    assert len(told) == 21
    assert told[-1] == {"path": [], "what": "and 280 more of what is wrong"}
    text = "".join(f'[[rules]]\nname = "r{number}"\nmode = "x"\n' for number in range(300))
    with pytest.raises(SettingsError) as refused:
        sam.ask("/file/look", toml=text, name="a.toml")
    assert refused.value.what.count("\n") == 20
    assert refused.value.what.endswith("and 280 more of what is wrong.")


def test_a_look_at_settings_that_takes_too_long_is_given_up_and_the_next_is_answered(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.settings_file.parent.mkdir(parents=True)
    clerk = SettingsClerk(home, patience_s=0.01)
    with pytest.raises(TooBusy, match="took longer"):
        clerk.ask("show")
    with pytest.raises(NotSetUp):
        SettingsClerk(home).ask("show")


def test_roles_change_what_is_theirs_and_others_see_nothing(office: WebOffice) -> None:
    director = Desk(office, DIRECTOR, director_of(office))
    assert set(director.shown()["may_change"]) == {"retention", "records", "sign_in", "archive", "backup", "alerts"}
    assert director.change(retention=[{"name": "standard", "years": 7}])["saved"]
    with pytest.raises(NotAllowed, match="Administrator"):
        director.change(pause={"resume_after_s": 240})
    with pytest.raises(NotAllowed, match="change retention"):
        Desk(office, ADMINISTRATOR).change(retention=[])
    with pytest.raises(NotAllowed):
        Desk(office, LISTENER).shown()


def test_there_is_a_way_back_that_asks_for_a_password_where_it_leads_to_another_server(office: WebOffice) -> None:
    sam = Desk(office, ADMINISTRATOR)
    moved = {**TRUNK, "host": "192.0.2.7", "password": "another-password"}
    sam.change(lines=[{**LINE, "sip": {"trunks": [moved], "office": {"host": "192.0.2.9"}}}])
    (change,) = sam.shown()["earlier"]
    assert (change["who"], change["sections"]) == (ADMINISTRATOR, ["lines"])
    (wanted,) = sam.ask("/back/look", change=change["id"])["mistakes"]
    assert wanted["secret"] == "lines.main.sip.trunks.bt.password"
    assert not sam.ask("/back", change=change["id"], version=sam.shown()["version"])["saved"]
    typed = [[wanted["path"], TRUNK["password"]]]
    look = sam.ask("/back/look", change=change["id"], typed=typed)
    assert [each["path"].rpartition(".")[2] for each in look["changes"]] == ["host", "password"]
    assert sam.ask("/back", change=change["id"], version=sam.shown()["version"], typed=typed)["saved"]
    assert saved(office.home)["lines"][0]["sip"]["trunks"][0]["password"] == TRUNK["password"]
    assert len(sam.shown()["earlier"]) == 2
    assert office.home.settings_history.stat().st_mode & 0o777 == 0o600


def test_no_password_is_kept_of_settings_that_were_and_a_new_one_is_told_of_all_the_same(office: WebOffice) -> None:
    sam, folder = Desk(office, ADMINISTRATOR), office.home.settings_history.parent
    sam.change(pause={"resume_after_s": 240})
    store = SettingsFile(office.home.settings_file)
    store.replace(json.loads(json.dumps(store.read()).replace(TRUNK["password"], "set-at-the-box")))
    told = sam.shown()["earlier"][0]
    assert [each["path"] for each in told["changes"]] == ["lines.main.sip.trunks.bt.password"]
    kept = b"".join(file.read_bytes() for file in folder.glob("settings-*.json"))
    assert b"resume_after_s" in kept
    assert TRUNK["password"].encode() not in kept
    assert b"set-at-the-box" not in kept
    sam.ask("/back", change=told["id"], version=sam.shown()["version"])
    assert saved(office.home)["lines"][0]["sip"]["trunks"][0]["password"] == "set-at-the-box"


def test_what_an_older_version_kept_with_passwords_goes(tmp_path: Path) -> None:
    file = tmp_path / "settings-history.json"
    file.write_text(json.dumps([{"id": "1", "sections": [], "changes": [], "document": {"password": "hush"}}]))
    (tmp_path / "settings-known.json").write_text(json.dumps({"version": "1", "document": {"password": "hush"}}))
    SettingsHistoryFile(file).forget_passwords()
    assert not any("hush" in each.read_text() for each in tmp_path.iterdir())
    assert SettingsHistoryFile(file).earlier() == ()


def test_what_was_changed_at_the_box_is_listed_once_with_a_way_back(office: WebOffice) -> None:
    sam, store = Desk(office, ADMINISTRATOR), SettingsFile(office.home.settings_file)
    assert sam.shown()["earlier"] == [], "nobody knows what they were before"
    store.replace({**store.read(), "pause": {"resume_after_s": 240}})
    (listed,) = sam.shown()["earlier"]
    assert (listed["who"], listed["sections"]) == ("", ["pause"])
    assert listed["changes"] == [{"path": "pause.resume_after_s", "before": 180, "after": 240}]
    assert abs(listed["at_ms"] - time.time() * 1000) < 60_000
    assert len(sam.shown()["earlier"]) == 1
    sam.change(panel={"kind": "gpio"})
    assert [each["who"] for each in sam.shown()["earlier"]] == [ADMINISTRATOR, ""]
    sam.ask("/back", change=listed["id"], version=sam.shown()["version"])
    assert saved(office.home)["pause"]["resume_after_s"] == 180
    assert [each["who"] for each in sam.shown()["earlier"]] == [ADMINISTRATOR, ADMINISTRATOR, ""]


def test_the_file_of_all_settings_can_be_taken_back_with_its_stars(office: WebOffice) -> None:
    sam = Desk(office, ADMINISTRATOR)
    text = sam.ask("/file")["toml"]
    assert TRUNK["password"] not in text
    changed = text.replace('country = "GB"', 'country = "IE"')
    look = sam.ask("/file/look", toml=changed, name="a.toml")
    assert [each["path"] for each in look["changes"]] == ["office.country"]
    assert sam.ask("/file/take", toml=changed, name="a.toml", version=sam.shown()["version"])["saved"]
    assert saved(office.home)["lines"][0]["sip"]["trunks"][0]["password"] == TRUNK["password"]
    with pytest.raises(SettingsError, match=r"a\.toml, line \d+: office\.country"):
        sam.ask("/file/look", toml=text.replace('country = "GB"', 'country = "Britain"'), name="a.toml")


def test_the_file_with_passwords_is_for_who_may_change_them_and_on_record(office: WebOffice) -> None:
    assert TRUNK["password"] in Desk(office, ADMINISTRATOR).ask("/file", reveal=True)["toml"]
    assert "settings-exported" in office.recorder.kinds()
    with pytest.raises(NotAllowed):
        Desk(office, DIRECTOR, director_of(office)).ask("/file", reveal=True)


def test_what_would_happen_to_a_call_is_told_with_the_rule_that_says_so(office: WebOffice) -> None:
    sam = Desk(office, ADMINISTRATOR)
    sam.change(rules=[{"name": "HR", "mode": "never", "numbers": ["01632 960500"]}])
    call = {"calling": "01632 960500", "dialled": "202", "at": "now", "line": "", "direction": ""}
    (line,) = sam.ask("/explain", **call)["lines"]
    assert line["outcomes"][0]["mode"] == "never"
    assert "HR" in dict(line["words"])["Decided by"]


def test_settings_are_mended_while_the_recorder_is_away_and_the_evidence_has_it_later(office: WebOffice) -> None:
    sam = Desk(office, ADMINISTRATOR)
    office.recorder_socket.stop()
    assert sam.change(recorder={"workers": 1})["saved"]
    assert office.home.waiting_evidence.exists(), "it outlives the opener"
    office.recorder_socket.start()
    office.signed_in(LISTENER)  # whatever is entered next brings what waited
    eventually(lambda: "settings-changed" in office.recorder.kinds())
    eventually(lambda: not office.home.waiting_evidence.exists())


class Box:
    """The root process's socket with the routes for settings, on a machine whose commands are written down."""

    def __init__(self, home: Home) -> None:
        self.ran: list[str] = []
        routes = settings_routes(home, QuietMoments(home, self._command, looks_every_s=0.05))
        self.server = ControlServer(home.box_socket, guarded(routes, lambda token, act: ""))

    def _command(self, *words: str, package: str) -> Done:
        self.ran.append(words[-1])
        return Done(0, package, "")


def test_on_the_box_root_puts_them_in_place_and_lines_wait_until_nobody_speaks(office: WebOffice) -> None:
    sam, director, box = Desk(office, ADMINISTRATOR), Desk(office, DIRECTOR, director_of(office)), Box(office.home)
    office.lines.call("one", state="connected")
    with box.server:
        done = sam.change(pause={"resume_after_s": 240}, space={"reserve_mb": 400})
        director.change(sign_in={"idle_minutes": 10})
        assert done["by_hand"] == []
        assert saved(office.home)["pause"]["resume_after_s"] == 240
        assert box.ran == ["earmark-recorder.service", "earmark-keeper.service"]
        assert sam.shown()["waiting"] == {"lines": "1 call is in progress", "opener": "2 people are signed in"}
        office.lines.call("one", state="ended")
        eventually(lambda: "earmark-lines.service" in box.ran)
        assert "earmark-opener.service" not in box.ran
        sam.ask("/restart-now")
        eventually(lambda: "earmark-opener.service" in box.ran)


def test_only_who_may_end_calls_has_lines_start_again_at_once_and_nobody_in_an_emergency(office: WebOffice) -> None:
    sam, director, box = Desk(office, ADMINISTRATOR), Desk(office, DIRECTOR, director_of(office)), Box(office.home)
    office.lines.call("one", state="connected")
    office.lines.call("two", state="ringing", emergency=True)
    with box.server:
        sam.change(pause={"resume_after_s": 240})
        director.change(sign_in={"idle_minutes": 10})
        sam.ask("/restart-now")
        assert box.ran == ["earmark-opener.service"], "the administrator ends no call"
        with pytest.raises(NotAllowed, match="may not end a call"):
            sam.ask("/restart-now")
        director.ask("/restart-now")
        assert sam.shown()["waiting"] == {"lines": "an emergency call is in progress"}
        office.lines.call("two", state="ended")
        director.ask("/restart-now")
        assert box.ran == ["earmark-opener.service", "earmark-lines.service"]
    told = [each["detail"].get("processes") for each in office.recorder.evidence if each["kind"] == "settings-changed"]
    assert told == [None, None, "opener", "lines", "lines"]


def test_that_a_change_failed_outlives_the_opener_as_the_change_does(office: WebOffice) -> None:
    sam = Desk(office, ADMINISTRATOR)

    def put(_: Request) -> dict[str, Any]:
        raise StorageError("The disk is full.", "Make room.")

    office.recorder_socket.stop()
    routes = {"POST /settings": put, "GET /settings/waiting": lambda _: {"waiting": {}}}
    with ControlServer(office.home.box_socket, routes), pytest.raises(StorageError):
        sam.change(pause={"resume_after_s": 240})
    kept = WaitingEvidenceFile(office.home.waiting_evidence).entries()
    assert [kind for kind, _, _ in kept] == ["settings-changed", "settings-not-changed"]


@pytest.mark.parametrize("is_lost", ["the change", "the answer"])
def test_a_change_that_the_box_did_not_make_is_on_record_as_such_and_is_none_to_go_back_on(
    office: WebOffice, is_lost: str
) -> None:
    sam = Desk(office, ADMINISTRATOR)

    def put(request: Request) -> dict[str, Any]:
        if is_lost == "the answer":
            SettingsFile(office.home.settings_file).replace(request.body["document"])
        raise StorageError("The disk is full.", "Make room.")

    routes = {"POST /settings": put, "GET /settings/waiting": lambda _: {"waiting": {}}}
    with ControlServer(office.home.box_socket, {**routes, "POST /settings/restart": lambda _: {}}):
        if is_lost == "the answer":
            assert sam.change(pause={"resume_after_s": 240})["saved"]
        else:
            with pytest.raises(StorageError, match="The disk is full"):
                sam.change(pause={"resume_after_s": 240})
        was_made = is_lost == "the answer"
        assert len(sam.shown()["earlier"]) == was_made
    if not was_made:
        eventually(lambda: "settings-not-changed" in office.recorder.kinds())
    assert ("settings-not-changed" in office.recorder.kinds()) == (not was_made)
    assert (saved(office.home).get("pause", {}).get("resume_after_s") == 240) == was_made


def test_nobody_but_the_opener_asks_the_box_about_settings(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for name, handler in guarded(settings_routes(home), lambda token, act: "").items():
        with pytest.raises(RequestRefused):
            handler(Request("POST", name, PeerCredentials(1, 64_999, 0), body={"document": {"office": {}}}))
    with pytest.raises(ActionRefused):
        QuietMoments(home).restart(["getty@tty1"])
