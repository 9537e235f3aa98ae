"""``earmark web``: the process that serves the page. It holds no key but that of its own certificate."""

from __future__ import annotations

from functools import partial

import click

from firmware.adapters.keys.page_certificate import page_pair
from firmware.adapters.keys.process_memory import forget_what_is_freed, keep_memory_private
from firmware.adapters.settings.followed_settings import FollowedSettings
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.supervision import notify
from firmware.cli.network.own_certificates import ensure_where_we_may
from firmware.cli.network.page_names import page_names
from firmware.core.home import Home
from webui import WebConfig, create_app
from webui.server import serve


@click.command()
@click.pass_obj
def web(home: Home) -> None:
    """Run the web page."""
    forget_what_is_freed()
    keep_memory_private(overwrite_freed=True)
    followed = FollowedSettings(home.settings_file)
    settings = followed()
    app = create_app(
        WebConfig(
            home=home,
            office=settings.office.name,
            tls=settings.web.tls,
            host_names=settings.web.host_names,
            timezone=settings.office.timezone,
            lines_named=NamedInstances(home.settings_file),
            metrics_token_sha256=lambda: followed().alerts.metrics_token_sha256,
            page_names=partial(page_names, settings),
        )
    )
    if settings.web.tls:
        ensure_where_we_may(home, settings)
    pair = partial(page_pair, home) if settings.web.tls else None
    serve(app, settings.web.bind, pair, ready=lambda port: notify.ready(), alive=notify.watchdog)
