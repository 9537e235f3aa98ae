"""What callers and staff hear: heard here, and replaced by the office's own voice."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.access_policy import Action
from firmware.core.errors import MissingComponent, PromptError
from firmware.core.settings_rights import LOOKING
from webui.access.gatekeeper import allowed, needs, visitor
from webui.error_words import in_words
from webui.sent_files import Room
from webui.settings.prompt_desk import PromptDesk
from webui.translation import gettext as _

#: Two minutes in studio quality.
_LARGEST = 30_000_000
_LONGEST_TEXT = 2000

PROMPT_ROOMS = {"settings.keep_prompt": Room(f"{__name__}.keep_prompt", _LARGEST)}


def add_prompts(views: Blueprint, desk: PromptDesk) -> None:
    @views.get("/prompts")
    @needs(*LOOKING)
    def prompts() -> ResponseReturnValue:
        return _drawn(desk)

    @views.get("/prompts/<prompt>/sound")
    @needs(*LOOKING)
    def prompt_sound(prompt: str) -> ResponseReturnValue:
        try:
            return Response(desk.sound(visitor(), prompt), mimetype="audio/wav")
        except PromptError:
            abort(404)

    @views.post("/prompts")
    @needs(Action.CHANGE_SETTINGS)
    def keep_prompt() -> ResponseReturnValue:
        """A file, what was recorded here, or words that the machine speaks."""
        current_app.extensions["csrf"].protect()
        prompt = request.form.get("prompt", "").strip()[:40]
        try:
            if not prompt:
                raise PromptError(_("The announcement has no name."), _("Choose one, or give a new one a name."))
            desk.keep(visitor(), prompt, _sent())
        except (PromptError, MissingComponent) as wrong:
            return _drawn(desk, mistake=in_words(wrong), prompt=prompt, text=request.form.get("text", "")), 422
        flash(_("{prompt} is in the stock, and is played from now on.").format(prompt=prompt), "note")
        return redirect(url_for("settings.prompts"), 303)

    @views.post("/prompts/<prompt>/remove")
    @needs(Action.CHANGE_SETTINGS)
    def remove_prompt(prompt: str) -> ResponseReturnValue:
        try:
            desk.remove(visitor(), prompt)
        except PromptError as wrong:
            return _drawn(desk, mistake=in_words(wrong)), 422
        flash(_("{prompt} is removed.").format(prompt=prompt), "note")
        return redirect(url_for("settings.prompts"), 303)


def _sent() -> bytes:
    # Only now: what reads sound files is large, and hardly ever needed.
    from firmware.adapters.prompts.made_prompt import prompt_from_file, prompt_from_text

    file = request.files.get("file")
    if file is not None and file.filename:
        return prompt_from_file(file.stream)
    text = request.form.get("text", "").strip()
    if not text:
        raise PromptError(_("No sound was sent."), _("Choose a file, record one, or type the words."))
    return prompt_from_text(text[:_LONGEST_TEXT])


def _drawn(desk: PromptDesk, mistake: str = "", prompt: str = "", text: str = "") -> str:
    return render_template(
        "settings/prompts.html",
        prompts=desk.listed(visitor()),
        mistake=mistake,
        prompt=prompt,
        text=text,
        largest=_LARGEST,
        may_change=allowed(visitor(), Action.CHANGE_SETTINGS),
    )
