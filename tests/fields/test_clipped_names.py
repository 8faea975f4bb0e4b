from dataclasses import replace

import pytest

from yusuan.extraction.fields import build_records, complete_names, label_lines, label_tables, name_tables
from yusuan.extraction.fields.completion import EarlierName

FULL = """
科目编码 | 科目名称 | 合计 | 基本支出
20103 | 政府办公厅（室）及相关机构事务 | 3,381.37 | 1,571.74
2080505 | 机关事业单位基本养老保险缴费支出 | 154.71 | 154.71
2080506 | 机关事业单位职业年金缴费支出 | 77.35 | 77.35
"""
CLIPPED = """
科目编码 | 科目名称 | 合计 | 基本支出
20103 | 政府办公厅（室）及相关机 | 3,381.37 | 1,571.74
2080505 | 机关事业单位基本养老保险 | 154.71 | 154.71
2210201 | 住房公积金 | 124.45 | 124.45
"""
FUND = """
专项资金名称 | 石柱后勤保障经费 | < | < | < | <
绩效指标 | 指标 | 指标权重 | 计量单位 | 指标性质 | 指标值
"""
PROJECT = """
项目名称 | 后勤服务中心临聘人员经费 | < | < | < | < | <
绩效指标 | 一级指标 | 三级指标 | 指标权重 | 计量单位 | 指标性质 | 指标值
"""
FUND_TITLE = ["2023年一般性项目绩效目标表（一级项目）", "单位：万元"]
PROJECT_TITLE = ["2023年项目支出绩效目标表", "单位：万元"]


@pytest.fixture
def fund_names(read_tables, said):
    """Names of the indicators of a fund form, read beside a project form with other names."""

    def read(rows: str, others: str) -> list[tuple[object, ...]]:
        fund = FUND + "\n".join(f"^ | {row}" for row in rows.strip().splitlines())
        project = PROJECT + "\n".join(f"^ | 产出指标 | {row}" for row in others.strip().splitlines())
        document = read_tables((FUND_TITLE, fund), (PROJECT_TITLE, project))
        records = [record for record in document.records if record.id.startswith("t1")]
        return said(records, "indicator", "name", "name_raw")

    return read


def test_a_clipped_subject_is_completed_by_its_code(read_tables, said):
    document = read_tables(
        (["一般公共预算财政拨款支出预算表", "单位：万元"], FULL), (["部门支出总表", "单位：万元"], CLIPPED)
    )
    items = said([r for r in document.records if r.table == "expenditure_summary"], "budget_line", "item")
    assert [item for (item,) in items][::2] == [
        "政府办公厅（室）及相关机构事务",
        "机关事业单位基本养老保险缴费支出",
        "住房公积金",
    ]
    cell = document.tables[1].cells[5]
    repair = cell.repairs[0]
    assert (cell.raw_text, cell.text) == ("政府办公厅（室）及相关机", "政府办公厅（室）及相关机构事务")
    assert (repair.kind, repair.before, repair.after) == ("completed", cell.raw_text, cell.text)
    full = document.tables[0].cells[5]
    assert (repair.evidence[0].page, repair.evidence[0].bbox) == (1, full.bbox)


def test_a_clipped_subject_without_evidence_stays_as_printed(read_tables, said):
    document = read_tables((["部门支出总表", "单位：万元"], CLIPPED))
    assert said(document.records, "budget_line", "item")[0] == ("政府办公厅（室）及相关机",)
    assert all(not cell.repairs for cell in document.tables[0].cells)


def test_the_code_list_is_evidence_too(make_table, make_document, said):
    document = name_tables(label_lines(make_document((["部门支出总表", "单位：万元"], make_table(CLIPPED)))))
    names = {
        "20103": "政府办公厅（室）及相关机构事务",
        "2210201": "住房公积金",
        "2080505": "其他名称",
    }
    document = build_records(complete_names(label_tables(document), names))
    assert [item for (item,) in said(document.records, "budget_line", "item")][::2] == [
        "政府办公厅（室）及相关机构事务",
        "机关事业单位基本养老保险",
        "住房公积金",
    ]


def test_a_whole_name_below_a_longer_one_is_not_completed(read_tables, said):
    """住房公积金 does not reach the edge that 政府办公厅（室）及相关机 reaches, so it cannot be cut there."""
    longer = FULL.replace("2080506 | 机关事业单位职业年金缴费支出", "2210201 | 住房公积金缴存和管理支出")
    document = read_tables(
        (["一般公共预算财政拨款支出预算表", "单位：万元"], longer), (["部门支出总表", "单位：万元"], CLIPPED)
    )
    items = said([r for r in document.records if r.table == "expenditure_summary"], "budget_line", "item")
    assert items[-1] == ("住房公积金",)


def test_a_clipped_indicator_is_completed_from_another_form(fund_names):
    names = fund_names(
        "聘用人员工资待遇及时 | 10 | % | ≥ | 95\n服务合格率 | 10 | % | ≥ | 95",
        "聘用人员工资待遇及时发放率 | 10 | % | ≥ | 95\n保持队伍稳定 | 20 | 项 | 定性 | 优",
    )
    assert names[0] == ("聘用人员工资待遇及时发放率", "聘用人员工资待遇及时")
    assert names[1] == ("服务合格率", "服务合格率")


def test_names_cut_at_the_same_edge_speak_for_each_other(fund_names):
    names = fund_names(
        "人大代表建议、政协委 | 5 | % | = | 90\n领导交办事项、县政府 | 5 | % | = | 90",
        "人大代表建议、政协委员提案办理率 | 5 | 件 | ≥ | 7\n公文流转准确率 | 5 | % | = | 100",
    )
    assert names == [
        ("人大代表建议、政协委员提案办理率", "人大代表建议、政协委"),
        ("领导交办事项、县政府", "领导交办事项、县政府"),
    ]


def test_two_ways_to_go_on_leave_a_name_as_printed(fund_names):
    names = fund_names(
        "重大活动和重大会议保 | 5 | % | = | 100\n领导交办事项、县政府 | 5 | % | = | 100",
        "重大活动和重大会议保障率 | 5 | % | = | 100\n重大活动和重大会议保密率 | 5 | % | = | 100",
    )
    assert names[0] == ("重大活动和重大会议保", "重大活动和重大会议保")


def test_of_two_ways_to_go_on_the_one_with_the_same_target_is_meant(fund_names):
    names = fund_names(
        "重大活动和重大会议保 | 5 | % | = | 100",
        "重大活动和重大会议保障率 | 5 | % | = | 100\n重大活动和重大会议保密要求 | 5 | 项 | 定性 | 优",
    )
    assert names == [("重大活动和重大会议保障率", "重大活动和重大会议保")]


def test_a_short_whole_name_is_not_completed_to_a_longer_one(fund_names):
    names = fund_names(
        "印刷数量 | 10 | 册 | = | 1000\n印刷内容错误率 | 10 | % | ≤ | 3",
        "印刷数量达标率 | 10 | % | = | 100",
    )
    assert names[0] == ("印刷数量", "印刷数量")


def test_the_longest_whole_name_of_a_column_is_not_completed_without_a_second_sign(fund_names):
    names = fund_names(
        "全县公共节能宣传活动 | 10 | 次 | = | 4\n满意度 | 10 | % | ≥ | 95",
        "全县公共节能宣传活动覆盖率 | 10 | % | ≥ | 80",
    )
    assert names[0] == ("全县公共节能宣传活动", "全县公共节能宣传活动")


def test_a_level_word_behind_a_name_is_no_missing_end(fund_names):
    names = fund_names("服务对象满意度 | 10 | % | ≥ | 95", "服务对象满意度指标 | 10 | % | ≥ | 95")
    assert names == [("服务对象满意度", "服务对象满意度")]


def test_a_project_takes_its_indicators_along_when_its_name_is_completed(read_tables, said):
    clipped = PROJECT.replace("后勤服务中心临聘人员经费", "50024022T000000106622-后勤服务中心临聘人")
    whole = """
    项目名称 | 预算数 | 绩效目标 | 三级指标 | 指标值
    50024022T000000106622-后勤服务中心临聘人员经费 | 95.00 | 保障后勤 | 办件 | 2件
    """
    document = read_tables(
        (["项目支出绩效目标申报表"], whole),
        (PROJECT_TITLE, clipped + "^ | 产出指标 | 聘用人数 | 5 | 人 | = | 25"),
    )
    assert said(document.records, "project", "name", "name_raw", "code")[1] == (
        "后勤服务中心临聘人员经费",
        "后勤服务中心临聘人",
        "50024022T000000106622",
    )
    assert said(document.records, "indicator", "project", "name")[1] == (
        "后勤服务中心临聘人员经费",
        "聘用人数",
    )


PROJECTS = """
项目 | 预算数
城乡供水一体化工程建 | 120.00
水库维修养护 | 60.00
"""
FORM = """
项目名称 | 城乡供水一体化工程建设 | < | < | < | < | <
绩效指标 | 一级指标 | 三级指标 | 指标权重 | 计量单位 | 指标性质 | 指标值
^ | 产出指标 | 供水人口 | 10 | 人 | ≥ | 5000
"""


@pytest.fixture
def completed_items(make_table, make_document, said):
    """Items of a list of projects beside the form of one."""

    def read(projects: str = PROJECTS, form: str = FORM, full: bool | None = False) -> list[object]:
        parts = [
            (["项目支出预算表", "单位：万元"], make_table(projects, "t1", 1)),
            (PROJECT_TITLE, make_table(form, "t2", 2)),
        ]
        labelled = label_tables(name_tables(label_lines(make_document(*parts))))
        done = build_records(complete_names(labelled, fills=lambda cell: full))
        return [each for (each,) in said(done.records, "budget_line", "item")]

    return read


@pytest.mark.parametrize(("full", "item"), [(True, "城乡供水一体化工程建设"), (False, None), (None, None)])
def test_an_item_that_fills_its_cell_is_completed_from_a_project(completed_items, full, item):
    assert completed_items(full=full) == [item or "城乡供水一体化工程建", "水库维修养护"]


MONEY_IN = """
项目 | 预算数
（一）一般公共预算拨款 | 60.00
（二）政府性基金预算拨款 | 30.00
"""


@pytest.mark.parametrize(
    ("first", "second"),
    [("一般公共预算拨款", "政府性基金预算拨款"), ("一般公共预算拨款收入", "政府性基金预算拨款收入")],
)
def test_an_ending_that_names_of_all_lengths_lack_was_not_cut_off(
    make_table, make_document, said, first, second
):
    """Where one of them has it, the other was."""
    short = MONEY_IN.replace("一般公共预算拨款", first)
    long = MONEY_IN.replace("拨款", "拨款收入")
    parts = [
        (["财政拨款收入预算表", "单位：万元"], make_table(short, "t1", 1)),
        (["部门收入总表", "单位：万元"], make_table(long, "t2", 2)),
    ]
    labelled = label_tables(name_tables(label_lines(make_document(*parts))))
    done = build_records(complete_names(labelled, fills=lambda cell: True))
    items = [item for (item,) in said(done.records, "budget_line", "item")]
    assert items[:2] == [f"（一）{first}", f"（二）{second}"]


def test_a_bracket_that_is_not_closed_shows_a_name_to_be_cut(completed_items):
    projects = PROJECTS.replace("城乡供水一体化工程建", "城乡供水一体化工程（二")
    form = FORM.replace("城乡供水一体化工程建设", "城乡供水一体化工程（二期）")
    items = completed_items(projects, form)
    assert items == ["城乡供水一体化工程（二期）", "水库维修养护"]


@pytest.mark.parametrize(
    ("budget", "item"),
    [("120.00", "城乡供水一体化工程建设"), ("1200000", "城乡供水一体化工程建设"), ("130.00", None)],
)
def test_the_same_money_shows_an_item_to_be_a_project(completed_items, budget, item):
    form = FORM.replace("建设 | < | < | < | < | <", f"建设 | < | < | 年度资金总额 | {budget} | <")
    items = completed_items(PROJECTS, form)
    assert items == [item or "城乡供水一体化工程建", "水库维修养护"]


def test_a_subject_with_the_money_of_its_one_project_is_whole(completed_items):
    subjects = (
        "科目编码 | 项目 | 预算数\n2130305 | 城乡供水一体化工程建 | 120.00\n2130306 | 水库维修养护 | 60.00"
    )
    form = FORM.replace("建设 | < | < | < | < | <", "建设 | < | < | 年度资金总额 | 120.00 | <")
    items = completed_items(subjects, form)
    assert items == ["城乡供水一体化工程建", "水库维修养护"]


def test_columns_that_say_the_same_complete_one_another(read_tables, said):
    """Targets of several years and those of the year stand side by side."""
    rows = [
        ("培训班次", "培训班次"),
        ("参训人员合格", "参训人员合格率"),
        ("按期完成", "按期完成"),
        ("覆盖人数", "覆盖乡镇数"),
    ]
    table = "绩效指标 | 指标 | 指标值 | 指标 | 指标值\n" + "\n".join(
        f"^ | {long} | 10 | {short} | 10" for short, long in rows
    )
    document = read_tables((FUND_TITLE, table))
    names = [cell.text for cell in document.tables[0].cells if cell.col == 3]
    assert names[1:] == ["培训班次", "参训人员合格率", "按期完成", "覆盖人数"]


def test_a_full_cell_of_a_name_that_the_code_list_has_is_whole(make_table, make_document, said):
    """Two rows that were read as one begin with it."""
    rows = FULL.replace("机关事业单位职业年金缴费支出", "机关事业单位基本养老保险缴费支出机关事业单位")
    rows = rows.replace("2080506", "2080505")
    document = name_tables(label_lines(make_document((["部门支出总表", "单位：万元"], make_table(rows)))))
    names = {"2080505": "机关事业单位基本养老保险缴费支出"}
    done = build_records(complete_names(label_tables(document), names, lambda cell: True))
    assert [item for (item,) in said(done.records, "budget_line", "item")][2] == names["2080505"]


EARLIER = [
    EarlierName("project.name", "农村饮用水水源地保护与巡查经费", None, "2023.pdf (2023)"),
    EarlierName("project.name", "另一个项目", None, "2023.pdf (2023)"),
]
PROJECT_LIST = """
项目名称 | 农村饮用水水源地保护与巡 | < | < | < | < | <
绩效指标 | 一级指标 | 三级指标 | 指标权重 | 计量单位 | 指标性质 | 指标值
^ | 产出指标 | 巡查次数 | 10 | 次 | ≥ | 12
"""


CUT, WHOLE = "农村饮用水水源地保护与巡", "农村饮用水水源地保护与巡查经费"


@pytest.mark.parametrize(
    ("full", "others", "name"),
    [(True, (), WHOLE), (False, (), CUT), (True, (CUT,), CUT), (True, (CUT + "查车",), CUT)],
)
def test_what_the_document_cuts_an_earlier_one_of_the_body_may_hold(
    make_table, make_document, said, full, others, name
):
    """Only in a full cell, and only where the earlier ones know one name that goes on."""
    document = name_tables(label_lines(make_document((PROJECT_TITLE, make_table(PROJECT_LIST)))))
    earlier = [*EARLIER, *(replace(EARLIER[0], printed=other) for other in others)]
    done = complete_names(label_tables(document), fills=lambda cell: full, earlier={"project.name": earlier})
    assert said(build_records(done).records, "project", "name") == [(name,)]
    evidence = [repair.evidence[0].text for cell in done.tables[0].cells for repair in cell.repairs]
    assert evidence == ([f"2023.pdf (2023): {WHOLE}"] if name == WHOLE else [])
