"""Every layout by its name, and a document of a layout as a source that the forms build."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from yusuan.datasets.synth.grammar import (
    ledgers,
    lists,
    mixed,
    others,
    summaries,
    targets,
    three_public,
    units,
    wide_targets,
)
from yusuan.datasets.synth.grammar.dice import Dice
from yusuan.datasets.synth.grammar.scene import SHEETS, Raw, Scene, draw_scene
from yusuan.extraction.errors import UsageError

Draw = Callable[[Scene], list[Raw]]

IN_OUT: Final = "income_expenditure_summary"
SPENT: Final = "expenditure_summary"
APPROPRIATION: Final = "fiscal_appropriation_summary"
GENERAL: Final = "general_budget_expenditure"
BASIC: Final = "general_budget_basic_expenditure"
FUND: Final = "government_fund_expenditure"
CAPITAL: Final = "state_capital_expenditure"

LAYOUTS: dict[str, Draw] = {
    # 收支总表
    "summary_two_sides": lambda s: summaries.two_sided(s, IN_OUT, lanes=False),
    "summary_lanes": lambda s: summaries.two_sided(s, IN_OUT, rows=True, lanes=True),
    "summary_carried": lambda s: summaries.two_sided(s, IN_OUT, carried=True),
    "summary_three_sides": lambda s: summaries.two_sided(
        s, IN_OUT, nature=True, sheets=("portrait", "landscape")
    ),
    # 收入总表
    "income_codes": lambda s: ledgers.income(s, s.dice.pick(("plain", "grouped"))),
    "income_lanes": lambda s: ledgers.income(s, "grouped", lanes=True),
    "income_split_codes": lambda s: ledgers.income(s, "split", sheets=("landscape", "wide")),
    "income_flat": lambda s: ledgers.income(s, "plain", nested=False),
    "income_list": lambda s: summaries.one_list(s, "income_summary"),
    "income_bodies": units.income,
    "income_bodies_deep": lambda s: units.income(s, deep=True),
    # 支出总表
    "expenditure_codes": lambda s: ledgers.expenditure(s, SPENT, s.dice.pick(("plain", "grouped"))),
    "expenditure_columns": lambda s: ledgers.expenditure(s, SPENT, "grouped", extra=True),
    "expenditure_split_codes": lambda s: ledgers.expenditure(s, SPENT, "split", staff=s.dice.maybe(0.5)),
    "expenditure_indented": ledgers.indented,
    "expenditure_list": lambda s: summaries.one_list(s, SPENT, lanes=s.dice.maybe(0.3)),
    "expenditure_bodies": units.expenditure,
    "expenditure_bodies_over_rows": lambda s: units.over_rows(s, SPENT),
    "expenditure_natures": ledgers.by_nature,
    "expenditure_sources": lambda s: ledgers.by_source(s, SPENT, s.dice.pick(("plain", "grouped", "split"))),
    # 财政拨款收支总表
    "appropriation_two_sides": lambda s: summaries.two_sided(s, APPROPRIATION, lanes=False),
    "appropriation_parts": lambda s: summaries.two_sided(s, APPROPRIATION, parts=True, lanes=False),
    "appropriation_lanes": lambda s: summaries.two_sided(s, APPROPRIATION, parts=True, rows=True, lanes=True),
    # 一般公共预算支出表
    "general_codes": lambda s: ledgers.expenditure(s, GENERAL, "plain"),
    "general_year": lambda s: ledgers.expenditure(s, GENERAL, "grouped", year=True),
    "general_staff": lambda s: ledgers.expenditure(s, GENERAL, "grouped", staff=True),
    "general_split_codes": lambda s: ledgers.expenditure(s, GENERAL, "split"),
    "general_changes": lambda s: ledgers.with_changes(s, GENERAL, "plain"),
    "general_changes_wide": lambda s: ledgers.with_changes(
        s, GENERAL, "grouped", wide=True, sheets=("landscape", "wide")
    ),
    "general_bodies_over_rows": lambda s: units.over_rows(s, GENERAL),
    # 一般公共预算基本支出表
    "basic_economy": lambda s: ledgers.by_economy(s, BASIC, "plain"),
    "basic_economy_grouped": lambda s: ledgers.by_economy(s, BASIC, "grouped"),
    "basic_economy_split": lambda s: ledgers.by_economy(s, BASIC, "split"),
    "basic_government_economy": lambda s: ledgers.by_economy(s, BASIC, "grouped", government=True),
    # 政府性基金, 国有资本经营
    "fund_codes": lambda s: ledgers.expenditure(s, FUND, "plain", codes="fund", n_rows=(3, 14)),
    "fund_changes": lambda s: ledgers.with_changes(s, FUND, "plain", codes="fund", n_rows=(3, 12)),
    "fund_empty": lambda s: ledgers.empty(s, FUND, s.dice.pick(("plain", "grouped", "split"))),
    "capital_codes": lambda s: ledgers.expenditure(s, CAPITAL, "grouped", codes="capital", n_rows=(2, 9)),
    "capital_empty": lambda s: ledgers.empty(s, CAPITAL, "plain"),
    # “三公”经费
    "three_list": three_public.listed,
    "three_list_years": lambda s: three_public.listed(s, years=True, numbered=s.dice.maybe(0.4)),
    "three_list_changes": lambda s: three_public.listed(s, changes=True),
    "three_empty": three_public.empty,
    "three_across": lambda s: three_public.horizontal(s, under=s.dice.maybe(0.4)),
    "three_across_years": lambda s: three_public.horizontal(s, 2),
    "three_bodies": lambda s: units.income(s, three=True),
    # other tables of amounts
    "projects_list": lists.projects,
    "projects_sources": lambda s: lists.projects(s, wide=True, kinds=s.dice.maybe(0.5)),
    "projects_bodies": lambda s: lists.projects(s, wide=s.dice.maybe(0.5), units=True),
    "economy_across": lists.economy_across,
    "running_costs": lists.running,
    "taxless_income": lists.taxless,
    # purchases, assets, bodies
    "procurement_flat": lists.procurement,
    "procurement_levels": lambda s: lists.procurement(s, levels=2),
    "service_purchase": lambda s: lists.procurement(s, title="purchase"),
    "assets_list": lists.assets,
    "assets_numbered": lambda s: lists.assets(s, numbered=True),
    "assets_planned": lists.single_assets,
    "assets_owned": lambda s: lists.single_assets(s, owned=True),
    "institutions_list": lists.institutions,
    "institutions_staff": lambda s: lists.institutions(s, staff=True),
    # performance targets
    "targets_general": targets.general,
    "targets_general_shared": lambda s: targets.general(s, merge=True),
    "targets_project": targets.project,
    "targets_project_blank": lambda s: targets.project(s, blank=True, merge=False),
    "targets_overall": targets.overall,
    "targets_overall_blank": lambda s: targets.overall(s, blank=True),
    "targets_overall_short": targets.short_overall,
    "targets_described": targets.described,
    "targets_described_several": lambda s: targets.described(s, several=True),
    "targets_declared": wide_targets.declared,
    "targets_narrative": wide_targets.narrative,
    "targets_term": wide_targets.term,
    "targets_term_year": lambda s: wide_targets.term(s, sides=False),
    "targets_term_body": lambda s: wide_targets.term(s, whole=True, sides=s.dice.maybe(0.5)),
    # several tables
    "two_tables": mixed.two_on_a_page,
    "disclosure": mixed.disclosure,
    "clipped_items": mixed.clipped_items,
    "clipped_targets": mixed.clipped_targets,
    # tables without records, and pages without tables
    "staff_numbers": others.staff,
    "vehicles": others.vehicles,
    "contacts": others.contacts,
    "index_of_tables": others.index,
    "prose": lambda s: others.prose(s, s.dice.between(3, 8)),
    "contents": others.contents,
    "cover": others.cover,
}


def draw_source(seed: int, number: int, layout: str) -> tuple[Raw, Scene]:
    """Return the source of document `number` of a seed, and the scene that it was drawn in.

    Raises:
        UsageError: there is no such layout.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"there is no layout {layout!r}", f"layouts: {', '.join(LAYOUTS)}")
    scene = draw_scene(Dice(seed, number, layout))
    return compose(scene, LAYOUTS[layout](scene)), scene


def compose(scene: Scene, blocks: list[Raw]) -> Raw:
    """Return blocks as a source: its paper, what stands on a new page, and what the document is about."""
    placed: list[Raw] = []
    first = sheet = blocks[0].get("sheet", "portrait")
    for block in blocks:
        own = block.pop("sheet", sheet)
        turn = block.pop("page", False)
        if placed and (own != sheet or turn):
            placed.append({"form": "page", "sheet": own})
        sheet = own
        placed.append(block)
    names = [first, *(name for name in SHEETS if name != first)]
    body = scene.body
    code = body.code if any(body.code in block.get("body", "") for block in placed) else None
    return {
        "document": {
            "title": next((block["title"] for block in placed if block.get("title")), body.name),
            "organization": {"code": code, "name": body.name if scene.shows_body else None},
            "fiscal_year": scene.year if scene.shows_year else None,
            "amount_unit": scene.unit,
            "face": scene.look.face,
        },
        "sheet": {
            name: {"size": SHEETS[name], "margins": scene.look.margins, "footer": scene.footer}
            for name in names
        },
        "block": placed,
    }
