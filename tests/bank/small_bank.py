"""A small, sound bank on disk, and the means to break it: two groups, three regions, two complications, one exam."""

from __future__ import annotations

from pathlib import Path

REGIONS = """\
schema: regions/1
meta:
  title: Regions
  status: educational draft
  counts:
    regions: 3
    by_risk_tier: {standard: 1, elevated: 2}
    by_group: {limb: 1, trunk: 2}
    groups: 2
  general_rules:
    - {text: "Use the shortest needle.", src: [gk-dn]}
groups:
  - {id: limb, tier: standard, name: Limb, module: null, default: "on", regions: [thigh], rationale: "Low.", src: [own]}
  - {id: trunk, tier: elevated, name: Body, module: null, default: "on", regions: [crest, rib], rationale: "A.", src: [own]}
regions:
"""

REGION = """\
  - id: {id}
    name: {id} muscles
    body_map: {{view: back, side: both, area: "the {id}", anchors: [[42, 18], [58, 18]]}}
    muscles: [{id} muscle]
    group: {group}
    risk_tier: {tier}
    tier_reason: "What lies below."
    structures_at_risk:
      - structure: Lung
        hazard: pneumothorax
        facts:
          - {{text: "Lung lies below the {id}.", src: [smith2020]}}
          - {{text: "Doubtful depth.", src: [doubt2021], use: not-for-keys, use_reason: "One cadaver."}}
    safe_technique:
      - {{text: "Stay flat.", src: [gk-dn]}}
    typical_errors:
      - {{text: "Straight in.", src: [gk-dn]}}
    early_signs:
      - {{text: "Cough.", src: [smith2020]}}
    evidence: fair
    sources: [smith2020, doubt2021]
"""

COMPLICATIONS = """\
schema: complications/1
meta:
  title: Complications
  status: educational draft
  counts: {complications: 2}
  severity_scheme:
    - {text: "Three levels.", src: [smith2020]}
complications:
"""

COMPLICATION = """\
  - id: {id}
    name: {id}
    definition: {{text: "What it is.", src: [smith2020]}}
    incidence: []
    severity: mild
    onset: {{text: "At once.", src: [smith2020]}}
    recognition:
      early: [{{text: "Pain.", src: [smith2020]}}]
      late: []
      red_flags: []
    response_steps:
      - {{n: 1, text: "Stop.", src: [smith2020]}}
      - {{n: 1, text: "Needle out.", src: [smith2020]}}
      - {{n: 2, text: "Look.", src: [smith2020]}}
    critical_actions: ["Stop"]
    critical_errors: ["Go on"]
    document_report: {{text: "Write it down.", src: [smith2020]}}
    follow_up: {{text: "Ring next day.", src: [smith2020]}}
    sources: [smith2020]
"""

COMPETENCIES = """\
schema: competencies/1
meta:
  title: Competencies
  status: educational draft
  counts: {knowledge: 1, practical: 1, competencies: 2, critical: 1}
  background:
    - {text: "Own list.", src: [own]}
groups:
  - group: knowledge
    competencies:
      - {id: k-anatomy, name: "Anatomy", critical: true, modes: [quiz, oral], evidence: "Names it.", src: [own]}
  - group: practical
    competencies:
      - {id: p-touch, name: "Touch", critical: false, modes: [observed-procedure], evidence: "Finds it.", src: [own]}
observed_procedure_form:
  rows: [consent repeated, guard established]
  auto_fail: [needle off guard]
  suggestion: {text: "Grade over several cases.", src: [own]}
"""

SCREENING = """\
schema: screening/1
meta:
  title: Screening
  status: educational draft
  counts: {absolute: 1, relative: 1, precautions: 0, checks: 0, rows: 2, questions: 1}
  principles:
    - {text: "Ask each time.", src: [gk-dn]}
absolute:
  - {id: no-consent, name: "No consent", reason: "Theirs to give.", action: do-not-needle, scope: general, src: [gk-dn]}
relative:
  - {id: fear, name: Fear, reason: "?", action: not-today, outcomes: [not-today, refer], scope: general, src: [gk-dn]}
precautions: []
checks: []
screening_questions:
  - {q: "Do you agree?", triggers: [no-consent, fear]}
"""

SOURCES = """\
schema: sources/1
meta:
  title: Sources
  status: educational draft
sources:
  smith2020: {authors: "Smith", year: 2020, title: "Study", publisher: "J", seen: true, extent: part, authority: high}
  doubt2021: {authors: "Doe J", year: 2021, title: "A case", publisher: "A journal", seen: false, authority: low}
  gk-dn: {authors: "n/a", year: null, title: "General knowledge", publisher: "n/a", seen: false, authority: low}
  own: {authors: "the authors", year: 2026, title: "Own choice", publisher: "n/a", seen: false, authority: low}
"""

QUIZ = """\
schema: quiz/1
id: trunk
title: "Trunk, group exam"
mode: exam
purpose: "Everything about the trunk."
select:
  any_of:
    - {groups: [trunk]}
blueprint:
  critical_max: 2
  cells:
    - {count: 1, region: crest, domain: placement}
    - {count: 1}
cuts:
  overall: {num: 80, den: 100}
max_critical_errors: 0
time_limit_s: 180
attempts: {allowed: 2, window_days: 30, waits_h: [48, 168, 720]}
review_rule: topics-only
validity_months: 24
pool_factor: {num: 3, den: 2}
"""

ITEM = """\
schema: item/1
id: {id}
type: single_best_answer
domain: {domain}
regions: [{regions}]
complications: [{complications}]
pool: {pool}
difficulty: 3
critical: true
points: 1
scenario: "{scenario}"
stem: "{stem}"
options:
  - {{id: a, text: "Hold the fold and needle along it", correct: true, rationale: "The guard holds."}}
  - {{id: b, text: "Go straight down between the two ribs", dangerous: true, rationale: "The lung lies there."}}
  - {{id: c, text: "Use the longest needle in the box here", rationale: "Longer than needed."}}
explanation: "The guard keeps the needle away from the lung."
safe_needle_rule: "Hold the fold until the needle is out."
sources: [{sources}]
"""

WORDS = (
    ("A rower lies prone after two hard weeks on the water.", "What do you choose for this needle?"),
    ("An office worker sits with a stiff shoulder since Monday.", "Which plan fits the finding best?"),
    ("A gardener asks about the tender spot that you just felt.", "Where does the tip go from here?"),
    ("The nurse in bay three reports a dull ache under her bra strap.", "How do you go on with her?"),
)


SCENE = """\
schema: scene/1
id: crest-slice
title: Through the crest, horizontal
kind: section
regions: [crest]
basis: editorial
frame: {x_mm: [-40, 40], y_mm: [-4, 80], right_of_picture: right, midline_x_mm: 0}
orientation: {top: back, bottom: front, left: left, right: right}
skin: [[-40, 0], [40, 0]]
landmarks:
  - {id: middle, label: Middle line, at: [0, 0]}
habitus:
  fat_mm: {band: [0, 8], range: [4, 20], presets: {lean: 5, average: 8, large: 16}, basis: editorial, sources: [smith2020]}
structures:
  - {id: fat, tissue: fat, label: Fat, polygon: [[-40, 2], [40, 2], [40, 7], [-40, 7]]}
  - {id: crest, tissue: muscle, label: Crest, polygon: [[-40, 12], [40, 12], [40, 28], [-40, 28]]}
  - {id: lung, tissue: lung, label: Lung, hazard: pneumothorax, margin_mm: 5, polygon: [[-40, 40], [40, 40], [40, 70], [-40, 70]]}
may_touch: []
sources: [smith2020]
"""


def item(number: int = 0, **changes: str) -> str:
    """The text of an item file; each number has its own scenario and stem."""
    scenario, stem = WORDS[number]
    fields = {
        "id": f"crest-00{number + 1}", "domain": "placement", "regions": "crest", "complications": "bleeding",
        "pool": "exam", "scenario": scenario, "stem": stem, "sources": "smith2020",
    }  # fmt: skip
    return ITEM.format(**{**fields, **changes})


def write_bank(folder: Path, items: int = 3) -> Path:
    """Write the whole sound bank into an empty folder."""
    regions = (("thigh", "limb", "standard"), ("crest", "trunk", "elevated"), ("rib", "trunk", "elevated"))
    files = {
        "regions.yaml": REGIONS + "".join(REGION.format(id=i, group=g, tier=t) for i, g, t in regions),
        "complications.yaml": COMPLICATIONS + "".join(COMPLICATION.format(id=i) for i in ("bleeding", "pneumothorax")),
        "competencies.yaml": COMPETENCIES,
        "screening.yaml": SCREENING,
        "sources.yaml": SOURCES,
        "quizzes/trunk.yaml": QUIZ,
        "scenes/crest-slice.yaml": SCENE,
    }
    files |= {f"scenarios/trunk/crest-00{n + 1}.yaml": item(n) for n in range(items)}
    for name, text in files.items():
        put(folder, name, text)
    return folder


def put(folder: Path, name: str, text: str) -> None:
    """Write one file of the bank."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def change(folder: Path, name: str, before: str, after: str) -> int:
    """Replace one place in one file; the line where it now stands."""
    text = (folder / name).read_text(encoding="utf-8")
    assert before in text, f"{before!r} is not in {name}"
    start = text.index(before)
    put(folder, name, text[:start] + after + text[start + len(before) :])
    return text.count("\n", 0, start) + 1
