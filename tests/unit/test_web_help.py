"""The help is found by what somebody types, and beside every page stands an article."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask, url_for

from firmware.core.access_policy import Role
from firmware.core.compliance.never_recorded import NeverRecorded
from firmware.core.compliance.office_facts import OfficeFacts
from firmware.core.compliance.training import Lesson
from firmware.core.feature_code import FeatureCodes
from firmware.core.home import Home
from webui import WebConfig, create_app
from webui.access.gatekeeper import mark_of
from webui.help.contents import article_for, articles, for_role, shelves
from webui.help.search import Searched, plain_text, search
from webui.help.views import article_text, written

#: What somebody types, and which article they are to see first.
TYPED = {
    "card details": {"pausing", "card-recorded", "what-to-say"},
    "how do I pause a recording": {"pausing"},
    "paused calls": {"pausing", "programs"},
    "*48": {"pausing", "codes"},
    "legal hold": {"keeping"},
    "SAR": {"cases"},
    "subject access": {"cases"},
    "forgot my password": {"sign-in"},
    "light is red": {"health", "panel"},
    "webhook": {"programs"},
    "police": {"cases"},
    "72 hours": {"breach"},
    "invite": {"joins-leaves"},
    "download mp3": {"copy"},
    "power cut": {"disk"},
    "auditor": {"compliance", "evidence"},
    "browser warning": {"certificate"},
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(WebConfig(home=Home(tmp_path_factory.mktemp("home")), office="Office", tls=False))


@pytest.fixture(scope="module")
def searched(app: Flask) -> list[Searched]:
    with app.test_request_context("/help"):
        texts = {slug: plain_text(article_text(slug, OfficeFacts())) for slug in articles()}
        return [
            Searched(each.slug, each.title, each.about, each.words, texts[each.slug]) for each in articles().values()
        ]


@pytest.mark.parametrize("typed", TYPED)
def test_what_somebody_types_finds_what_they_need_first(searched: list[Searched], typed: str) -> None:
    hits = search(searched, typed)
    assert hits[0].slug in TYPED[typed], [hit.slug for hit in hits[:4]]


def test_what_was_looked_for_is_marked_where_it_stands(searched: list[Searched]) -> None:
    excerpt = search(searched, "legal holds")[0].excerpt
    assert {word.lower().rstrip("s") for word in excerpt[1::2]} & {"hold", "legal"}
    assert search(searched, "webhook")[0].excerpt == (articles()["programs"].about,), "it stands in no sentence"


def test_words_that_no_article_has_find_nothing_and_questions_find_what_they_ask_about(
    searched: list[Searched],
) -> None:
    assert search(searched, "zeppelin") == []
    assert search(searched, "  ") == []
    assert search(searched, "how do I") != [], "words of questions alone are looked for as they are"


def test_beside_every_page_stands_an_article_that_is_there(app: Flask) -> None:
    known, without = articles(), set()
    for rule in app.url_map.iter_rules():
        mark = mark_of(app.view_functions[rule.endpoint])
        if "GET" not in (rule.methods or ()) or rule.endpoint in ("static", "home") or mark == "program":
            continue
        if article_for(rule.endpoint) is None:
            without.add(rule.endpoint)
    assert not without, "give webui/help/contents.py an article whose pages name these"
    for article in known.values():
        unknown = [
            page
            for page in article.pages
            if page not in {*app.view_functions, *app.blueprints, "first_start", "reports"}
        ]
        assert not unknown, f"{article.slug} stands beside pages that are not there"


def test_every_article_and_every_page_of_the_training_can_be_read_and_leads_where_something_is(app: Flask) -> None:
    facts = OfficeFacts(never=NeverRecorded(("209",)), codes=FeatureCodes(pause="*58"))
    with app.test_request_context("/help"):
        texts = [article_text(slug, facts) for slug in articles()]
        texts += [written("lessons", lesson.value, facts) for lesson in Lesson]
        assert "*58" in article_text("pausing", facts)
        assert "*48" not in " ".join(texts), "codes are the office's own"
        assert url_for("help.article", slug="breach") in " ".join(texts)
    for text in texts:
        assert len(plain_text(text).split()) > 20
        for opened in ("p", "ul", "ol", "li", "h2", "table", "dl", "div"):
            assert len(re.findall(rf"<{opened}[ >]", text)) == text.count(f"</{opened}>"), (opened, text[:80])


def test_each_article_stands_on_one_shelf_and_every_file_is_an_article() -> None:
    slugs = [article.slug for shelf in shelves() for article in shelf.articles]
    assert len(slugs) == len(set(slugs))
    folder = Path("webui/templates/help/articles/en-GB")
    assert sorted(each.stem for each in folder.iterdir()) == sorted(slugs)


@pytest.mark.parametrize("role", Role)
def test_everybody_finds_what_their_work_needs(role: Role) -> None:
    assert for_role(role)
