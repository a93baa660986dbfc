import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.item_names import (
    EXCLUSIVE_RULES,
    LICENSE_RULES,
    TRACK_RULES,
    UNNAMED_LICENSE,
    UNNAMED_TRACK,
    Example,
    Named,
    Rule,
    ending,
    is_exclusive,
    item_names,
    license_key,
    title,
    track_key,
    yes_or_no,
)
from bot.domain.json_access import Json
from tests.factories import line_item

DOCUMENT = Path(__file__).parents[2] / "docs" / "naming.md"
TABLES = [("track", TRACK_RULES), ("license", LICENSE_RULES), ("exclusive", EXCLUSIVE_RULES)]
CASES = [
    (field, rule, example) for field, rules in TABLES for rule in rules for example in rule.examples
]


def product(name: str | None = None, **metadata: str) -> dict[str, Any]:
    return {"id": "prod_1", "name": name, "metadata": metadata}


def bought(
    product: object = None,
    nickname: str | None = None,
    description: str | None = None,
    **metadata: str,
) -> Json:
    price = {"id": "price_1", "nickname": nickname, "metadata": metadata, "product": product}
    return {"id": "li_1", "description": description, "price": price}


def placed(rule: Rule, value: str) -> tuple[Json, Json]:
    """A line item and a session's metadata with `value` in the rule's place and nowhere else."""
    path = ("line", "price", "nickname") if rule.path == ("license",) else rule.path
    for name in reversed(path):
        value = {name: value}  # type: ignore[assignment]
    seen: Any = value
    return seen.get("line", {}), seen.get("session", {}).get("metadata", {})


@pytest.mark.parametrize(("field", "rule", "example"), CASES)
def test_every_rule_does_what_its_example_says(field: str, rule: Rule, example: Example) -> None:
    named = item_names(*placed(rule, example.value))
    given_name = getattr(named, field)
    assert ({True: "yes", False: "no"}[given_name] if field == "exclusive" else given_name) == (
        example.gives
    )


def test_the_document_tells_producers_the_very_same_rules() -> None:
    cells = [
        tuple(cell.strip().replace("&#124;", "|") for cell in line.strip("|").split("|"))
        for line in DOCUMENT.read_text().splitlines()
        if re.match(r"\| \d", line)
    ]
    assert cells == [
        (f"{number}. {rule.where}", example.value, example.gives)
        for _, rules in TABLES
        for number, rule in enumerate(rules, start=1)
        for example in rule.examples
    ]


@pytest.mark.parametrize(
    ("seen", "metadata", "names"),
    [
        (line_item(), {}, Named("Midnight Drive", "Basic Lease", False)),
        (
            bought(product("Night – Lease", track="Midnight Drive"), "WAV"),
            {"track": "Other", "license": "Other"},
            Named("Midnight Drive", "WAV", False),
        ),
        (
            bought(product("Midnight Drive"), "WAV", license="Gold"),
            {},
            Named("Midnight Drive", "Gold", False),
        ),
        (
            bought(product("Basic Lease")),
            {"track": "Midnight Drive"},
            Named("Midnight Drive", "Basic Lease", False),
        ),
        (
            bought("prod_1", description="Midnight Drive (Exclusive)"),
            {},
            Named("Midnight Drive", "Exclusive", True),
        ),
        (
            bought({"id": "prod_1", "deleted": True}, description="Midnight Drive"),
            {"license": "Lease"},
            Named("Midnight Drive", "Lease", False),
        ),
        (bought(product("Night"), "Exclusive"), {}, Named("Night", "Exclusive", True)),
        (bought(product("Night"), "Non-Exclusive"), {}, Named("Night", "Non-Exclusive", False)),
        (
            bought(product("Night (Exclusive)"), "Full Rights"),
            {},
            Named("Night", "Full Rights", True),
        ),
        (
            bought(product("Night", exclusive="yes"), "Exclusive", exclusive="false"),
            {"exclusive": "true"},
            Named("Night", "Exclusive", False),
        ),
        (
            bought(product("Night", exclusive="maybe"), "Lease"),
            {"exclusive": "TRUE"},
            Named("Night", "Lease", True),
        ),
        (
            {},
            {"track": "Night", "license": "Exclusive Rights"},
            Named("Night", "Exclusive Rights", True),
        ),
        ({}, {}, Named(UNNAMED_TRACK, UNNAMED_LICENSE, False)),
        (
            {"price": "price_1", "description": 5},
            {"track": ["x"]},
            Named(UNNAMED_TRACK, UNNAMED_LICENSE, False),
        ),
    ],
)
def test_item_takes_names_from_the_first_place_found(
    seen: Json, metadata: Json, names: Named
) -> None:
    assert item_names(seen, metadata) == names


def test_a_product_a_track_and_a_product_a_license_come_out_as_one_track() -> None:
    by_price = item_names(bought(product("Midnight Drive"), "Basic Lease"), {})
    by_product = item_names(bought(product("midnight drive – Basic Lease")), {})
    assert track_key(by_price.track) == track_key(by_product.track)
    assert license_key(by_price.license) == license_key(by_product.license)


EXCLUSIVE = "Exclusive,EXCLUSIVE RIGHTS,exclusive_rights,Exclusive (not non-exclusive)".split(",")
NOT_EXCLUSIVE = (
    "Non-Exclusive,non exclusive lease,Non‑Exclusive,NonExclusive,not exclusive,No exclusive rights"
).split(",")


@pytest.mark.parametrize(
    ("name", "exclusive"),
    [
        *((name, True) for name in EXCLUSIVE),
        *((name, False) for name in NOT_EXCLUSIVE),
        *((name, None) for name in ("Basic Lease", "Inclusive", "", None)),
    ],
)
def test_a_license_is_exclusive_by_its_word(name: object, exclusive: bool | None) -> None:
    assert is_exclusive(name) is exclusive


@pytest.mark.parametrize(
    ("values", "meant"),
    [
        (("true", " YES ", "1"), True),
        (("false", "0", "No"), False),
        (("maybe", "", None, ["true"]), None),
    ],
)
def test_yes_and_no_are_understood(values: tuple[object, ...], meant: bool | None) -> None:
    assert [yes_or_no(value) for value in values] == [meant] * len(values)


@pytest.mark.parametrize(
    "spelling",
    ["midnight drive", "MIDNIGHT  DRIVE", " Midnight\u00a0Drive ", "Midnight\u200b Drive"],
)
def test_spellings_of_one_track_have_one_key(spelling: str) -> None:
    assert track_key(spelling) == track_key("Midnight Drive")


def test_dashes_and_apostrophes_of_every_kind_are_one() -> None:
    assert track_key("Don’t – Stop") == track_key("Don't - Stop") == track_key("don‘t — stop")


def test_different_tracks_have_different_keys() -> None:
    assert len({track_key(name) for name in ("Night", "Nights", "Night – Day", "ночь", "夜")}) == 5


@given(st.text(min_size=1))
def test_a_key_is_its_own_key_and_fits_an_index(name: str) -> None:
    key = track_key(name)
    assert key
    assert len(key) <= max(500, len(name))
    if key != name:
        assert track_key(key) == key


@pytest.mark.parametrize(
    ("name", "track", "license_name"),
    [
        ("Midnight Drive — Basic Lease", "Midnight Drive", "Basic Lease"),
        ("Midnight Drive|Premium", "Midnight Drive", "Premium"),
        ("Midnight Drive: MP3 License", "Midnight Drive", "MP3 License"),
        ("Midnight Drive – Non-Exclusive", "Midnight Drive", "Non-Exclusive"),
        ("Midnight Drive (Trackout)", "Midnight Drive", "Trackout"),
        ("MIDNIGHT DRIVE - LICENCE", "MIDNIGHT DRIVE", "LICENCE"),
        ("Night – Day – Basic Lease", "Night – Day", "Basic Lease"),
        ("Night (feat. Jay) – Stems", "Night (feat. Jay)", "Stems"),
        ("Night – Standard Lease (MP3 + WAV)", "Night", "Standard Lease (MP3 + WAV)"),
        ("Night – Lease [WAV] (unlimited)", "Night", "Lease [WAV] (unlimited)"),
    ],
)
def test_a_license_at_the_end_is_taken_off(name: str, track: str, license_name: str) -> None:
    assert (title(name), ending(name)) == (track, license_name)


@pytest.mark.parametrize(
    "name",
    [
        "Night – Day",
        "Night – Basic Instinct",
        "Midnight Drive (feat. Jay)",
        "Released",
        "Half-Lease",
        "12:30 Lease of Life",
        "Standards (Live)",
        "Midnight Drive ()",
        "– – –",
        "((((",
        "– Night",
    ],
)
def test_what_does_not_read_like_a_license_stays(name: str) -> None:
    assert (title(name), ending(name)) == (name, None)


@pytest.mark.parametrize(
    "name", ["Basic Lease", "Exclusive Rights", "MP3 + WAV Lease", "Basic Lease (with 3 stems)"]
)
def test_a_name_that_is_nothing_but_a_license_names_no_track(name: str) -> None:
    assert (title(name), ending(name)) == (None, name)


@pytest.mark.parametrize("nothing", [None, 5, "", "\0", ["Night"]])
def test_nothing_gives_nothing(nothing: object) -> None:
    assert (title(nothing), ending(nothing)) == (None, None)


def test_long_and_strange_names_take_no_time() -> None:
    for name in ("(" * 10_000, "- " * 5_000, "a (wav) " * 2_000, "|:" * 5_000, "[(" * 5_000):
        title(name)
