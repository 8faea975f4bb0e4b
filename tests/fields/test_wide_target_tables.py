INDICATOR = ("project", "level1", "level2", "name", "operator", "value", "unit", "weight", "direction")

HEAD = (
    "单位名称 | 项目名称 | 预算数 | 年度目标 | 一级指标 | 二级指标 | 三级指标 | 指标性质 | 指标值 | 度量单位"
    " | 权重 | 指标方向性"
)
DECLARED = f"""
{HEAD}
201-平武县人民政府办公室 | | 97.20 | | | | | | | | |
201001-平武县政府机关 | 政务网 维护经费 | 9.20 | 畅通 | 产出 | 数量 | 宽带速率 | = | 100 | Mbps | 20 | 正向
^ | ^ | ^ | ^ | 产出 | 时效 | 故障响应时间 | ≤ | 2 | 小时 | 20 | 反向
^ | 外事工作经费 | 1.00 | 对接有序 | 满意度 | 服务对象 | 人员满意度 | 定性 | 优良中差 | | 10 | 正向
{HEAD}
201-平武县人民政府办公室 | | 97.20 | | | | | | | | |
 | 人才补贴 | 4.00 | 发放补贴 | 产出 | 数量 | 发放人数 | = | 1 | 人数 | 40 |
 | | | | 成本 | 经济成本 | 财政负担成本 | = | 40000 | 人/年 | 20 |
"""


def test_rows_of_a_declaration_are_bodies_projects_and_indicators(read_tables, said):
    document = read_tables((["部门预算项目支出绩效目标申报表", "金额单位：万元"], DECLARED))
    assert said(document.records, "organization", "code", "name", "budget", "unit") == [
        ("201", "平武县人民政府办公室", "97.20", "万元"),
        ("201001", "平武县政府机关", None, None),
    ]
    assert said(document.records, "project", "name", "organization", "budget", "unit", "goal") == [
        ("政务网维护经费", "平武县政府机关", "9.20", "万元", "畅通"),
        ("外事工作经费", "平武县政府机关", "1.00", "万元", "对接有序"),
        ("人才补贴", "平武县人民政府办公室", "4.00", "万元", "发放补贴"),
    ]
    first = "政务网维护经费"
    assert said(document.records, "indicator", *INDICATOR) == [
        (first, "产出", "数量", "宽带速率", "=", "100", "Mbps", "20", "正向"),
        (first, "产出", "时效", "故障响应时间", "≤", "2", "小时", "20", "反向"),
        ("外事工作经费", "满意度", "服务对象", "人员满意度", "定性", "优良中差", None, "10", "正向"),
        ("人才补贴", "产出", "数量", "发放人数", "=", "1", "人数", "40", None),
        ("人才补贴", "成本", "经济成本", "财政负担成本", "=", "40000", "人/年", "20", None),
    ]
    assert document.organization is not None
    assert document.organization.code == "201"


def test_a_project_printed_again_on_the_next_page_is_still_one(read_tables, said):
    rows = """
    项目名称 | 预算数 | 一级指标 | 三级指标 | 指标值
    档案经费 | 8.00 | 产出指标 | 整理档案 | ≥2000卷
    档案经费 | 8.00 | 满意度指标 | 满意度 | ≥95%
    印刷经费 | 8.00 | 产出指标 | 印刷数量 | 1000册
    """
    document = read_tables((["项目支出绩效目标表", "单位：万元"], rows))
    assert said(document.records, "project", "name", "budget") == [("档案经费", "8.00"), ("印刷经费", "8.00")]
    assert said(document.records, "indicator", "project", "name") == [
        ("档案经费", "整理档案"),
        ("档案经费", "满意度"),
        ("印刷经费", "印刷数量"),
    ]


def test_bodies_and_projects_in_one_column_are_told_apart(read_tables, said):
    rows = """
    单位编码 | 单位及项目名称 | 金额 (万元) | 绩效目标 | 绩效指标
    003 | 门源县委办公室 | 166.83 | |
    003001 | 门源县委办公室 | 166.83 | |
    1 | 保密经费 | 12.70 | 做好保密工作 | 一、产出指标 (一)数量指标：保密检查≥12次，购置设备≥3套。
    2 | 深改办经费 | 7.30 | 推进改革 | 三、满意度指标： 群众满意度达到 100%
    """
    document = read_tables((["门源县委办公室2023年部门预算项目支出绩效目标公开表"], rows))
    assert said(document.records, "organization", "code", "name", "budget", "unit") == [
        ("003", "门源县委办公室", "166.83", "万元"),
        ("003001", "门源县委办公室", "166.83", "万元"),
    ]
    assert said(document.records, "project", "name", "organization", "budget", "unit", "goal") == [
        ("保密经费", "门源县委办公室", "12.70", "万元", "做好保密工作"),
        ("深改办经费", "门源县委办公室", "7.30", "万元", "推进改革"),
    ]
    assert said(
        document.records, "indicator", "project", "level1", "level2", "name", "operator", "value"
    ) == [
        ("保密经费", "产出指标", "数量指标", "保密检查", "≥", "12"),
        ("保密经费", "产出指标", "数量指标", "购置设备", "≥", "3"),
        ("深改办经费", "满意度指标", None, "群众满意度", "=", "100"),
    ]
    assert [record.id for record in document.records if record.type == "indicator"] == [
        "t1r3c4n1",
        "t1r3c4n2",
        "t1r4c4n1",
    ]
    assert document.organization is not None
    assert document.organization.code == "003"


def test_a_hundred_projects_are_not_taken_for_codes_of_bodies(read_tables, said):
    lines = [
        f"{n} | 第{n}项经费 | 1.00 | 目标 | 一、产出指标 (一)数量指标：检查≥{n}次" for n in range(98, 102)
    ]
    rows = "\n".join(["单位编码 | 单位及项目名称 | 金额（万元） | 绩效目标 | 绩效指标", *lines])
    document = read_tables((["项目支出绩效目标公开表"], rows))
    assert [name for (name,) in said(document.records, "project", "name")] == [
        "第98项经费",
        "第99项经费",
        "第100项经费",
        "第101项经费",
    ]
    assert said(document.records, "organization", "code") == []
