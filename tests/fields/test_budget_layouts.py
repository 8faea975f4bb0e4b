import pytest

from yusuan.extraction.document import Evidence, Repair, Span
from yusuan.extraction.fields import build_records, label_tables, name_tables
from yusuan.extraction.fields.labels import heading_spans, labelled_text
from yusuan.extraction.token_labels import HEADER, UNIT

LINE = ("side", "code", "item", "measure", "amount", "level", "row_kind")


def test_two_sided_tables_give_each_amount_its_side(read_tables, said):
    document = read_tables(
        (
            ["财政拨款收支总表", "单位：万元"],
            """
            收入 | < | 支出 | < | <
            项目 | 预算数 | 项目 | 合计 | 一般公共预算
            一、本年收入 | 1,933.57 | 一、本年支出 | 1,992.86 | 1,992.86
            政府性基金预算资金 | | 农林水支出 | 376.90 | 376.90
            | | 其中：扶贫 | 12.00 |
            收入合计 | 1,992.86 | 支出合计 | 1,992.86 | -
            """,
        )
    )
    assert said(document.records, "budget_line", "side", "item", "measure", "amount", "row_kind") == [
        ("income", "一、本年收入", "预算数", "1933.57", "line"),
        ("expenditure", "一、本年支出", "合计", "1992.86", "line"),
        ("expenditure", "一、本年支出", "一般公共预算", "1992.86", "line"),
        ("expenditure", "农林水支出", "合计", "376.90", "line"),
        ("expenditure", "农林水支出", "一般公共预算", "376.90", "line"),
        ("expenditure", "其中：扶贫", "合计", "12.00", "memo"),
        ("income", "收入合计", "预算数", "1992.86", "total"),
        ("expenditure", "支出合计", "合计", "1992.86", "total"),
    ]
    assert {record.table for record in document.records} == {"fiscal_appropriation_summary"}


def test_row_numbers_and_lanes_give_nothing(read_tables, said):
    document = read_tables(
        (
            ["部门预算收支总表", "单位：万元"],
            """
            序号 | 收入 | < | 支出 | <
            ^ | 项目 | 预算数 | 项目 | 预算数
            栏次 | 1 | 2 | 3 | 4
            1 | 一、一般公共预算拨款收入 | 1841.44 | 一、一般公共服务支出 | 1674.65
            34 | 收入总计 | 1841.44 | 支出总计 | 1841.44
            """,
        )
    )
    assert said(document.records, "budget_line", "side", "item", "amount", "row_kind") == [
        ("income", "一、一般公共预算拨款收入", "1841.44", "line"),
        ("expenditure", "一、一般公共服务支出", "1674.65", "line"),
        ("income", "收入总计", "1841.44", "total"),
        ("expenditure", "支出总计", "1841.44", "total"),
    ]


def test_row_numbers_under_a_heading_of_their_own(read_tables, said):
    """栏次 and 行次 head columns here, on each side, and begin the row that numbers the columns as well."""
    document = read_tables(
        (
            ["财政拨款收支总表", "单位：万元"],
            """
            预算收入 | < | < | 预算支出 | < | <
            项目名称 | 栏次 | 预算数 | 功能分类 | 行次 | 预算数
            栏次 | — | 1 | — | — | 2
            一、一般公共预算拨款 | 1 | 157.51 | 一、一般公共服务支出 | 7 | 39.86
            收入总计 | 6 | 157.51 | 支出总计 | 12 | 157.51
            """,
        )
    )
    assert said(document.records, "budget_line", "side", "item", "measure", "amount", "row_kind") == [
        ("income", "一、一般公共预算拨款", "预算数", "157.51", "line"),
        ("expenditure", "一、一般公共服务支出", "预算数", "39.86", "line"),
        ("income", "收入总计", "预算数", "157.51", "total"),
        ("expenditure", "支出总计", "预算数", "157.51", "total"),
    ]


def test_bodies_whose_projects_have_a_column_are_no_items(read_tables, said):
    document = read_tables(
        (
            ["项目支出表", "单位：万元"],
            """
            单位编码 | 单位名称 | 项目名称 | 合计 | 财政拨款
            合计 | < | < | 300.00 | 300.00
            348001 | 局机关 | 小计 | 200.00 | 200.00
            ^ | ^ | 公路改建工程 | 120.00 | 120.00
            ^ | ^ | 危桥改造工程 | 80.00 | 80.00
            348002 | 公路养护中心 | 日常养护 | 100.00 | 100.00
            """,
        )
    )
    assert said(document.records, "budget_line", "code", "item")[::2] == [
        (None, "合计"),
        (None, "小计"),
        (None, "公路改建工程"),
        (None, "危桥改造工程"),
        (None, "日常养护"),
    ]
    assert not said(document.records, "organization", "name")


def test_codes_in_three_columns_are_one_code(read_tables, said):
    document = read_tables(
        (
            ["2025年部门收入预算总表", "编制部门：上海市普陀区财政局 单位：元"],
            """
            项目 | < | < | < | 收入预算 | <
            功能分类科目编码 | < | < | 功能分类科目名称 | 合计 | 财政拨款收入
            类 | 款 | 项 | ^ | ^ | ^
            201 | | | 一般公共服务支出 | 22,186,440.80 | 22,186,440.80
            201 | 06 | | 财政事务 | 22,186,440.80 |
            201 | 06 | 01 | 行政运行 | 16,231,840.80 |
            301 | 2 | | 津贴补贴 | 16,623,810 |
            合计 | < | < | < | 31,214,205.80 |
            """,
        )
    )
    assert said(document.records, "budget_line", "code", "level", "item", "measure", "amount") == [
        ("201", 1, "一般公共服务支出", "收入预算/合计", "22186440.80"),
        ("201", 1, "一般公共服务支出", "收入预算/财政拨款收入", "22186440.80"),
        ("20106", 2, "财政事务", "收入预算/合计", "22186440.80"),
        ("2010601", 3, "行政运行", "收入预算/合计", "16231840.80"),
        ("30102", 2, "津贴补贴", "收入预算/合计", "16623810"),
        (None, None, "合计", "收入预算/合计", "31214205.80"),
    ]
    assert {(record.side, record.unit, record.row_kind == "total") for record in document.records} == {
        ("income", "元", False),
        ("income", "元", True),
    }


def test_merged_code_cells_are_carried_to_every_row(read_tables, said):
    document = read_tables(
        (
            ["部门支出预算总表", "单位：元"],
            """
            科目编码 | < | < | 科目名称 | 合计
            类 | 款 | 项 | ^ | ^
            201 | 03 | 01 | 行政运行 | 120.00
            ^ | ^ | 02 | 一般行政管理事务 | 46.00
            ^ | 05 | 06 | 统计管理 | 26.00
            """,
        )
    )
    assert said(document.records, "budget_line", "code", "item") == [
        ("2010301", "行政运行"),
        ("2010302", "一般行政管理事务"),
        ("2010506", "统计管理"),
    ]
    assert [(p.row, p.col) for p in document.records[2].provenance["code"]] == [(2, 0), (4, 1), (4, 2)]


def test_levels_left_blank_are_those_of_the_rows_above(read_tables, said):
    document = read_tables(
        (
            ["部门支出预算总表", "单位：元"],
            """
            科目编码 | < | < | 科目名称 | 合计
            类 | 款 | 项 | ^ | ^
            208 | | | 社会保障和就业支出 | 90.00
             | 05 | | 行政事业单位养老支出 | 90.00
             | | 01 | 行政单位离退休 | 23.00
             | | 05 | 机关事业单位基本养老保险缴费支出 | 67.00
            """,
        )
    )
    assert [code for (code,) in said(document.records, "budget_line", "code")] == [
        "208",
        "20805",
        "2080501",
        "2080505",
    ]


def test_a_code_wrapped_in_its_cell_is_whole(read_tables, said):
    document = read_tables(
        (
            ["部门预算收入总表", "单位：万元"],
            """
            科目编码 | 科目名称 | 合计
            201260 1 | 行政运行 | 18.00
            2O12603 | 机关服务 | 30.50
            """,
        )
    )
    assert said(document.records, "budget_line", "code", "level") == [("2012601", 3), ("2012603", 3)]
    read = document.tables[0].cells[6]
    assert (read.text, read.raw_text, read.repairs[0].kind) == ("2012603", "2O12603", "misread")


def test_headings_and_first_totals_in_one_row_are_told_apart(read_tables, said):
    document = read_tables(
        (
            ["表4：高等学校财政拨款支出决算表", "单位：万元"],
            """
            项目 | < | < | < | 本年支出 | < | < | <
            科目编码 | < | < | 科目名称 | 合计 | 基本支出 | 项目支出 | <
            ^ | ^ | ^ | ^ | ^ | ^ | 小计 | 其中：基本建设资金支出
            类 | 款 | 项 | 合计 | 237,100.00 | 199,015.13 | 38,084.87 | 6,894.90
            205 | < | < | 教育支出 | 213,588.53 | 177,211.59 | 36,376.94 | 5,536.97
            """,
        )
    )
    assert said(document.records, "budget_line", "code", "item", "measure", "amount")[2:6] == [
        (None, "合计", "本年支出/项目支出/小计", "38084.87"),
        (None, "合计", "本年支出/项目支出/其中：基本建设资金支出", "6894.90"),
        ("205", "教育支出", "本年支出/合计", "213588.53"),
        ("205", "教育支出", "本年支出/基本支出", "177211.59"),
    ]


def test_the_horizontal_three_public_form_names_its_items_above(read_tables, said):
    document = read_tables(
        (
            ["一般公共预算“三公”经费支出表", "单位：万元"],
            """
            2023年预算数 | < | < | < | < | <
            合计 | 因公出国（境）费 | 公务用车购置及运行费 | < | < | 公务接待费
            ^ | ^ | 小计 | 公务用车购置费 | 公务用车运行费 | ^
            325.00 | 5.00 | 195.50 | | 195.50 | 124.50
            """,
        )
    )
    assert said(document.records, "budget_line", "item", "side", "measure", "amount") == [
        ("三公经费", "expenditure", "2023年预算数/合计", "325.00"),
        ("三公经费", "expenditure", "2023年预算数/因公出国（境）费", "5.00"),
        ("三公经费", "expenditure", "2023年预算数/公务用车购置及运行费/小计", "195.50"),
        ("三公经费", "expenditure", "2023年预算数/公务用车购置及运行费/公务用车运行费", "195.50"),
        ("三公经费", "expenditure", "2023年预算数/公务接待费", "124.50"),
    ]


def test_the_horizontal_form_with_pairs_of_budget_and_outturn(read_tables, said):
    document = read_tables(
        (
            ["财政拨款“三公”经费支出决算表", "单位：万元"],
            """
            合计 | < | 因公出国（境）费 | < | 公务用车购置及运行维护费 | < | < | <
            ^ | < | ^ | < | 小计 | < | 公务用车购置费 | <
            预算数 | 决算数 | 预算数 | 决算数 | 预算数 | 决算数 | 预算数 | 决算数
            9.00 | 8.50 | | | 9.00 | 8.50 | | 0
            """,
        )
    )
    assert said(document.records, "budget_line", "measure", "amount") == [
        ("合计/预算数", "9.00"),
        ("合计/决算数", "8.50"),
        ("公务用车购置及运行维护费/小计/预算数", "9.00"),
        ("公务用车购置及运行维护费/小计/决算数", "8.50"),
        ("公务用车购置及运行维护费/公务用车购置费/决算数", "0"),
    ]


def test_the_vertical_form_of_two_years_skips_percentages(read_tables, said):
    document = read_tables(
        (
            ["“三公”经费预算表", "单位：万元"],
            """
            项目 | 2022年预算数 | 2023年预算数 | 增减额 | 增减（%）
            合计 | 52.50 | 35.00 | -17.50 | -33.33
            1.因公出国（境）费用 | 10.00 | 5.00 | -5.00 | -50.00%
            其中：公务用车购置费 | / | — | 0.00 |
            """,
        )
    )
    assert said(document.records, "budget_line", "item", "measure", "amount", "row_kind") == [
        ("合计", "2022年预算数", "52.50", "total"),
        ("合计", "2023年预算数", "35.00", "total"),
        ("合计", "增减额", "-17.50", "total"),
        ("1.因公出国（境）费用", "2022年预算数", "10.00", "line"),
        ("1.因公出国（境）费用", "2023年预算数", "5.00", "line"),
        ("1.因公出国（境）费用", "增减额", "-5.00", "line"),
        ("其中：公务用车购置费", "增减额", "0.00", "memo"),
    ]


def test_two_blocks_side_by_side_keep_their_own_codes(read_tables, said):
    document = read_tables(
        (
            ["一般公共预算财政拨款基本支出决算表", "单位：万元"],
            """
            经济分类科目编码 | 科目名称 | 决算数 | 经济分类科目编码 | 科目名称 | 决算数
            301 | 工资福利支出 | 95.36 | 302 | 商品和服务支出 | 10.23
            | | | 30226 | 劳务费 | 0.68
            人员经费合计 | < | 95.36 | 公用经费合计 | < | 10.23
            """,
        )
    )
    assert said(document.records, "budget_line", "code", "item", "amount", "side") == [
        ("301", "工资福利支出", "95.36", "expenditure"),
        ("302", "商品和服务支出", "10.23", "expenditure"),
        ("30226", "劳务费", "0.68", "expenditure"),
        (None, "人员经费合计", "95.36", "expenditure"),
        (None, "公用经费合计", "10.23", "expenditure"),
    ]


def test_code_and_name_may_share_a_column(read_tables, said):
    document = read_tables(
        (
            ["部门支出总表", "单位：万元"],
            """
            科目 | 合计 | 基本支出
            201 一般公共服务支出 | 40.00 | 10.00
            [20101]人大事务 | 40.00 |
            合计 | 40.00 | 10.00
            """,
        )
    )
    assert said(document.records, "budget_line", "code", "item", "amount") == [
        ("201", "一般公共服务支出", "40.00"),
        ("201", "一般公共服务支出", "10.00"),
        ("20101", "人大事务", "40.00"),
        (None, "合计", "40.00"),
        (None, "合计", "10.00"),
    ]


def test_names_may_span_two_columns_beside_their_codes(read_tables, said):
    document = read_tables(
        (
            ["部门支出总表", "单位：万元"],
            """
            科目编码 | 科目名称 | < | 合计
            合计 | | < | 575.29
            301 | 工资福利支出 | < | 434.28
            """,
        )
    )
    assert said(document.records, "budget_line", "code", "item", "amount") == [
        (None, "合计", "575.29"),
        ("301", "工资福利支出", "434.28"),
    ]


def test_an_empty_table_gives_no_records_and_keeps_its_name(read_tables):
    document = read_tables(
        (
            ["政府性基金预算支出表", "单位：万元"],
            """
            科目编码 | 科目名称 | 本年政府性基金预算财政拨款支出 | < | <
            ^ | ^ | 总计 | 基本支出 | 项目支出
            | 合计 | | |
            | | | |
            """,
        )
    )
    assert document.tables[0].kind == "government_fund_expenditure"
    assert document.records == ()


def test_headings_without_merged_cells_still_tell_columns(read_tables, said):
    document = read_tables(
        (
            ["部门收支总表", "单位：万元"],
            """
            收入 | | 支出 |
            项目 | 预算数 | 项目 | 预算数
            合计 | 4,517.37 | 合计 | 4,517.37
            """,
        )
    )
    assert said(document.records, "budget_line", "side", "item", "measure", "amount") == [
        ("income", "合计", "预算数", "4517.37"),
        ("expenditure", "合计", "预算数", "4517.37"),
    ]


def test_a_group_whose_cells_were_not_joined_still_stands_over_its_columns(read_tables, said):
    document = read_tables(
        (
            ["一般公共预算财政拨款基本支出预算表", "单位：万元"],
            """
            经济分类科目 | < | | 2023年基本支出 |
            科目编码 | 科目名称 | 总计 | 人员经费 | 日常公用经费
            301 | 工资福利支出 | 434.28 | 434.28 | 0
            """,
        )
    )
    assert said(document.records, "budget_line", "measure") == [
        ("2023年基本支出/总计",),
        ("2023年基本支出/人员经费",),
        ("2023年基本支出/日常公用经费",),
    ]


def test_a_blank_between_two_groups_belongs_to_neither(read_tables, said):
    document = read_tables(
        (
            ["部门支出总表", "单位：万元"],
            """
            科目名称 | 2022年 | | 2023年
            ^ | 基本支出 | 项目支出 | 合计
            行政运行 | 1.00 | 2.00 | 3.00
            """,
        )
    )
    assert said(document.records, "budget_line", "measure") == [
        ("2022年/基本支出",),
        ("项目支出",),
        ("2023年/合计",),
    ]


def test_a_page_of_amounts_without_headings_is_not_lost(read_tables, said):
    document = read_tables(
        (
            [],
            """
            2101101 | 行政单位医疗 | 2.22 | 2.22
            2101102 | 事业单位医疗 | 0.49 |
            221 | 住房保障支出 | 29.42 | 29.42
            """,
        )
    )
    assert said(document.records, "budget_line", "table", "code", "item", "measure", "amount") == [
        ("other_budget", "2101101", "行政单位医疗", None, "2.22"),
        ("other_budget", "2101101", "行政单位医疗", None, "2.22"),
        ("other_budget", "2101102", "事业单位医疗", None, "0.49"),
        ("other_budget", "221", "住房保障支出", None, "29.42"),
        ("other_budget", "221", "住房保障支出", None, "29.42"),
    ]


def test_misread_amounts_are_repaired_and_unreadable_ones_are_kept_for_review(read_tables, said):
    document = read_tables(
        (
            ["部门支出总表", "单位：万元"],
            """
            科目编码 | 科目名称 | 合计
            201 | 一般公共服务支出 | 1.992.86
            204 | 公共安全支出 | 45,17
            208 | 社会保障和就业支出 | 304.86
            """,
        )
    )
    assert said(document.records, "budget_line", "code", "amount", "status") == [
        ("201", "1992.86", "review"),
        ("204", None, "review"),
        ("208", "304.86", "review"),
    ]
    cell = document.tables[0].cells[5]
    assert (cell.text, cell.raw_text) == ("1992.86", "1.992.86")
    assert (cell.repairs[0].kind, cell.repairs[0].before, cell.repairs[0].after) == (
        "misread",
        "1.992.86",
        "1992.86",
    )


def test_a_unit_in_a_heading_is_that_of_its_column(read_tables, said):
    document = read_tables(
        (
            ["项目支出表", "单位：万元"],
            """
            项目名称 | 合计 | 财政拨款（元）
            文印中心维护费 | 12.70 | 127000
            """,
        )
    )
    assert said(document.records, "budget_line", "measure", "amount", "unit") == [
        ("合计", "12.70", "万元"),
        ("财政拨款（元）", "127000", "元"),
    ]


@pytest.mark.parametrize(
    ("text", "heading"),
    [("拨款（元）", "拨款"), ("金额\n(单位：万元)", "金额"), ("（万元）", "（万元）"), ("合计", "合计")],
)
def test_a_heading_ends_before_its_unit(make_table, text, heading):
    (cell,) = make_table("合计").cells
    found = heading_spans(cell.model_copy(update={"text": text}), HEADER)
    assert labelled_text(found, HEADER) == heading
    assert labelled_text(found, UNIT) == ("元" if "（元" in text else "万元" if "元" in text else None)


def test_every_field_knows_where_it_was_read(read_tables):
    document = read_tables(
        (
            ["部门收支总表", "单位：万元"],
            """
            收入 | < | 支出 | <
            项目 | 预算数 | 项目 | 预算数
            合计 | 5.00 | 合计 | 7.00
            """,
        )
    )
    places = document.records[1].provenance
    assert {name: [(p.table, p.row, p.col) for p in found] for name, found in places.items()} == {
        "side": [("t1", 0, 2)],
        "item": [("t1", 2, 2)],
        "measure": [("t1", 1, 3)],
        "amount": [("t1", 2, 3)],
        "unit": [(None, None, None)],
    }
    assert places["unit"][0].bbox == document.pages[0].lines[1].bbox
    assert document.records[1].confidence == pytest.approx(0.9)
    assert document.records[1].id == "t1r2c3"


def test_a_cell_torn_by_a_page_break_is_found_in_all_of_its_parts(make_table, make_document):
    table = make_table("科目编码 | 科目名称 | 合计\n2012601 | 行政运行 | 18.00")
    torn = table.cells[3].model_copy(
        update={
            "repairs": (
                Repair(
                    kind="joined",
                    before="201260",
                    after="2012601",
                    evidence=(Evidence(text="1", page=2, bbox=(0, 90, 100, 110)),),
                ),
            )
        }
    )
    table = table.model_copy(update={"cells": (*table.cells[:3], torn, *table.cells[4:])})
    document = build_records(
        label_tables(name_tables(make_document((["部门支出总表", "单位：万元"], table))))
    )
    found = document.records[0].provenance["code"]
    assert [(place.page, place.bbox) for place in found] == [(1, torn.bbox), (2, (0, 90, 100, 110))]


def test_records_are_put_together_from_labels_alone(make_table, make_document, said):
    """A labeller that knows no headings: what it says of cells is all that counts."""
    table = make_table("甲 | 乙 | 丙\n2010301 | 行政运行 | 9.00").model_copy(update={"kind": "other_budget"})
    labels = {
        (0, 2): "header",
        (1, 0): "budget_line.code",
        (1, 1): "budget_line.item",
        (1, 2): "budget_line.amount",
    }

    def labeller(table, context):
        cells = [
            cell.model_copy(
                update={
                    "spans": (
                        Span(start=0, end=len(cell.text), label=labels[cell.row, cell.col], confidence=0.7),
                    )
                }
            )
            if (cell.row, cell.col) in labels
            else cell
            for cell in table.cells
        ]
        return table.model_copy(update={"cells": tuple(cells)})

    document = build_records(label_tables(make_document(([], table)), labeller))
    assert said(document.records, "budget_line", *LINE) == [
        (None, "2010301", "行政运行", "丙", "9.00", 3, "line")
    ]
    assert document.records[0].confidence == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("title", "side"),
    [("项目支出表", "expenditure"), ("非税收入征收计划表", "income"), ("机关运行经费预算表", None)],
)
def test_the_title_of_any_other_table_may_say_its_side(read_tables, title, side):
    document = read_tables(([title, "单位：万元"], "项目名称 | 预算数\n道路维护 | 12.00"))
    assert [(record.table, record.side) for record in document.records] == [("other_budget", side)]


@pytest.mark.parametrize(
    "table",
    [
        """
        科目名称 | 科目编码 | 合计 | 基本支出
        行政运行 | 2010301 | 30.00 | 30.00
        事业运行 | 2010350 | 12.50 | 12.50
        """,
        """
        合计 | 基本支出 | 科目名称 | 科目编码
        30.00 | 30.00 | 行政运行 | 2010301
        12.50 | 12.50 | 事业运行 | 2010350
        """,
        """
        科目编码 | 说明 | 科目名称 | 合计 | 基本支出
        2010301 | 在职 | 行政运行 | 30.00 | 30.00
        2010350 | | 事业运行 | 12.50 | 12.50
        """,
        """
        科目编码 | 合计 | 基本支出 | 科目名称
        2010301 | 30.00 | 30.00 | 行政运行
        2010350 | 12.50 | 12.50 | 事业运行
        """,
    ],
    ids=["code behind name", "amounts first", "remark between", "amounts between"],
)
def test_names_and_codes_may_stand_on_any_side(read_tables, said, table, request):
    document = read_tables((["一般公共预算支出表", "单位：万元"], table))
    between = "amounts between" in request.node.name
    codes = (None, None) if between else ("2010301", "2010350")
    assert said(document.records, "budget_line", "code", "item", "measure", "amount") == [
        (codes[0], "行政运行", "合计", "30.00"),
        (codes[0], "行政运行", "基本支出", "30.00"),
        (codes[1], "事业运行", "合计", "12.50"),
        (codes[1], "事业运行", "基本支出", "12.50"),
    ]
