"""``earmark web``: the process that serves the page. It holds no key but that of its own certificate."""

from __future__ import annotations

from functools import partial

import click

from firmware.adapters.keys.page_certificate import page_pair
from firmware.adapters.keys.process_memory import forget_what_is_freed, keep_memory_private
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.supervision import notify
from firmware.cli.network.own_certificates import ensure_where_we_may
from firmware.cli.network.page_names import page_names
from firmware.cli.settings.few_settings import few_settings
from firmware.cli.web.page_settings import MetricsToken, OfficeInSettings, PageSettings
from firmware.core.home import Home
from webui import WebConfig, create_app
from webui.server import serve


@click.command()
@click.pass_obj
def web(home: Home) -> None:
    """Run the web page."""
    forget_what_is_freed()
    keep_memory_private(overwrite_freed=True)
    settings = few_settings(home, PageSettings.of)
    app = create_app(
        WebConfig(
            home=home,
            office=settings.office,
            tls=settings.tls,
            host_names=settings.host_names,
            timezone=settings.timezone,
            lines_named=NamedInstances(home.settings_file),
            metrics_token_sha256=MetricsToken(home.settings_file),
            page_names=partial(page_names, settings.hosts),
            office_facts=OfficeInSettings(home.settings_file),
        )
    )
    if settings.tls:
        ensure_where_we_may(home, settings.hosts)
    pair = partial(page_pair, home) if settings.tls else None
    serve(app, settings.bind, pair, ready=lambda port: notify.ready(), alive=notify.watchdog)
