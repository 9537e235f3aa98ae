"""From the stored document to checked settings: what every process does when it starts."""

from __future__ import annotations

import orjson
from pydantic import ValidationError

from firmware.config.settings_model import Settings
from firmware.config.space_settings import without_the_choice
from firmware.core.errors import SettingsError
from firmware.ports.settings_store import SettingsStore


def load_settings(store: SettingsStore) -> Settings:
    """The settings in effect.

    Raises:
        NotSetUp, StorageError: the store has none or cannot be read.
        SettingsError: what is stored is not (any more) what this version accepts.
    """
    document = store.read()
    if isinstance(space := document.get("space"), dict):
        document = {**document, "space": without_the_choice(space)}
    try:
        return Settings.model_validate_json(orjson.dumps(document))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"The stored setting {key} is not right: {first['msg']}.",
            "Put it right with: earmark settings export, edit the file, earmark settings import.",
        ) from error
