"""What the label network is given, and what is made of its answer: tokens, views, tags, settled columns."""

from __future__ import annotations

import numpy as np
import pytest

from yusuan.extraction.fields.classifier import settle_columns
from yusuan.extraction.fields.table_view import (
    CHUNK,
    HEAD_ROWS,
    MOST_CELLS,
    MOST_GLYPHS,
    TableView,
    ViewCell,
    encode,
    feature_count,
    table_views,
)
from yusuan.extraction.fields.tags import OUTSIDE, TAGS, begin, best_tags, spans_of, tags_of
from yusuan.extraction.fields.tokens import CELL, FIGURES, SPECIAL, UNKNOWN, token_id, tokens_of
from yusuan.extraction.token_labels import LABELS

VOCABULARY = {key: at for at, key in enumerate((*SPECIAL, *UNKNOWN, *FIGURES, *"预算合计元万"))}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("1,234.56", ["<figure with 2 decimals>"]),
        ("2010301", ["<7 digits>"]),
        ("20 10", ["<2 digits>", "<2 digits>"]),
        ("１２．５万元", ["<figure with 1 decimals>", "万", "元"]),
        ("1.购置", ["<1 digits>", ".", "购", "置"]),
        ("≥95%", ["≥", "<2 digits>", "%"]),
        (" 合 计 ", ["合", "计"]),
        ("12,34", ["<2 digits>", ",", "<2 digits>"]),
        ("A0201台", ["<letter and 4 digits>", "台"]),
        ("C23120302", ["<letter and 8 digits>"]),
        ("pm2.5", ["p", "m", "<figure with 1 decimals>"]),
        ("l1,234", ["l", "<figure with 0 decimals>"]),
    ],
)
def test_a_figure_is_one_token_and_white_space_none(text: str, keys: list[str]) -> None:
    tokens = tokens_of(text)
    assert [token.key for token in tokens] == keys
    assert all(text[token.start : token.end].strip() for token in tokens)
    assert "".join(text[token.start : token.end] for token in tokens) == "".join(text.split())


def test_a_glyph_that_nfkc_makes_several_of_keeps_its_place() -> None:
    text = "㎡合"
    assert [(token.start, token.end) for token in tokens_of(text)] == [(0, 1), (1, 2)]


def test_unknown_glyphs_share_numbers_that_are_not_those_of_known_ones() -> None:
    assert token_id("合", VOCABULARY) == VOCABULARY["合"]
    assert token_id("龘", VOCABULARY) in {VOCABULARY[key] for key in UNKNOWN}


def grid(n_rows: int, n_cols: int, text: str = "12") -> list[ViewCell]:
    return [
        ViewCell(text, (col, row, col + 1, row + 1), row * n_cols + col)
        for row in range(n_rows)
        for col in range(n_cols)
    ]


def test_every_cell_of_a_long_table_is_asked_for_once() -> None:
    cells = grid(500, 9)
    views = list(table_views(cells, "收支总表"))
    assert len(views) > 1
    assert all(len(view.cells) <= MOST_CELLS + 1 for view in views)
    kept = [cell.source for view in views for cell in view.cells if cell.kept]
    assert sorted(kept) == list(range(len(cells)))  # type: ignore[type-var]


def test_a_long_table_of_prose_is_read_in_parts_of_so_many_glyphs() -> None:
    views = list(table_views(grid(90, 2, "按时完成各项检查任务" * 20), None))
    assert len(views) > 1
    for view in views:
        assert sum(len(cell.text) for cell in view.cells) <= MOST_GLYPHS
    kept = [cell.source for view in views for cell in view.cells if cell.kept]
    assert sorted(kept) == list(range(180))  # type: ignore[type-var]


def test_later_parts_of_a_long_table_see_its_head_and_the_rows_before() -> None:
    second = list(table_views(grid(500, 9), None))[1]
    rows = {cell.box[1] for cell in second.cells if cell.source is not None and not cell.kept}
    first_own = min(cell.box[1] for cell in second.cells if cell.kept)
    assert set(range(HEAD_ROWS)) <= rows
    assert first_own - 1 in rows


def test_tokens_of_a_view_stand_where_spots_and_first_say() -> None:
    cells = (
        ViewCell("合计", (0, 0, 1, 1), 0),
        ViewCell("", (1, 0, 2, 1), 1),
        ViewCell("12元", (2, 0, 3, 1), 2),
    )
    encoded = encode(TableView(cells, 1, 3), VOCABULARY)
    flat, owner = encoded.tokens.ravel(), encoded.owner.ravel()
    assert [int(flat[at]) for at in encoded.first] == [VOCABULARY[CELL]] * 3
    assert [int(owner[at]) for at in encoded.first] == [0, 1, 2]
    assert [(cell, start, end) for _, cell, start, end in encoded.spots] == [
        (0, 0, 1),
        (0, 1, 2),
        (2, 0, 2),
        (2, 2, 3),
    ]
    assert all(int(owner[place]) == cell for place, cell, _, _ in encoded.spots)
    assert encoded.features.shape == (3, feature_count())


@pytest.mark.parametrize("length", [CHUNK - 1, CHUNK, 3 * CHUNK, 1000])
def test_each_glyph_of_a_long_text_is_asked_for_once(length: int) -> None:
    cells = (ViewCell("预" * length, (0, 0, 1, 1), 0),)
    encoded = encode(TableView(cells, 1, 1), VOCABULARY)
    assert [start for _, _, start, _ in encoded.spots] == list(range(length))
    assert (encoded.tokens.ravel()[[spot[0] for spot in encoded.spots]] == VOCABULARY["预"]).all()


def test_what_is_only_seen_has_no_spots() -> None:
    cells = (ViewCell("合计", (0, 0, 1, 1), 0, kept=False), ViewCell("12", (0, 1, 1, 2), 1))
    assert {cell for _, cell, _, _ in encode(TableView(cells, 2, 1), VOCABULARY).spots} == {1}


def test_tags_and_spans_are_one_and_the_same() -> None:
    tokens = [(token.start, token.end) for token in tokens_of("201一般公共服务 12.5万元")]
    spans = [(0, 3, "budget_line.code"), (3, 9, "budget_line.item"), (10, 14, "budget_line.amount")]
    assert [span[:3] for span in spans_of(tokens, tags_of(tokens, spans))] == spans


def test_two_spans_of_one_label_side_by_side_stay_two() -> None:
    tokens = [(0, 1), (1, 2), (2, 3)]
    spans = [(0, 1, "indicator.name"), (1, 3, "indicator.name")]
    assert [span[:3] for span in spans_of(tokens, tags_of(tokens, spans))] == spans


def test_the_best_tags_are_iob2_though_each_by_itself_is_not() -> None:
    scores = np.full((3, len(TAGS)), -9.0)
    header, key = begin("header"), begin("key")
    scores[0, header], scores[0, key] = -0.6, -0.8
    scores[1:, key + 1] = -0.1  # inside of a key, which nothing began
    tags = best_tags(scores)
    assert tags == [key, key + 1, key + 1]


def test_the_best_tags_are_those_of_every_path_tried() -> None:
    rng = np.random.default_rng(0)
    few = [OUTSIDE, begin("header"), begin("header") + 1, begin("key"), begin("key") + 1]
    for _ in range(50):
        scores = np.full((4, len(TAGS)), -1e6)
        scores[:, few] = rng.normal(size=(4, 5))

        def allowed(path: tuple[int, ...]) -> bool:
            return all(
                tag == OUTSIDE or tag % 2 == 1 or (at > 0 and path[at - 1] in (tag, tag - 1))
                for at, tag in enumerate(path)
            )

        paths = [
            (few[a], few[b], few[c], few[d])
            for a in range(5)
            for b in range(5)
            for c in range(5)
            for d in range(5)
        ]
        best = max(
            filter(allowed, paths), key=lambda path: sum(scores[at, tag] for at, tag in enumerate(path))
        )
        assert best_tags(scores) == list(best)


def test_a_cell_in_doubt_follows_the_cells_of_its_column() -> None:
    cells = tuple(ViewCell("12", (0, row, 1, row + 1), row) for row in range(6))
    amount, other = begin("budget_line.amount"), begin("ordinal")
    scores = np.full((6, len(TAGS)), -12.0)
    scores[:, amount] = -0.01
    scores[3, amount], scores[3, other] = -0.8, -0.6
    tokens = {row: [(row, 0, 2)] for row in range(6)}
    settled = settle_columns(TableView(cells, 6, 1), tokens, scores, 0.5)
    assert int(settled[3][0].argmax()) == amount
    alone = settle_columns(TableView(cells[3:4], 1, 1), {0: [(3, 0, 2)]}, scores, 0.5)
    assert int(alone[0][0].argmax()) == other


def test_labels_are_each_named_once() -> None:
    assert len(set(LABELS)) == len(LABELS)
    assert len(TAGS) == 1 + 2 * len(LABELS)
