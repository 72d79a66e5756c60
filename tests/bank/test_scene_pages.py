"""Scenes at the desk, over HTTP: structures in words beside their ids, bodies within their limits, a bad path explained."""

from __future__ import annotations

from html import unescape

from flask import Flask

from tests.builders import Clinic

T5 = "/admin/scenes/thoracic-axial-t5"


def page_of(clinic: Clinic, clinic_app: Flask, path: str) -> str:
    """The words of a page that an admin reads."""
    answer = clinic.client(clinic_app, "admin").get(path)
    assert answer.status_code == 200
    return unescape(answer.text)


def test_a_path_is_told_in_words_with_the_ids_that_an_item_would_name(clinic: Clinic, clinic_app: Flask) -> None:
    text = page_of(clinic, clinic_app, f"{T5}?entry_mm=45&tilt_deg=10&depth_mm=30")
    assert 'Trapezius <span class="hint">trapezius-right</span>:' in text
    assert 'Right lung <span class="hint">lung-right</span>: ' in text
    assert "Stopped by Fifth rib at" in text
    assert "Reserve:" in text


def test_a_body_is_told_with_units_and_kept_within_its_limits(clinic: Clinic, clinic_app: Flask) -> None:
    text = page_of(clinic, clinic_app, f"{T5}?fat_mm=9999")
    assert "fat_mm " not in text.split("<figcaption")[-1]
    assert "Body: fat " in text
    assert "9999" not in text


def test_a_path_that_starts_beside_the_drawing_says_so(clinic: Clinic, clinic_app: Flask) -> None:
    text = page_of(clinic, clinic_app, f"{T5}?entry_mm=900&tilt_deg=0&depth_mm=10")
    assert 'role="alert"' in text
    assert "What this path meets" not in text


def test_a_scene_that_is_not_there_is_not_found(clinic: Clinic, clinic_app: Flask) -> None:
    assert clinic.client(clinic_app, "admin").get("/admin/scenes/no-such-scene").status_code == 404
