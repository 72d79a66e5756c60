from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.drawing.body_map import BOX, NAME_LINE, VIEWS, WORDS, MapState, render_body_map

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "app/static/vendor/body-outlines"
OUTLINES = json.loads((VENDOR / "body-outlines.json").read_text(encoding="utf-8"))
SPEC = json.loads((ROOT / "question_bank/body-regions.json").read_text(encoding="utf-8"))
REGIONS = yaml.safe_load((ROOT / "question_bank/regions.yaml").read_text(encoding="utf-8"))["regions"]
NAMES = {region["id"]: region["name"] for region in REGIONS}
STATES: tuple[MapState, ...] = get_args(MapState)


def draw(
    standings: dict[str, MapState] | None = None,
    names: dict[str, str] | None = None,
    prefix: str = "#region-",
    **more: Any,
) -> str:
    names = NAMES if names is None else names
    return render_body_map(OUTLINES, SPEC, standings or {}, names, lambda region: prefix + region, **more)


def parse(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(html)


def links(html: str) -> list[ElementTree.Element]:
    return list(parse(html).iter("a"))


def test_every_region_of_the_catalogue_is_a_link_in_at_least_one_view() -> None:
    assert len(REGIONS) == 38
    assert {a.get("href") for a in links(draw())} == {f"#region-{region['id']}" for region in REGIONS}


def test_the_mapping_names_no_region_that_the_catalogue_does_not_know() -> None:
    assert [region["id"] for region in SPEC["regions"] if region["id"] not in NAMES] == []


def test_every_outline_and_view_that_the_mapping_points_at_exists() -> None:
    for region in SPEC["regions"]:
        assert set(region["views"]) <= set(VIEWS)
        for view, part in region["views"].items():
            assert part["overlay"] or part["outlines"], region["id"]
            assert all(0 <= i < len(OUTLINES["views"][view]) for i in part["outlines"])


def test_every_mark_stands_inside_the_figure() -> None:
    for region in SPEC["regions"]:
        for view, part in region["views"].items():
            left, top, width, height = BOX[view]
            x, y = part["label"]
            assert left < x < left + width, region["id"]
            assert top < y < top + height, region["id"]


@pytest.mark.parametrize("state", STATES)
def test_a_link_says_the_name_and_the_standing_in_words(state: MapState) -> None:
    shown = [a for a in links(draw({"upper-trapezius": state})) if a.get("href") == "#region-upper-trapezius"]
    assert [a.get("aria-label") for a in shown] == [f"Upper trapezius: {WORDS[state]}"]
    assert f"is-{state}" in (shown[0].get("class") or "")


def test_an_expiring_clearance_still_reads_as_cleared() -> None:
    assert WORDS["expiring"] == "Cleared, expiring"


def test_a_region_without_a_standing_reads_cannot_confirm() -> None:
    assert all((a.get("aria-label") or "").endswith(": Cannot confirm") for a in links(draw()))


def test_a_region_without_a_name_falls_back_to_its_short_name() -> None:
    labels = {a.get("aria-label") for a in links(draw(names={}))}
    assert "Pectorals: Cannot confirm" in labels


@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "' onload='x", "&lt;b&gt;", "bad\x00\x1b\x0bname", "]]>"])
def test_hostile_names_and_addresses_stay_text(hostile: str) -> None:
    html = draw(names=dict.fromkeys(NAMES, hostile), prefix=hostile, uid=hostile)
    visible = "".join(c for c in hostile if c.isprintable())
    assert {element.tag for element in parse(html).iter()} <= HTML_TAGS | SVG_TAGS
    assert {a.get("aria-label") for a in links(html)} == {f"{visible}: Cannot confirm"}
    assert all((a.get("href") or "").startswith(visible) for a in links(html))


HTML_TAGS = {"div", "figure", "figcaption", "ul", "li", "span"}
SVG_TAGS = {"svg", "title", "defs", "pattern", "path", "circle", "rect", "g", "a", "text", "tspan"}


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(NAMES)), st.sampled_from(STATES)), st.text(max_size=40))
def test_the_picture_is_well_formed_whatever_is_shown(standings: dict[str, MapState], name: str) -> None:
    root = parse(draw(standings, dict.fromkeys(NAMES, name)))
    assert len(list(root.iter("svg"))) == len(VIEWS) + len(STATES)


def test_the_same_standings_give_the_same_bytes() -> None:
    forwards: dict[str, MapState] = {region: STATES[i % len(STATES)] for i, region in enumerate(sorted(NAMES))}
    backwards = dict(reversed(forwards.items()))
    assert draw(forwards) == draw(backwards)


def test_the_key_counts_each_region_once() -> None:
    standings: dict[str, MapState] = {"deltoid-rotator": "cleared", "hand-intrinsics": "cleared", "calf": "observer"}
    rows = ["".join(li.itertext()) for li in parse(draw(standings)).iter("li")]
    assert "Cleared 2" in rows  # both stand in the front and the back view
    assert "Only with an observer 1" in rows
    assert f"Cannot confirm {len(REGIONS) - 3}" in rows


def test_ids_do_not_repeat_on_a_page_with_two_maps() -> None:
    html = draw(uid="mine") + draw(uid="theirs")
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_every_pattern_that_is_used_is_defined() -> None:
    html = draw(dict.fromkeys(NAMES, "not-cleared"))
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(re.findall(r' id="([^"]+)"', html))


def test_the_picture_needs_no_style_attribute_no_script_and_no_other_host() -> None:
    html = draw()
    assert not re.search(r"\bstyle=|<style|<script|\bon[a-z]+=|//", html)


def test_an_overlay_is_painted_after_the_muscle_it_lies_on() -> None:
    front = draw().split("<figure", 2)[1]
    assert front.rindex('class="still"') < front.index('class="region')


def test_names_beside_the_figure_do_not_overlap() -> None:
    for figure in parse(draw()).iter("figure"):
        for anchor in ("start", "end"):
            texts = [text for text in figure.iter("text") if text.get("text-anchor") == anchor]
            blocks = [[float(line.get("y") or 0) for line in text.iter("tspan")] for text in texts]
            assert len(blocks) > 8
            assert all(above[-1] + NAME_LINE <= below[0] for above, below in pairwise(blocks))


def test_the_vendored_outlines_carry_their_licence_and_no_address() -> None:
    about = json.loads((VENDOR / "VENDOR.json").read_text(encoding="utf-8"))
    assert about["licence"] == "MIT"
    assert about["sha512"].startswith("sha512-")
    assert (about["name"], about["version"]) == (OUTLINES["source"]["name"], OUTLINES["source"]["version"])
    assert "Permission is hereby granted" in (VENDOR / "LICENSE").read_text(encoding="utf-8")
    assert all("://" not in file.read_text(encoding="utf-8") for file in VENDOR.iterdir())
