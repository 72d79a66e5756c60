"""Pages of exams: their rules, the attempt itself, its review and result."""

from __future__ import annotations

from app.attempts.views import closing, exam_time, exams, items, late, results, sittings, taking
from app.attempts.views.blueprint import blueprint

__all__ = ["blueprint", "closing", "exam_time", "exams", "items", "late", "results", "sittings", "taking"]
