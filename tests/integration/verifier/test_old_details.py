"""Old names that went in their time are in order for the verifier; what a call still needs is missed all the same."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import ModuleType

from firmware.adapters.catalogue.database import open_beside_the_recorder
from firmware.adapters.catalogue.old_records import OldRecordRows
from firmware.adapters.store.old_evidence import EvidenceByDay
from firmware.core.home import Home
from firmware.core.retention import Period
from firmware.services.old_records import OldRecords, RecordRules
from tests.integration.evidenced_store import EvidencedStore
from tests.integration.vault import LONDON


def test_what_went_in_its_time_is_told_from_what_somebody_removed(tmp_path: Path, tool: ModuleType) -> None:
    made = EvidencedStore(Home(tmp_path / "box"))
    call = made.record()
    made.tell("searched", "", number="07")
    made.tell("listened", call, name="A. N. Other")
    made.pass_time(24 * 800)
    engine = open_beside_the_recorder(made.home.catalogue)
    rows, years = OldRecordRows(engine, made.home.catalogue), Period(years=2)
    rules = RecordRules(years, years, LONDON)
    duty = OldRecords(rows, made.desk, EvidenceByDay(made.home.evidence), rules, lambda: True)
    duty.run(round(made.now.timestamp() * 1000))
    engine.dispose()
    made.log.checkpoint()
    held = tmp_path / "held.note"
    shutil.copyfile(made.home.checkpoint, held)
    made.log.close()
    made.close()

    def findings() -> list[str]:
        asked = tool.Asked(made.home.data, made.key.public_text(), [held], made.home.catalogue)
        return [str(each["text"]) for each in tool.verify(asked).to_json()["findings"]]

    with closing(sqlite3.connect(made.home.catalogue)) as database, database:
        assert database.execute("SELECT recording_id FROM evidence_details").fetchall() == [(call,)]
        assert findings() == []
        database.execute("DELETE FROM evidence_details")
        database.commit()
        (missed,) = findings()
    assert "(listened) is gone" in missed
