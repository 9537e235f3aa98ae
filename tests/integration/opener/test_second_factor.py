"""The second step of signing in, over the opener's socket: codes, passkeys, recovery codes, and who must have one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

from firmware.adapters.control.client import RequestRefused, path_of
from firmware.config.settings_model import SignInSettings
from firmware.core.access_policy import Role
from firmware.core.errors import ActionRefused, NotAllowed, SettingsError, SignInRefused
from firmware.services.vouchers import VouchedFor
from tests.integration.opener_box import WORDS, Box, opener_box
from tests.integration.software_passkey import SoftwarePasskey

HOST, ORIGIN = "earmark.local", "https://earmark.local:8443"


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Box]:
    """Who may listen must have a second factor: as an office is set up."""
    with opener_box(tmp_path, SignInSettings()) as made:
        yield made


def code_of(box: Box, secret: str, steps_on: int = 0) -> str:
    return pyotp.TOTP(secret).at(box.clock.wall_ms() // 1000 + 30 * steps_on)


def set_codes(box: Box, token: str) -> tuple[str, dict[str, Any]]:
    """The secret that the app was given, and what finishing answered."""
    begun = box.client.post("/account/totp/begin", {"password": WORDS}, token=token)
    done = box.client.post("/account/totp/finish", {"code": code_of(box, begun["secret"])}, token=token)
    box.clock.now_s += 31
    return str(begun["secret"]), done


def set_passkey(box: Box, token: str, passkey: SoftwarePasskey, name: str = "My phone") -> dict[str, Any]:
    asked = box.client.post("/account/passkeys/begin", {"host": HOST, "password": WORDS}, token=token)
    wish = {"name": name, "origin": ORIGIN, "credential": passkey.make(asked["options"])}
    return box.client.post("/account/passkeys/finish", wish, token=token)


def second(box: Box, token: str, **proof: Any) -> dict[str, Any]:
    return box.client.post("/sign-in/second-factor", proof, token=token)


def test_with_one_time_codes_the_pass_phrase_alone_opens_nothing(box: Box) -> None:
    recording_id = box.record([b"1" * 32])
    secret, _ = set_codes(box, box.sign_in())
    first = box.stage()
    assert (first["stage"], first["methods"]) == ("second-factor", ["totp", "recovery-code"])
    assert "role" not in first
    with pytest.raises(SignInRefused, match="not complete"):
        box.open(first["token"], recording_id)
    for path in ("/session", "/account", "/people"):
        with pytest.raises(SignInRefused, match="not complete"):
            box.client.get(path, token=first["token"])
    done = second(box, first["token"], code=code_of(box, secret))
    assert done["stage"] == "complete"
    assert box.open(done["token"], recording_id)["keys"]
    with pytest.raises(SignInRefused, match="has ended"):
        box.client.get("/sign-in/stage", token=first["token"])
    assert box.desk.last("signed-in")["detail"] == {"name": "anna", "second_factor": "totp"}


def test_a_code_is_good_once_and_not_for_long(box: Box) -> None:
    secret, _ = set_codes(box, box.sign_in())
    code = code_of(box, secret)
    second(box, box.sign_in(), code=code)
    with pytest.raises(SignInRefused, match="used already"):
        second(box, box.sign_in(), code=code)
    with pytest.raises(SignInRefused):
        second(box, box.sign_in(), code=code_of(box, secret, -3))
    box.clock.now_s += 31
    assert second(box, box.sign_in(), code=code_of(box, secret))["stage"] == "complete"


def test_an_older_code_than_the_last_is_not_accepted(box: Box) -> None:
    secret, _ = set_codes(box, box.sign_in())
    before = code_of(box, secret)
    box.clock.now_s += 30
    second(box, box.sign_in(), code=code_of(box, secret))
    with pytest.raises(SignInRefused):
        second(box, box.sign_in(), code=before)


def test_what_is_kept_does_not_give_the_codes(box: Box) -> None:
    secret, done = set_codes(box, box.sign_in())
    kept = box.home.people_file.read_text()
    assert secret not in kept
    assert all(code.replace("-", "") not in kept and code not in kept for code in done["recovery_codes"])


def test_ten_recovery_codes_come_with_the_first_factor_and_each_is_good_once(box: Box) -> None:
    _, done = set_codes(box, box.sign_in())
    codes = done["recovery_codes"]
    assert len(set(codes)) == 10
    typed = codes[3].lower().replace("-", " ")
    assert second(box, box.sign_in(), recovery_code=typed)["stage"] == "complete"
    with pytest.raises(SignInRefused):
        second(box, box.sign_in(), recovery_code=codes[3])
    token = second(box, box.sign_in(), recovery_code=codes[4])["token"]
    assert box.client.get("/account", token=token)["second_factor"]["recovery_codes_left"] == 8
    new = box.client.post("/account/recovery-codes", {"password": WORDS}, token=token)["recovery_codes"]
    with pytest.raises(SignInRefused):
        second(box, box.sign_in(), recovery_code=codes[5])
    assert second(box, box.sign_in(), recovery_code=new[0])["stage"] == "complete"


def test_wrong_codes_count_towards_the_lock_and_the_right_pass_phrase_does_not_clear_them(box: Box) -> None:
    set_codes(box, box.sign_in())
    for _ in range(10):
        with pytest.raises(SignInRefused, match="code is wrong"):
            second(box, box.sign_in(), code="000000")
        box.clock.now_s += 61
    with pytest.raises(SignInRefused, match="locked after 10"):
        box.sign_in()
    assert box.client.get("/people", token=box.sign_in("admin"))["people"][0]["locked_until_ms"] > 0


def test_the_second_step_must_follow_within_five_minutes(box: Box) -> None:
    secret, _ = set_codes(box, box.sign_in())
    token = box.sign_in()
    box.clock.now_s += 5 * 60
    with pytest.raises(SignInRefused, match="has ended"):
        second(box, token, code=code_of(box, secret))


def test_of_half_done_sign_ins_only_the_newest_goes_on(box: Box) -> None:
    secret, _ = set_codes(box, box.sign_in())
    older, newer = box.sign_in(), box.sign_in()
    with pytest.raises(SignInRefused, match="has ended"):
        second(box, older, code=code_of(box, secret))
    assert second(box, newer, code=code_of(box, secret))["stage"] == "complete"


def test_a_passkey_is_made_and_signs_in(box: Box) -> None:
    passkey = SoftwarePasskey()
    made = set_passkey(box, box.sign_in(), passkey)
    assert len(made["recovery_codes"]) == 10
    first = box.stage()
    assert first["methods"] == ["passkey", "recovery-code"]
    asked = box.client.post("/sign-in/passkey", {"host": HOST}, token=first["token"])
    done = second(box, first["token"], credential=passkey.sign(asked["options"]), origin=ORIGIN)
    assert done["stage"] == "complete"
    shown = box.client.get("/account", token=done["token"])["second_factor"]["passkeys"]
    assert [(each["name"], each["host"]) for each in shown] == [("My phone", HOST)]


def test_somebody_may_have_several_passkeys(box: Box) -> None:
    phone, stick = SoftwarePasskey(), SoftwarePasskey()
    token = box.sign_in()
    set_passkey(box, token, phone)
    assert set_passkey(box, token, stick, "A stick")["recovery_codes"] == []
    for passkey in (phone, stick):
        first = box.stage()
        asked = box.client.post("/sign-in/passkey", {"host": HOST}, token=first["token"])
        assert second(box, first["token"], credential=passkey.sign(asked["options"]), origin=ORIGIN)


@pytest.mark.parametrize("wrong", ["another key", "no finger", "another page", "used twice", "a copy", "not asked"])
def test_a_passkey_s_answer_must_fit_in_everything(box: Box, wrong: str) -> None:
    passkey = SoftwarePasskey(counter=5)
    set_passkey(box, box.sign_in(), passkey)
    first = box.stage()
    asked = box.client.post("/sign-in/passkey", {"host": HOST}, token=first["token"])
    if wrong == "another key":
        passkey = SoftwarePasskey(credential_id=passkey.credential_id, counter=9)
    elif wrong == "no finger":
        passkey.verifies = False
    elif wrong == "another page":
        passkey.origin = "https://earmark.local.example:8443"
    elif wrong == "a copy":
        passkey.counter = 2
    answer = passkey.sign(asked["options"])
    if wrong == "used twice":
        second(box, first["token"], credential=answer, origin=ORIGIN)
        first = box.stage()
        box.client.post("/sign-in/passkey", {"host": HOST}, token=first["token"])
    elif wrong == "not asked":
        first = box.stage()
    with pytest.raises(SignInRefused):
        second(box, first["token"], credential=answer, origin=ORIGIN)


def test_a_passkey_is_not_made_without_a_finger_or_for_a_number(box: Box) -> None:
    token = box.sign_in()
    with pytest.raises(SignInRefused):
        set_passkey(box, token, SoftwarePasskey(verifies=False))
    with pytest.raises(SettingsError, match="not for a number"):
        box.client.post("/account/passkeys/begin", {"host": "192.0.2.7", "password": WORDS}, token=token)


def test_a_passkey_of_another_name_of_the_box_is_not_asked(box: Box) -> None:
    set_passkey(box, box.sign_in(), SoftwarePasskey())
    with pytest.raises(SignInRefused, match=r"made for recorder\.local"):
        box.client.post("/sign-in/passkey", {"host": "recorder.local"}, token=box.sign_in())


def test_who_may_listen_is_led_to_set_a_factor_up_before_anything_else(strict: Box) -> None:
    recording_id = strict.record([b"1" * 32])
    first = strict.stage()
    assert (first["stage"], first["role"]) == ("set-second-factor", "services_manager")
    with pytest.raises(SignInRefused, match="not complete"):
        strict.open(first["token"], recording_id)
    with pytest.raises(SignInRefused):
        strict.client.post("/account/password", {"password": WORDS, "new_password": WORDS}, token=first["token"])
    begun = strict.client.post("/account/totp/begin", {}, token=first["token"])
    done = strict.client.post("/account/totp/finish", {"code": code_of(strict, begun["secret"])}, token=first["token"])
    assert done["stage"]["stage"] == "complete"
    assert strict.open(done["stage"]["token"], recording_id)["keys"]
    assert strict.stage("admin")["stage"] == "complete", "who cannot open anything need not have one"


def test_a_sign_in_left_half_done_adds_no_second_factor_once_there_is_one(strict: Box) -> None:
    left, first = strict.sign_in(), strict.sign_in()
    begun = strict.client.post("/account/totp/begin", {}, token=first)
    strict.client.post("/account/totp/finish", {"code": code_of(strict, begun["secret"])}, token=first)
    with pytest.raises(SignInRefused):
        strict.client.post("/account/totp/begin", {}, token=left)


def test_the_last_factor_cannot_be_taken_away_where_one_is_required(strict: Box) -> None:
    first = strict.sign_in()
    begun = strict.client.post("/account/totp/begin", {}, token=first)
    done = strict.client.post("/account/totp/finish", {"code": code_of(strict, begun["secret"])}, token=first)
    with pytest.raises(ActionRefused, match="must have a second factor"):
        strict.client.post("/account/totp/remove", {"password": WORDS}, token=done["stage"]["token"])


def test_factors_are_added_and_removed_with_the_pass_phrase_only(box: Box) -> None:
    token = box.sign_in()
    with pytest.raises(SignInRefused, match="pass phrase is wrong"):
        box.client.post("/account/totp/begin", {}, token=token)
    made = set_passkey(box, token, SoftwarePasskey())
    remove = path_of("account", "passkeys", made["passkey_id"], "remove")
    with pytest.raises(SignInRefused, match="pass phrase is wrong"):
        box.client.post(remove, {"password": "something else"}, token=token)
    box.clock.now_s += 5
    box.client.post(remove, {"password": WORDS}, token=token)
    assert box.stage()["stage"] == "complete"
    assert box.desk.last("second-factor-removed")["detail"] == {"name": "anna", "what": "passkey My phone"}


def test_a_wrong_first_code_sets_nothing_up_and_may_be_typed_again(box: Box) -> None:
    token = box.sign_in()
    begun = box.client.post("/account/totp/begin", {"password": WORDS}, token=token)
    with pytest.raises(SettingsError, match="not the app's code"):
        box.client.post("/account/totp/finish", {"code": "000000"}, token=token)
    assert box.stage()["stage"] == "complete"
    assert box.client.post("/account/totp/finish", {"code": code_of(box, begun["secret"])}, token=token)
    assert begun["uri"].startswith("otpauth://totp/")
    assert "<svg" in begun["qr_svg"]


def test_a_lost_phone_is_vouched_for_by_a_listener_and_replaced(strict: Box) -> None:
    token = strict.sign_in()
    begun = strict.client.post("/account/totp/begin", {}, token=token)
    done = strict.client.post("/account/totp/finish", {"code": code_of(strict, begun["secret"])}, token=token)
    anna = done["stage"]["token"]
    ben = strict.join(anna, "ben", Role.SERVICES_MANAGER)
    person = strict.person("ben")
    strict.client.post(path_of("people", person.person_id, "confirm"), {"fingerprint": ben["fingerprint"]}, token=anna)
    first = strict.sign_in("ben")
    begun = strict.client.post("/account/totp/begin", {}, token=first)
    strict.client.post("/account/totp/finish", {"code": code_of(strict, begun["secret"])}, token=first)
    assert strict.stage("ben")["stage"] == "second-factor"
    vouched = strict.client.post(path_of("people", person.person_id, "vouch"), {"for": "second-factor"}, token=anna)
    again = strict.stage("ben", voucher=vouched["code"])
    assert again["stage"] == "set-second-factor"
    assert strict.stage("ben", voucher=vouched["code"])["stage"] == "second-factor", "a voucher is good once"


def test_a_voucher_goes_round_the_lock_but_not_round_the_second_factor(box: Box) -> None:
    secret, _ = set_codes(box, box.sign_in())
    for _ in range(10):
        with pytest.raises(SignInRefused):
            box.sign_in("anna", "wrong")
        box.clock.now_s += 61
    voucher = box.parts.vouchers.give(box.person("anna").person_id, VouchedFor.LOCK).code
    first = box.stage(voucher=voucher)
    assert first["stage"] == "second-factor"
    with pytest.raises(SignInRefused, match="code is wrong"):
        second(box, first["token"], code="000000")
    assert second(box, first["token"], code=code_of(box, secret))["stage"] == "complete"
    with pytest.raises(SignInRefused, match="locked"):
        box.sign_in(voucher=voucher)


def test_nobody_vouches_for_themselves_and_an_administrator_for_nobody(box: Box) -> None:
    anna = path_of("people", box.person("anna").person_id, "vouch")
    for user in ("anna", "admin"):
        with pytest.raises(NotAllowed):
            box.client.post(anna, {"for": "lock"}, token=box.sign_in(user))
    with pytest.raises(RequestRefused, match="for"):
        box.client.post(anna, {"for": "fun"}, token=box.sign_in())
