import pytest

INDICATOR = ("project", "level1", "level2", "name", "weight", "operator", "value", "unit", "core")
PROJECT = ("code", "name", "organization", "department", "budget", "budget_local", "budget_upper", "unit")

PROJECT_FORM = """
项目名称 | 50024022T000000104189-政府专项业务活动经费 | < | < | 业务主管部门 | < | 018-某县政府办 | < | <
预算执行率 权重 | 10 | < | < | 项目分类 | < | 一般性项目 | < | <
当年预算 (万元) | 310.95 | < | < | 本级安排(万元) | < | 300.95 | < | <
^ | ^ | < | < | 上级补助(万元) | < | 10.00 | < | <
项目概述 | 保障会议和活动 | < | < | < | < | < | < | <
立项依据 | | < | < | < | < | < | < | <
当年绩效目标 | 会议按期召开， 100M 网络畅通 | < | < | < | < | < | < | <
绩效指标 | 一级指标 | 二级指标 | 三级指标 | 指标权重 | 计量单位 | 指标性质 | 指标值 | 是否核心指标
^ | 产出指标 | 数量指标 | 公文流转准确率 | 10 | % | 二 | 100 | 是
^ | ^ | ^ | 上报政务信息 | 5 | 篇 | ≥ | 500 | 否
^ | 效益指标 | 社会效益指标 | 综合协调职能 | 15 | | 定性 | 好 | 否
^ | ^ | 经济效益指标 | 资金投入 | 5 | 万元/年 | | 410.5 |
"""
CAPTION = ["2023年项目支出绩效目标表", "编制单位：018001-某县人民政府办公室本级", "单位：万元"]


def test_a_project_form_gives_a_project_and_its_indicators(read_tables, said):
    document = read_tables((CAPTION, PROJECT_FORM))
    project = document.records[0]
    assert said(document.records, "project", *PROJECT) == [
        (
            "50024022T000000104189",
            "政府专项业务活动经费",
            "某县人民政府办公室本级",
            "某县政府办",
            "310.95",
            "300.95",
            "10.00",
            "万元",
        )
    ]
    assert (project.execution_weight, project.category) == ("10", "一般性项目")
    assert (project.overview, project.basis, project.goal) == (
        "保障会议和活动",
        None,
        "会议按期召开，100M网络畅通",
    )
    name = "政府专项业务活动经费"
    assert said(document.records, "indicator", *INDICATOR) == [
        (name, "产出指标", "数量指标", "公文流转准确率", "10", "=", "100", "%", True),
        (name, "产出指标", "数量指标", "上报政务信息", "5", "≥", "500", "篇", False),
        (name, "效益指标", "社会效益指标", "综合协调职能", "15", "定性", "好", None, False),
        # the column of operators is there, and what stands in it was not read: no `=` is made up
        (name, "效益指标", "经济效益指标", "资金投入", "5", None, "410.5", "万元/年", None),
    ]


def test_parts_of_the_budget_are_those_of_this_year(read_tables, said):
    rows = """
    项目名称 | 人才开发专项经费 | < | < | <
    项目资金（万元） | 中期资金总额 | 90.00 | 年度资金总额 | 30.00
    ^ | 其中：本级财政资金 | 60.00 | 其中：本级财政资金 | 20.00
    ^ | 上级补助资金 | 30.00 | 上级补助资金 | 10.00
    年度绩效目标 | 引进人才 | < | < | <
    """
    document = read_tables((CAPTION, rows))
    assert said(document.records, "project", "budget", "budget_local", "budget_upper") == [
        ("30.00", "20.00", "10.00")
    ]


def test_whatever_names_the_rows_beside_it_is_no_heading(read_tables, said):
    """指标名称 is a heading elsewhere."""
    rows = """
    专项资金名称 | 人才开发专项经费 | < | < | <
    指标名称 | 一级指标 | 二级指标 | 三级指标 | 指标值
    ^ | 产出指标 | 数量指标 | 人才公寓总量 | ≥123套
    ^ | ^ | ^ | 引进人才人数 | ≥9人
    ^ | ^ | 质量指标 | 验收合格率 | ≥95%
    ^ | 效益指标 | 社会效益指标 | 队伍稳定率 | ≥90%
    """
    document = read_tables((CAPTION, rows))
    assert said(document.records, "indicator", "level1", "level2", "name", "value", "unit") == [
        ("产出指标", "数量指标", "人才公寓总量", "123", "套"),
        ("产出指标", "数量指标", "引进人才人数", "9", "人"),
        ("产出指标", "质量指标", "验收合格率", "95", "%"),
        ("效益指标", "社会效益指标", "队伍稳定率", "90", "%"),
    ]


def test_cells_that_run_together_over_two_columns_are_told_apart(read_tables, said):
    rows = """
    专项资金名称 | 人才开发专项经费 | < | < | < | <
    绩效指标 | 指标 | 指标权重 | 计量单位 | 指标性质 | 指标值
    ^ | 人才公寓总量 | 10 套 | < | ≥123 | <
    ^ | 引进人才对象满意度 | 10% | < | ≥ | 90
    ^ | 队伍战斗力 | 20级 | < | 定性 提高 | <
    ^ | 公务员培训人数15 | < | 人 | ≥ | 300
    """
    document = read_tables((["2023年重点专项资金绩效目标表"], rows))
    assert said(document.records, "indicator", "name", "weight", "unit", "operator", "value") == [
        ("人才公寓总量", "10", "套", "≥", "123"),
        ("引进人才对象满意度", "10", "%", "≥", "90"),
        ("队伍战斗力", "20", "级", "定性", "提高"),
        ("公务员培训人数", "15", "人", "≥", "300"),
    ]


def test_a_comparison_that_may_have_lost_its_bar_is_doubted_and_kept(read_tables):
    document = read_tables((CAPTION, PROJECT_FORM.replace("≥", ">")))
    doubted = next(record for record in document.records if getattr(record, "operator", None) == ">")
    assert doubted.confidence == 0.5
    cell = next(cell for cell in document.tables[0].cells if cell.text == ">")
    assert [(repair.kind, repair.before, repair.after) for repair in cell.repairs] == [("proposed", ">", "≥")]


def test_a_misread_operator_is_put_right_and_says_so(read_tables):
    table = read_tables((CAPTION, PROJECT_FORM)).tables[0]
    cell = next(cell for cell in table.cells if cell.raw_text == "二")
    assert (cell.text, [(repair.kind, repair.before) for repair in cell.repairs]) == (
        "=",
        [("misread", "二")],
    )


def test_fields_of_a_form_know_their_places(read_tables):
    document = read_tables((CAPTION, PROJECT_FORM))
    places = document.records[0].provenance
    at = {name: [(place.row, place.col) for place in found] for name, found in places.items()}
    assert (at["code"], at["name"], at["unit"]) == ([(0, 1)], [(0, 1)], [(2, 0)])
    assert places["organization"][0].bbox == document.pages[0].lines[1].bbox
    indicator = document.records[2].provenance
    assert [(place.row, place.col) for place in indicator["level1"]] == [(8, 1)]
    assert indicator["project"] == places["name"]


def test_levels_below_a_level_printed_once_are_the_same_without_a_merged_cell(read_tables, said):
    rows = """
    绩效目标 | 规范保密工作 | < | < | < | <
    一级指标 | 二级指标 | 三级指标 | 绩效指标描述 | 指标值 | 指标值确定依据
    产出指标 | 数量指标 | 设备维护数量 | 设备维护数量 | ≥5 台 | 政策要求
     | 成本指标 | 总费用 | 全年总费用 | 2 万元 | 政策要求
     | 时效指标 | 完成时间 | 按期完成时间 | 2023 年 12 月 | 领导批示
    满意度指标 | 服务对象满意度指标 | 服务对象满意度 | 服务对象满意度 | ≥95% | 调查问卷
    """
    document = read_tables((["1、保密机要局专项经费绩效目标表"], rows))
    assert said(document.records, "project", "name", "name_raw", "goal", "unit") == [
        ("保密机要局专项经费", "保密机要局专项经费", "规范保密工作", None)
    ]
    fields = ("level1", "level2", "name", "operator", "value", "unit", "basis")
    assert said(document.records, "indicator", *fields) == [
        ("产出指标", "数量指标", "设备维护数量", "≥", "5", "台", "政策要求"),
        ("产出指标", "成本指标", "总费用", "=", "2", "万元", "政策要求"),
        ("产出指标", "时效指标", "完成时间", None, "2023年12月", None, "领导批示"),
        ("满意度指标", "服务对象满意度指标", "服务对象满意度", "≥", "95", "%", "调查问卷"),
    ]
    assert document.records[0].provenance["name"][0].bbox == document.pages[0].lines[0].bbox


FUND_FORM = """
专项资金名称 | 石柱人民防空工作专项费 | < | < | 业务主管部门 | 018-某县人民政府办公室
当年预算 | 36.60 | < | < | < | <
项目概况 | 警报建设和维护 | < | < | < | <
立项依据 | 有关文件 | < | < | < | <
当年绩效目标 | 会议正常召开 | < | < | < | <
绩效指标 | 指标 | 指标权重 | 计量单位 | 指标性质 | 指标值
^ | 保障会议次数 | 10 | 次 | ≥ | 300
^ | 聘用人员人数 | 5 | 人 | ≤ | 32
^ | ^ | ^ | ^ | ^ | 29
"""


def test_a_fund_form_has_indicators_without_levels(read_tables, said):
    document = read_tables((["2023年一般性项目绩效目标表（一级项目）", "单位：万元"], FUND_FORM))
    assert said(document.records, "project", "name", "department", "budget", "unit", "overview") == [
        ("石柱人民防空工作专项费", "某县人民政府办公室", "36.60", "万元", "警报建设和维护")
    ]
    fields = ("level1", "name", "weight", "operator", "value", "unit")
    assert said(document.records, "indicator", *fields) == [
        (None, "保障会议次数", "10", "≥", "300", "次"),
        (None, "聘用人员人数", "5", "≤", "32", "人"),
        (None, "聘用人员人数", "5", "≤", "29", "人"),
    ]


def test_a_value_printed_alone_shares_what_stands_before_the_one_above(read_tables, said):
    lost = FUND_FORM.replace("^ | ^ | ^ | ^ | ^ | 29", "^ | | | | | 29")
    document = read_tables((["2023年一般性项目绩效目标表"], lost))
    assert said(document.records, "indicator", "name", "weight", "operator", "value")[-1] == (
        "聘用人员人数",
        "5",
        "≤",
        "29",
    )


def test_an_empty_form_gives_no_records(read_tables):
    rows = """
    专项资金名称 | | < | < | 业务主管部门 |
    当年预算 | | < | < | < | <
    当年绩效目标 | | < | < | < | <
    绩效指标 | 指标 | 指标权重 | 计量单位 | 指标性质 | 指标值
    ^ | | | | |
    """
    document = read_tables((["2023年重点专项资金绩效目标表（一级项目）", "编制单位：", "单位：万元"], rows))
    assert (document.records, document.tables[0].kind) == ((), "performance_targets")


def test_a_table_about_a_whole_body_has_no_project(read_tables, said):
    rows = """
    部门(单位)名称 | 018-某县人民政府办公室 | < | < | 部门支出预算数 | 4,517.37
    当年整体绩效目标 | 机关高效运转 | < | < | < | <
    绩效指标 | 一级指标 | 二级指标 | 三级指标 | 指标性质 | 指标值
    ^ | 产出指标 | 时效指标 | 一窗综办率 | ≥ | 95
    ^ | ^ | ^ | 应急信息报送 | 定性 |
    """
    document = read_tables((["部门（单位）整体绩效目标表", "单位：万元"], rows))
    assert said(document.records, "organization", "code", "name", "budget", "unit") == [
        ("018", "某县人民政府办公室", "4517.37", "万元")
    ]
    assert said(document.records, "project", "name") == []
    assert said(document.records, "indicator", "project", "name", "operator", "value") == [
        (None, "一窗综办率", "≥", "95"),
        (None, "应急信息报送", "定性", None),
    ]


SHANGHAI_FORM = """
财政项目支出绩效目标填报表 | < | < | < | < | <
（2023年度） | < | < | < | < | <
项目名称 | < | 各类工作经费 | 项目类别 | < | 特定目标类
主管部门 | < | 某街道办事处 | 实施单位 | < | 某街道社区中心
计划开始日期 | < | 2023-01-01 | 计划完成日期 | < | 2023-12-31
项目资金 （元） | < | 项目资金总额 | 9,000.00 | 年度资金申请总额 | 4,100.00
^ | < | 其中：财政资金 | 9,000.00 | 其中：当年财政拨款 | 4,100.00
项目 绩效 目标 | 项目总目标 | < | < | 年度总体目标 | <
^ | 三年内建成 | < | < | 当年完成主体 | <
| 一级指标 | 二级指标 | 三级指标 | 年度(/项目)指标值 | <
绩效指标 | 产出指标 | 数量指标 | 规划建筑面积 | ≥13459.00(平方米) | <
^ | ^ | 质量指标 | 满意度 | 满意度不少于80% | <
^ | 效益指标 | 社会效益指标 | 助力社区发展 | 提升 | <
"""


def test_the_shanghai_form_has_values_beside_and_below_its_labels(read_tables, said):
    document = read_tables(([], SHANGHAI_FORM))
    table = document.tables[0]
    assert (table.title, table.unit, document.fiscal_year) == ("财政项目支出绩效目标填报表", "元", 2023)
    fields = ("name", "organization", "department", "budget", "unit", "category", "goal")
    assert said(document.records, "project", *fields) == [
        ("各类工作经费", "某街道社区中心", "某街道办事处", "4100.00", "元", "特定目标类", "当年完成主体")
    ]
    fields = ("level1", "level2", "name", "operator", "value", "unit")
    assert said(document.records, "indicator", *fields) == [
        ("产出指标", "数量指标", "规划建筑面积", "≥", "13459.00", "平方米"),
        ("产出指标", "质量指标", "满意度", "≥", "80", "%"),
        ("效益指标", "社会效益指标", "助力社区发展", None, "提升", None),
    ]


def test_a_goal_over_all_years_stands_in_where_no_other_is_given(read_tables, said):
    rows = SHANGHAI_FORM.replace("当年完成主体", "").replace("4,100.00", "")
    document = read_tables(([], rows))
    assert said(document.records, "project", "goal", "budget") == [("三年内建成", "9000.00")]


def test_of_targets_for_several_years_those_of_this_year_count(read_tables, said):
    rows = """
    项目名称 | 档案数字化 | < | < | < | <
    绩效指标 | 中期指标 | < | 年度指标 | < | <
    ^ | 指标名称 | 指标值 | 二级指标 | 指标名称 | 指标值
    ^ | 扫描页数 | ≥90万页 | 数量指标 | 扫描页数 | ≥30万页
    """
    document = read_tables((["项目支出绩效目标表"], rows))
    assert said(document.records, "indicator", "level2", "name", "value") == [("数量指标", "扫描页数", "30")]


@pytest.mark.parametrize("printed", ["310.95万元", "310.95"])
def test_a_budget_may_carry_its_unit(read_tables, said, printed):
    rows = f"""
    项目名称 | 督查经费 | < | <
    当年预算 | {printed} | 项目分类 | 一般
    指标 | 指标值 | 计量单位 | 权重
    督查 | 4 | 次 | 10
    """
    document = read_tables((["项目支出绩效目标表", "单位：万元"], rows))
    assert said(document.records, "project", "budget", "unit") == [("310.95", "万元")]
