"""``earmark web``: the process that serves the page. It holds no key but that of its own certificate."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from firmware.adapters.keys.page_certificate import ensure_certificate
from firmware.adapters.keys.process_memory import forget_what_is_freed, keep_memory_private
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision import notify
from firmware.config.loader import load_settings
from firmware.config.network_address import split_host_port
from firmware.core.home import Home
from webui import WebConfig, create_app
from webui.server import serve


@click.command()
@click.pass_obj
def web(home: Home) -> None:
    """Run the web page."""
    forget_what_is_freed()
    keep_memory_private(overwrite_freed=True)
    settings = load_settings(SettingsFile(home.settings_file))
    app = create_app(
        WebConfig(
            home=home,
            office=settings.office.name,
            tls=settings.web.tls,
            host_names=settings.web.host_names,
            timezone=settings.office.timezone,
            lines_named=NamedInstances(home.settings_file),
        )
    )
    certificate, key = (home.tls_certificate, home.tls_key) if settings.web.tls else (None, None)
    if settings.web.tls:
        hosts = [split_host_port(name)[0] for name in settings.web.host_names]
        ensure_certificate(home.tls_certificate, home.tls_key, hosts, datetime.now(UTC))
    serve(app, settings.web.bind, certificate, key, ready=lambda port: notify.ready())
