import pytest

from yusuan.extraction.document import Line, Organization
from yusuan.extraction.fields import label_lines, name_tables
from yusuan.extraction.fields.lexicon import kind_of_title, role_of
from yusuan.extraction.fields.organizations import money_unit, organization_in_line, split_code_and_name
from yusuan.extraction.fields.titles import main_organization, project_in_title


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        # the nine forms of Shanghai departments
        ("2025年预算单位财务收支预算总表", "income_expenditure_summary"),
        ("2025年预算单位收入预算总表", "income_summary"),
        ("2025年预算单位支出预算总表", "expenditure_summary"),
        ("2025年预算单位财政拨款收支预算总表", "fiscal_appropriation_summary"),
        ("2025年预算单位一般公共预算支出功能分类预算表", "general_budget_expenditure"),
        ("2025年预算单位政府性基金预算支出功能分类预算表", "government_fund_expenditure"),
        ("2025年预算单位国有资本经营预算支出功能分类预算表", "state_capital_expenditure"),
        ("2025年预算单位一般公共预算基本支出部门预算经济分类预算表", "general_budget_basic_expenditure"),
        ("2025年单位“三公”经费和机关运行经费预算表", "three_public_expenses"),
        # counties
        ("部门预算收支总表", "income_expenditure_summary"),
        ("部门预算政府基金预算财政拨款支出表", "government_fund_expenditure"),
        ("中共石柱土家族自治县组织部本级 一般公共预算财政拨款支出预算表", "general_budget_expenditure"),
        ("一般公共预算财政拨款基本支出预算表", "general_budget_basic_expenditure"),
        ("部门支出总表", "expenditure_summary"),
        ("部门（单位）整体绩效目标表", "performance_targets"),
        ("部门预算项目支出绩效目标申报表", "performance_targets"),
        ("单位政府采购预算", "procurement"),
        ("单位固定资产占用情况表", "assets"),
        ("车辆占用情况表", "assets"),
        ("部门机构设置情况", "institutions"),
        ("项目支出表", "other_budget"),
        # final accounts
        ("收入支出决算总表", "income_expenditure_summary"),
        ("财政拨款收入支出决算总表", "fiscal_appropriation_summary"),
        ("政府性基金预算财政拨款收入支出决算表", "government_fund_expenditure"),
        ("收入决算表", "income_summary"),
        ("表4：高等学校财政拨款支出决算表", "general_budget_expenditure"),
        # misread glyphs
        ("收人决算表", "income_summary"),
        ("部门预算收攴总表", "income_expenditure_summary"),
        ("某县概况", "unknown"),
    ],
)
def test_titles_name_kinds(title, kind):
    assert kind_of_title(title) == kind


@pytest.mark.parametrize(
    ("family", "heading", "role"),
    [
        ("budget", "功能分类\n科目编码", "budget_line.code"),
        ("budget", "部门预算经济分类科目编码", "budget_line.code"),
        ("budget", "项目(按功能分类)", "budget_line.item"),
        ("budget", "增减（%）", "percentage"),
        ("budget", "2023年预算数", "amount"),
        ("performance", "年度(/项目)指标值", "indicator.value"),
        ("performance", "是否核心指栎", "indicator.core"),
        ("performance", "金额\n(万元)", "project.budget"),
        ("form", "预算执行率 权重", "project.execution_weight"),
        ("form", "立顼依据", "project.basis"),
        ("form", "当年预算(万元)", "project.budget"),
        ("performance", "級指标", None),  # as near to 一级 as to 二级
        ("performance", "指标", "indicator.name"),
        ("assets", "价值（金额单位：万元）", "asset.value"),
        ("assets", "房屋面积（平方米）", "asset.quantity"),
    ],
)
def test_headings_have_roles_even_with_a_misread_glyph(family, heading, role):
    assert role_of(family, heading) == role


@pytest.mark.parametrize(
    ("title", "project"),
    [
        ("1、保密机要局专项经费绩效目标表", "保密机要局专项经费"),
        ("2、党政专用电视会议系统建设资金绩效目标表", "党政专用电视会议系统建设资金"),
        ("37、专项运转保障经费（原政府事务局）绩效目标表", "专项运转保障经费（原政府事务局）"),
        ("2023年项目支出绩效目标表", None),
        ("2023年重点专项资金绩效目标表（一级项目）", None),
        ("部门（单位）整体绩效目标表", None),
        ("门源县委办公室2023年部门预算项目支出绩效目标公开表", None),
        ("财政项目支出绩效目标填报表", None),
        ("部门预算收支总表", None),
        (None, None),
    ],
)
def test_a_title_may_name_a_project(title, project):
    assert project_in_title(title) == project


@pytest.mark.parametrize(
    ("line", "code", "name"),
    [
        (
            "编制单位：018001-石柱土家族自治县人民政府办公室本级",
            "018001",
            "石柱土家族自治县人民政府办公室本级",
        ),
        ("编制部门：上海市普陀区财政局单位：元", None, "上海市普陀区财政局"),
        ("201 中共巨鹿县委办公室", "201", "中共巨鹿县委办公室"),
        ("201 中共巨鹿县委办公室 预算年度：2023 单位：万元", "201", "中共巨鹿县委办公室"),
        ("单位名称：西南大学 单位：万元", None, "西南大学"),
    ],
)
def test_bodies_are_read_from_lines(line, code, name):
    assert organization_in_line(line) == Organization(code=code, name=name)


@pytest.mark.parametrize("line", ["编制单位：", "单位名称：单位：万元", "单位：万元", "201 页说明"])
def test_a_line_without_a_body_names_none(line):
    assert organization_in_line(line) is None


def test_units_are_read_with_broken_strokes():
    assert [
        money_unit(line) for line in ("单位：方元", "单位名称：单位：万元", "单位:元", "计量单位：台")
    ] == [
        "万元",
        "万元",
        "元",
        None,
    ]


def test_a_cell_with_code_and_name_is_split():
    assert split_code_and_name("201-平武县人民政府办公室") == Organization(
        code="201", name="平武县人民政府办公室"
    )


def test_a_document_is_about_the_department_over_its_units():
    bodies = [Organization(code="018004", name="行政服务中心")] * 3
    bodies += [
        Organization(code="018", name="县政府办公室"),
        Organization(code="018001", name="县政府办公室本级"),
    ]
    assert main_organization(bodies) == Organization(code="018", name="县政府办公室")
    assert main_organization([]) is None


def test_of_names_without_codes_the_whole_one_is_meant():
    names = ["中共某市某区委", "中共某市某区委社会工作部", "某街道办事处"]
    assert main_organization(Organization(name=name) for name in names) == Organization(
        name="中共某市某区委社会工作部"
    )


SUMMARY = """
收入 | < | 支出 | <
项目 | 预算数 | 项目 | 预算数
一、本年收入 | 1,933.57 | 一般公共服务支出 | 1,436.72
"""


@pytest.mark.parametrize(
    ("titles", "kinds"),
    [
        (("部门支出总表", "部门支出明细表"), ("expenditure_summary", "other_budget")),
        (("部门支出明细表", "部门收入总表"), ("expenditure_summary", "income_summary")),
        (("部门支出总表", "支出预算总表"), ("expenditure_summary", "expenditure_summary")),
    ],
)
def test_beside_a_summary_another_table_of_its_kind_is_a_breakdown(read_tables, titles, kinds):
    rows = """
    科目编码 | 科目名称 | 合计
    2010301 | 行政运行 | 30.00
    """
    document = read_tables(*(([title, "单位：万元"], rows) for title in titles))
    assert tuple(table.kind for table in document.tables) == kinds


def test_the_lines_over_a_table_name_it(read_tables):
    document = read_tables(
        (["部门预算收支总表", "201 中共巨鹿县委办公室", "预算年度：2023", "单位：万元"], SUMMARY)
    )
    table = document.tables[0]
    assert (table.title, table.kind, table.unit) == (
        "部门预算收支总表",
        "income_expenditure_summary",
        "万元",
    )
    assert table.organization == Organization(code="201", name="中共巨鹿县委办公室")
    assert (document.fiscal_year, document.amount_unit) == (2023, "万元")
    assert document.organization == table.organization


def test_a_table_number_is_no_title(read_tables):
    document = read_tables((["部门收支总表", "表六", "单位：元"], SUMMARY), (["表二", "单位：元"], SUMMARY))
    assert [table.title for table in document.tables] == ["部门收支总表", None]


def test_without_a_title_the_headings_tell_the_kind(read_tables):
    document = read_tables(([], SUMMARY))
    assert (document.tables[0].title, document.tables[0].kind) == (None, "income_expenditure_summary")


BY_NATURE = """
科目编码 | 科目名称 | 合计 | 基本支出 | < | 项目支出
^ | ^ | ^ | 人员经费 | 公用经费 | ^
2010301 | 行政运行 | 30.00 | 20.00 | 10.00 |
"""
BY_SOURCE = """
科目编码 | 科目名称 | 合计 | 一般公共预算拨款 | 事业收入 | 其他收入
2010301 | 行政运行 | 30.00 | 20.00 | 10.00 |
"""


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("财政拨款收支总表", "一般公共预算基本支出表", "general_budget_expenditure"),
        ("部门收入总表", "财政拨款收支总表", "expenditure_summary"),
        ("一般公共预算“三公”经费支出表", "国有资本经营预算支出表", "government_fund_expenditure"),
        ("一般公共预算“三公”经费支出表", "部门收支总表", "government_fund_expenditure"),
    ],
)
def test_of_kinds_with_the_same_headings_the_place_tells(read_tables, before, after, kind):
    document = read_tables(([before], SUMMARY), ([], BY_NATURE), ([after], SUMMARY))
    assert document.tables[1].kind == kind


def test_basic_expenditure_is_told_from_all_of_the_general_budget(read_tables):
    basic = """
    科目编码 | 科目名称 | 一般公共预算{}支出 | < | <
    ^ | ^ | 合计 | 人员经费 | 公用经费
    30101 | 基本工资 | 30.00 | 20.00 | 10.00
    """
    tables = read_tables(([], basic.format("基本")), ([], basic.format("")), ([], BY_SOURCE)).tables
    assert [table.kind for table in tables[:2]] == [
        "general_budget_basic_expenditure",
        "general_budget_expenditure",
    ]


def test_income_by_source_is_told_by_its_headings(read_tables):
    assert read_tables(([], BY_SOURCE)).tables[0].kind == "income_summary"


def test_a_table_headed_like_the_one_before_is_of_its_kind(read_tables):
    document = read_tables((["项目支出表"], BY_SOURCE), ([], BY_SOURCE))
    assert [table.kind for table in document.tables] == ["other_budget"] * 2


def test_a_title_over_two_lines_is_one(read_tables):
    document = read_tables(
        (["2023年一般性项目绩效目标表", "（一级项目）"], "指标 | 指标值 | 计量单位\n办件数 | 5 | 件")
    )
    assert document.tables[0].title == "2023年一般性项目绩效目标表（一级项目）"


def test_a_title_of_running_text_is_not_that_of_a_table_below_it(read_tables):
    prose = "本部门由机关本级和三家下属事业单位组成，名单见表，人员和经费都已经包括在内"
    document = read_tables(
        (["2023年部门预算情况说明", prose, prose], "单位名称 | 单位性质\n某县档案馆 | 事业")
    )
    assert (document.tables[0].title, document.tables[0].kind) == (None, "institutions")


def test_rows_inside_the_grid_name_a_table_too(read_tables):
    table = read_tables(
        (
            [],
            """
            部门收入总表 | < | <
            编制单位：018-某县财政局 | < | <
            单位：万元 | < | <
            科目编码 | 科目名称 | 合计
            201 | 一般公共服务支出 | 5.00
            """,
        )
    ).tables[0]
    assert (table.title, table.kind, table.unit) == ("部门收入总表", "income_summary", "万元")
    assert table.organization == Organization(code="018", name="某县财政局")


def test_a_table_without_a_unit_shares_the_one_on_which_all_others_agree(read_tables):
    stated = (["部门收支总表", "单位：万元"], SUMMARY)
    silent = (["部门收支总表"], SUMMARY)
    assert read_tables(stated, stated, silent).tables[2].unit == "万元"
    other = (["部门收支总表", "单位：元"], SUMMARY)
    assert read_tables(stated, other, silent).tables[2].unit is None


def test_a_title_may_stand_at_the_end_of_the_page_before_its_table(make_table, make_document):
    first, second = make_table(SUMMARY, "t1", 1), make_table(SUMMARY, "t2", 2)
    document = make_document((["部门收支总表", "单位：元"], first), ([], second))
    page = document.pages[0]

    def titled(*texts):
        lines = [Line(text=text, bbox=(0, 1400 + 30 * n, 500, 1420 + 30 * n)) for n, text in enumerate(texts)]
        pages = (page.model_copy(update={"lines": (*page.lines, *lines)}), document.pages[1])
        return name_tables(label_lines(document.model_copy(update={"pages": pages}))).tables[1].title

    assert titled("部门财政拨款收支总表", "单位：元") == "部门财政拨款收支总表"
    assert titled("部门财政拨款收支总表", "正文从这里开始，一直写到页末。") is None
    assert titled("部门收入总表", "部门支出总表", "部门财政拨款收支总表") is None  # a list of contents
