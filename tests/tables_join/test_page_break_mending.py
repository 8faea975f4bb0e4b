"""What a page break tore is made whole, and the repair says from what; what it did not tear stays."""

from __future__ import annotations

import pytest

from yusuan.extraction.tables import join

CODES = ["序号 | 科目编码 | 科目名称 | 合计 | 基本支出"]
CODE_ROWS = [
    "1 | 201 | 一般公共服务支出 | 1674.65 | 471.47",
    "2 | 20131 | 党委办公厅（室）及相关机构事务 | 1626.15 | 471.47",
    "3 | 2013105 | 专项业务 | 617.70 | ",
]
LATER_CODE_ROWS = ["5 | 204 | 公共安全支出 | 4.00 | ", "6 | 20403 | 国家安全 | 4.00 | "]
TARGETS = ["一级指标 | 二级指标 | 三级指标 | 指标值 | 指标值确定依据"]
TARGET_ROWS = [
    "产出指标 | 时效指标 | 按期完成时间 | 2023年12月 | 政策要求",
    "^ | 成本指标 | 总成本 | 157万元 | 政策要求",
    "^ | 质量指标 | 系统合格率 | ≥99% | 政策要求",
]


def cell_at(table, row, col):
    return next(cell for cell in table.cells if (cell.row, cell.col) == (row, col))


def repairs_of(table):
    return [
        (cell.row, cell.col, repair.kind, repair.before, repair.after)
        for cell in table.cells
        for repair in cell.repairs
    ]


def test_a_torn_code_is_whole_again(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, [*CODES, *CODE_ROWS, "4 | 201315 | 事业运行 | 4.00 | 4.00"]),
        page_of(2, [*CODES, " | 0 |  |  | ", *LATER_CODE_ROWS]),
    )
    assert drawn(table) == [
        *CODES,
        *CODE_ROWS,
        "4 | 2013150 | 事业运行 | 4.00 | 4.00",
        *LATER_CODE_ROWS,
    ]
    assert table.fragments[1].reason == "repeated header, torn row"
    code = cell_at(table, 4, 1)
    assert (code.page, code.raw_text) == (1, "201315")
    (repair,) = code.repairs
    assert (repair.kind, repair.before, repair.after) == ("joined", "201315", "2013150")
    (evidence,) = repair.evidence
    assert (evidence.text, evidence.page, evidence.bbox) == ("0", 2, (300.0, 240.0, 500.0, 280.0))


@pytest.mark.parametrize(
    ("whole", "row"),
    [
        ("2013150", " | 0 |  |  | "),  # the code was whole: eight digits are no code
        ("201315", " | 0 | 事业运行 | 4.00 | "),  # a row with an amount of its own
        ("201315", "5 | 0 |  |  | "),  # a row with a number of its own
    ],
)
def test_a_row_that_completes_nothing_is_kept(joined, page_of, drawn, whole, row):
    (table,) = joined(
        page_of(1, [*CODES, *CODE_ROWS, f"4 | {whole} | 事业运行 | 4.00 | 4.00"]),
        page_of(2, [*CODES, row, *LATER_CODE_ROWS]),
    )
    assert repairs_of(table) == []
    assert drawn(table)[5] == row


@pytest.mark.parametrize(
    ("first", "rest"), [("机关事业单位基本养老", "保险缴费支出"), ("机关事业单位基本养老保险缴费", "支出")]
)
def test_a_torn_name_is_whole_again(joined, page_of, drawn, first, rest):
    (table,) = joined(
        page_of(1, [*CODES, *CODE_ROWS, f"4 | 2080505 | {first} | 54.00 | 54.00"]),
        page_of(2, [*CODES, f" |  | {rest} |  | ", *LATER_CODE_ROWS]),
    )
    assert drawn(table)[4] == "4 | 2080505 | 机关事业单位基本养老保险缴费支出 | 54.00 | 54.00"
    assert drawn(table)[5:] == LATER_CODE_ROWS


def test_several_cells_torn_in_one_row_are_whole_again(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, [*CODES, *CODE_ROWS, "4 | 20805 | 行政事业单位养 | 54.00 | 54.00"]),
        page_of(2, [*CODES, " | 05 | 老支出 |  | ", *LATER_CODE_ROWS]),
    )
    assert drawn(table)[4] == "4 | 2080505 | 行政事业单位养老支出 | 54.00 | 54.00"


def test_a_torn_amount_is_whole_again(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, [*CODES, *CODE_ROWS, "4 | 2010302 | 一般行政管理事务 | 13,455,000. | 0.00"]),
        page_of(2, [*CODES, " |  |  | 25 | ", *LATER_CODE_ROWS]),
    )
    assert drawn(table)[4] == "4 | 2010302 | 一般行政管理事务 | 13,455,000.25 | 0.00"


@pytest.mark.parametrize(
    "row",
    [
        " |  | 其中：离退休人员经费 |  | ",
        " |  | 二、项目支出 |  | ",
        " |  | 本年支出合计 |  | ",
    ],
)
def test_an_item_of_its_own_without_figures_is_kept(joined, page_of, drawn, row):
    (table,) = joined(page_of(1, [*CODES, *CODE_ROWS]), page_of(2, [*CODES, row, *LATER_CODE_ROWS]))
    assert drawn(table)[4] == row
    assert repairs_of(table) == []


def test_a_row_filled_as_others_are_is_kept(joined, page_of, drawn):
    rows = [f"{number} | 2013105 | 专项业务 | 617.70 | 1.00" for number in range(1, 13)]
    groups = [" |  | 机关本级 |  | ", " |  | 所属事业单位 |  | "]
    (table,) = joined(
        page_of(1, [*CODES, groups[0], *rows[:10]]), page_of(2, [*CODES, groups[1], *rows[10:]])
    )
    assert drawn(table) == [*CODES, groups[0], *rows[:10], groups[1], *rows[10:]]


def test_a_torn_text_cell_is_whole_again(joined, page_of, drawn):
    (table,) = joined(
        page_of(
            1,
            [
                *TARGETS,
                *TARGET_ROWS,
                "效益指标 | 社会效益指标 | 重点工作参与率 | ≥95% | 省委办公厅、省政府办",
            ],
        ),
        page_of(
            2,
            [
                *TARGETS,
                " |  |  |  | 公厅《通知》",
                "满意度指标 | 服务对象满意度指标 | 服务对象满意度 | ≥95% | 调查问卷",
            ],
        ),
    )
    assert drawn(table)[4:] == [
        "效益指标 | 社会效益指标 | 重点工作参与率 | ≥95% | 省委办公厅、省政府办公厅《通知》",
        "满意度指标 | 服务对象满意度指标 | 服务对象满意度 | ≥95% | 调查问卷",
    ]


PROSE = ["编码 | 项目名称 | 金额(万元) | 绩效目标"]
PROSE_ROWS = [
    "1 | 政策研究经费 | 3.40 | 围绕中心工作开展调研，形成可供参考的报告若干篇。",
    "2 | 保密经费 | 12.70 | 做好保密检查，购置必要设备，全年不发生泄密事件。",
    "3 | 信息工作经费 | 2.00 | 及时收集整理信息，报送数量和采用率都有所提高。",
]


def test_torn_prose_is_whole_again(joined, page_of, drawn):
    (table,) = joined(
        page_of(
            1,
            [
                *PROSE,
                *PROSE_ROWS,
                "4 | 督查经费 | 5.00 | 对重要工作的部署和落实情况进行督促检查，按月汇总并向主管",
            ],
        ),
        page_of(2, [*PROSE, " |  |  | 领导报告。2.按季通报。", "5 | 文印费 | 1.20 | 保障材料印制。"]),
    )
    assert drawn(table)[4] == (
        "4 | 督查经费 | 5.00 | 对重要工作的部署和落实情况进行督促检查，按月汇总并向主管领导报告。2.按季通报。"
    )
    assert drawn(table)[5] == "5 | 文印费 | 1.20 | 保障材料印制。"


def test_cells_that_stand_low_in_a_torn_row_come_with_it(joined, page_of, drawn):
    torn = " |  |  | 对重要工作的部署和落实情况进行督促检查，按月汇总并向主管"
    rest = "4 | 督查经费 | 5.00 | 领导报告。"
    (table,) = joined(
        page_of(1, [*PROSE, *PROSE_ROWS, torn]), page_of(2, [*PROSE, rest, "5 | 文印费 | 1.20 | 印制。"])
    )
    assert drawn(table)[4] == (
        "4 | 督查经费 | 5.00 | 对重要工作的部署和落实情况进行督促检查，按月汇总并向主管领导报告。"
    )


def test_a_torn_value_of_a_form_is_whole_again(joined, page_of, drawn):
    (table,) = joined(
        page_of(
            1,
            [
                "项目名称 | 邮寄费用 | 业务主管部门 | 县政府办公室",
                "当年预算(万元) | 3.00 | 本级安排(万元) | 3.00",
                "项目概况 | 把办结的证照寄送上门，邮费由中心统一与邮政企业结算，申请 | < | <",
            ],
        ),
        page_of(2, [" | 人不再付费。 | < | <", "立项依据 | 年度工作要点 | < | <"]),
    )
    assert drawn(table)[2:] == [
        "项目概况 | 把办结的证照寄送上门，邮费由中心统一与邮政企业结算，申请人不再付费。 | < | <",
        "立项依据 | 年度工作要点 | < | <",
    ]
    assert table.fragments[1].reason == "form continues, torn row"


PROJECTS = ["项目名称 | 预算数 | 年度目标 | 一级指标 | 三级指标 | 指标性质 | 指标值"]
PROJECT = [
    "政务公开 | 1.00 | 按时公开政府信息 | 产出指标 | 办理件数 | ≥ | 20",
    "^ | ^ | ^ | 效益指标 | 信息畅通率 | 定性 | 高中低",
]


def test_spanned_first_cells_are_carried_over_the_break(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, [*PROJECTS, *PROJECT]),
        page_of(
            2,
            [
                *PROJECTS,
                " |  |  | 满意度指标 | 社会满意度 | ≥ | 95",
                "^ | ^ | ^ | 产出指标 | 年度报告 | = | 1",
                "人才补贴 | 4.00 | 发放人才补贴 | 产出指标 | 发放人数 | = | 1",
            ],
        ),
    )
    assert drawn(table) == [
        *PROJECTS,
        *PROJECT,
        "^ | ^ | ^ | 满意度指标 | 社会满意度 | ≥ | 95",
        "^ | ^ | ^ | 产出指标 | 年度报告 | = | 1",
        "人才补贴 | 4.00 | 发放人才补贴 | 产出指标 | 发放人数 | = | 1",
    ]
    name = cell_at(table, 1, 0)
    assert (name.rowspan, name.text) == (4, "政务公开")
    (repair,) = name.repairs
    assert (repair.kind, repair.before, repair.after) == ("carried", "政务公开", "政务公开")
    assert (repair.evidence[0].page, repair.evidence[0].bbox) == (2, (100.0, 240.0, 100 + 1000 / 7, 320.0))


def test_blank_first_cells_row_by_row_are_carried_too(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, [*PROJECTS, *PROJECT]),
        page_of(
            2,
            [*PROJECTS, " |  |  | 满意度指标 | 社会满意度 | ≥ | 95", " |  |  | 产出指标 | 年度报告 | = | 1"],
        ),
    )
    assert cell_at(table, 1, 0).rowspan == cell_at(table, 1, 2).rowspan == 4


def test_a_spanned_cell_printed_again_is_one(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, [*PROJECTS, *PROJECT]),
        page_of(
            2,
            [
                *PROJECTS,
                "政务公开 | 1.00 | 按时公开政府信息 | 满意度指标 | 社会满意度 | ≥ | 95",
                "^ | ^ | ^ | 产出指标 | 年度报告 | = | 1",
            ],
        ),
    )
    assert [cell.text for cell in table.cells if cell.col == 0] == ["项目名称", "政务公开"]
    assert cell_at(table, 1, 2).text == "按时公开政府信息"


def test_prose_of_a_spanned_cell_goes_on_beside_a_carried_name(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, [*PROJECTS, *PROJECT]),
        page_of(
            2,
            [
                *PROJECTS,
                " |  | 和督查结果 | 满意度指标 | 社会满意度 | ≥ | 95",
                "^ | ^ | ^ | 产出指标 | 年度报告 | = | 1",
            ],
        ),
    )
    goal = cell_at(table, 1, 2)
    assert (goal.text, goal.raw_text, goal.rowspan) == ("按时公开政府信息和督查结果", "按时公开政府信息", 4)
    assert goal.repairs[0].kind == "joined"


def test_the_next_project_is_not_carried_into(joined, page_of, drawn):
    following = [
        "人才补贴 | 4.00 | 发放人才补贴 | 产出指标 | 发放人数 | = | 1",
        "^ | ^ | ^ | 效益指标 | 县域发展 | 定性 | 好",
    ]
    (table,) = joined(page_of(1, [*PROJECTS, *PROJECT]), page_of(2, [*PROJECTS, *following]))
    assert drawn(table) == [*PROJECTS, *PROJECT, *following]
    assert repairs_of(table) == []


def test_blank_sides_of_a_two_sided_table_are_not_carried_into(joined, page_of, drawn):
    header = "项目 | 预算数 | 项目 | 预算数"
    pages = [
        [
            header,
            "一、财政拨款 | 5.00 | 一、一般公共服务支出 | 3.00",
            "二、其他收入 | 1.00 | 二、外交支出 | ",
        ],
        [" |  | 三、国防支出 | ", " |  | 四、公共安全支出 | 4.00", "收入总计 | 6.00 | 支出总计 | 7.00"],
    ]
    (table,) = joined(page_of(1, pages[0]), page_of(2, pages[1]))
    assert drawn(table) == [*pages[0], *pages[1]]


def test_a_label_in_the_middle_of_its_rows_is_found_on_the_second_page(joined, page_of, drawn):
    (table,) = joined(
        page_of(
            1,
            [
                "专项资金名称 | 综合业务 | 业务主管部门 | 县政府办公室",
                "当年预算 | 746.15 | < | <",
                " | 指标 | 指标权重 | 指标值",
                "^ | 体检标准 | 5 | 3000",
                "^ | 体检人数 | 5 | 38",
            ],
        ),
        page_of(2, ["绩效指标 | 公务接待人次 | 5 | 12000", "^ | 撰写调研报告 | 5 | 10"]),
    )
    assert drawn(table)[2:] == [
        "绩效指标 | 指标 | 指标权重 | 指标值",
        "^ | 体检标准 | 5 | 3000",
        "^ | 体检人数 | 5 | 38",
        "^ | 公务接待人次 | 5 | 12000",
        "^ | 撰写调研报告 | 5 | 10",
    ]
    assert repairs_of(table) == [(2, 0, "carried", "", "绩效指标")]
    assert not cell_at(table, 2, 0).header


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (["", "^"], ["效益指标"]),
        ([""], ["效益指标", "^"]),
    ],
)
def test_where_each_row_has_its_label_a_tall_one_without_text_has_that_of_the_next_page(
    joined, page_of, drawn, above, below
):
    others = [
        "社会效益指标 | 投诉下降率 | ≥2% | 计划",
        "生态效益指标 | 绿化率 | ≥5% | 计划",
        "影响 | 年限 | 3 | 计划",
    ]
    broken = [f"{label} | {other}" for label, other in zip([*above, *below], others, strict=True)]
    last = "满意度指标 | 服务对象满意度 | 满意度 | ≥95% | 调查"
    (table,) = joined(
        page_of(1, [*TARGETS, *TARGET_ROWS, *broken[: len(above)]]),
        page_of(2, [*TARGETS, *broken[len(above) :], last]),
    )
    assert drawn(table)[4:] == [f"效益指标 | {others[0]}", *(f"^ | {other}" for other in others[1:]), last]
    assert repairs_of(table) == [(4, 0, "carried", "", "效益指标")]


def test_a_blank_label_stays_where_others_are_blank_too(joined, page_of, drawn):
    rows = [
        *TARGET_ROWS,
        " | 社会效益指标 | 投诉下降率 | ≥2% | 计划",
        "^ | 生态效益指标 | 绿化率 | ≥5% | 计划",
    ]
    rows.insert(3, " | 质量指标 | 抽检合格率 | ≥99% | 政策要求")
    later = "效益指标 | 影响 | 年限 | 3 | 计划"
    (table,) = joined(page_of(1, [*TARGETS, *rows]), page_of(2, [*TARGETS, later]))
    assert drawn(table)[-1] == later
    assert repairs_of(table) == []


def test_a_torn_label_is_whole_again(joined, page_of, drawn):
    (table,) = joined(
        page_of(
            1,
            [
                "项目名称 | 无纸化系统 | 业务主管部门 | 县政府办公室",
                "当年预算 | 6.00 | 本级安排(万元) | 6.00",
            ],
        ),
        page_of(2, ["(万元) | 0.00 | 上级补助(万元) | ", "立项依据 | 年度工作要点 | < | <"]),
    )
    assert cell_at(table, 1, 0).text == "当年预算(万元)"
    assert cell_at(table, 1, 0).rowspan == 2
    assert cell_at(table, 2, 1).text == "0.00"


def test_labels_of_two_rows_are_not_one(joined, page_of, drawn):
    pages = [
        ["项目名称 | 群工系统运行维护 | 业务主管部门 | 县政府办公室", "项目概述 | 短信息费购买 | < | <"],
        ["立项依据 |  | < | <", "当年绩效目标 | 系统正常运行 | < | <"],
    ]
    (table,) = joined(page_of(1, pages[0]), page_of(2, pages[1]))
    assert drawn(table) == [*pages[0], *pages[1]]
    assert repairs_of(table) == []


BODIES = ["单位名称 | 项目名称 | 预算数 | 年度目标 | 三级指标 | 指标值"]
BODY_ROWS = [
    " | 政务公开 | 1.00 | 按时公开信息 | 办理件数 | 20",
    "^ | ^ | ^ | ^ | 年度报告 | 1",
    "^ | 人才补贴 | 4.00 | 发放人才补贴 | 发放人数 | 1",
    "^ | 市长公开电话 | 4.00 | 做好电话值守和转办，指导部门 | 办理检查率 | 99",
]
REST_OF_BODY = [
    "平武县人民政府机关 | 办理及网络维护 |  | 规范办理诉求 | 交办件数 | 1000",
    "^ | ^ | ^ | ^ | 群众满意率 | 99",
    "^ | 外事工作 | 1.00 | 做好外事接待 | 满意度 | 99",
]


def test_a_record_that_began_on_one_row_is_whole_again(joined, page_of, drawn):
    (table,) = joined(page_of(1, [*BODIES, *BODY_ROWS]), page_of(2, [*BODIES, *REST_OF_BODY]))
    assert drawn(table) == [
        *BODIES,
        "平武县人民政府机关" + BODY_ROWS[0],
        *BODY_ROWS[1:3],
        "^ | 市长公开电话办理及网络维护 | 4.00 | 做好电话值守和转办，指导部门规范办理诉求 | 办理检查率 | 99",
        "^ | ^ | ^ | ^ | 交办件数 | 1000",
        "^ | ^ | ^ | ^ | 群众满意率 | 99",
        REST_OF_BODY[2],
    ]


def test_a_record_with_a_budget_of_its_own_is_another(joined, page_of, drawn):
    rest = [REST_OF_BODY[0].replace("|  |", "| 2.00 |"), *REST_OF_BODY[1:]]
    rows = [*BODY_ROWS[:3], "^ | 市长公开电话 | 4.00 | 做好电话值守 | 办理检查率 | 99"]
    (table,) = joined(page_of(1, [*BODIES, *rows]), page_of(2, [*BODIES, *rest]))
    assert drawn(table)[5] == "^ | 办理及网络维护 | 2.00 | 规范办理诉求 | 交办件数 | 1000"


def test_a_tall_blank_cell_over_three_pages_takes_the_text_of_the_last(joined, page_of):
    pages = [
        [" | 政务公开 | 1.00 | 公开信息 | 办理件数 | 20", "^ | 外事工作 | 1.00 | 外事接待 | 满意度 | 99"],
        [" | 人才补贴 | 4.00 | 发放补贴 | 发放人数 | 1", "^ | 网络维护 | 1.00 | 维护网络 | 故障率 | 2"],
        [
            "平武县人民政府机关 | 公务用车 | 8.00 | 保障出行 | 车辆数 | 1",
            "^ | 电子政务 | 9.20 | 接入外网 | 速率 | 100",
        ],
    ]
    (table,) = joined(*(page_of(number, [*BODIES, *rows]) for number, rows in enumerate(pages, 1)))
    body = cell_at(table, 1, 0)
    assert (body.text, body.raw_text, body.rowspan) == ("平武县人民政府机关", "", 6)


def test_cells_cut_beside_a_torn_label_are_cut_alike(joined, page_of, drawn):
    (table,) = joined(
        page_of(
            1,
            [
                "项目名称 | 老干部学习班 | 业务主管部门 | 县委组织部",
                "当年预算 | 29.40 | 本级安排(万元) | 29.40",
            ],
        ),
        page_of(2, ["(万元) |  | 上级补助(万元) | ", "立项依据 | 年度工作要点 | < | <"]),
    )
    assert drawn(table)[1:3] == [
        "当年预算(万元) | 29.40 | 本级安排(万元) | 29.40",
        "^ | ^ | 上级补助(万元) | ",
    ]


def test_a_label_column_lost_on_the_second_page_is_carried_over_it(joined, page_of, table_of, drawn):
    widths = (0.1, 0.2, 0.3, 0.2, 0.2)
    upper = table_of(
        [
            "项目名称 | 临聘人员经费 | < | 业务主管部门 | 县政府办公室",
            "绩效指标 | 一级指标 | 三级指标 | 指标权重 | 指标值",
            "^ | 成本指标 | 项目总成本 | 10 | 123.5",
            "^ | 产出指标 | 考核合格率 | 20 | 100",
        ],
        page=1,
        widths=widths,
    )
    lower = table_of(
        ["满意度指标 | 服务对象满意度 | 10 | 95", "效益指标 | 队伍稳定性 | 20 | 90"],
        page=2,
        widths=[width / 0.9 for width in widths[1:]],
        left=200,
        width=900,
    )
    (table,) = joined(page_of(1, upper), page_of(2, lower))
    assert drawn(table)[4:] == [
        "^ | 满意度指标 | 服务对象满意度 | 10 | 95",
        "^ | 效益指标 | 队伍稳定性 | 20 | 90",
    ]
    assert cell_at(table, 1, 0).rowspan == 5


def test_a_name_torn_over_three_pages_keeps_every_part(joined, page_of, drawn):
    (table,) = joined(
        page_of(1, [*PROJECTS, *PROJECT]),
        page_of(2, [*PROJECTS, " |  |  | 满意度指标 | 社会满意度 | ≥ | 95"]),
        page_of(3, [*PROJECTS, " |  |  | 产出指标 | 年度报告 | = | 1"]),
    )
    name = cell_at(table, 1, 0)
    assert name.rowspan == 4
    assert [repair.evidence[0].page for repair in name.repairs] == [2, 3]


def test_wrapped_names_of_unruled_tables_are_whole_again(joined, page_of, table_of, drawn):
    rows = [
        "科目编码 | 科目名称 | 合计",
        "20103 | 政府办公厅（室）及相关机构事务（含 | 33.00",
        " | 直属单位） | ",
        "2080505 | 机关事业单位基本养老 | 54.00",
        " | 保险缴费支出 | ",
        "2210201 | 住房公积金 | 5.00",
        "2010303 | 机关服务 | 14.40",
        " | 及后勤保障 | ",
    ]
    elsewhere = ["科目编码 | 科目名称 | 合计", "2080505 | 机关事业单位基本养老保险缴费支出 | 54.00"]
    table, _ = joined(
        page_of(1, table_of(rows, page=1, ruled=False)),
        page_of(2, elsewhere, above=[("title", "部门支出总表")]),
    )
    assert drawn(table) == [
        rows[0],
        "20103 | 政府办公厅（室）及相关机构事务（含直属单位） | 33.00",
        "2080505 | 机关事业单位基本养老保险缴费支出 | 54.00",
        rows[5],
        "2010303 | 机关服务及后勤保障 | 14.40",
    ]


@pytest.mark.parametrize("name", ["离休人员", "及时率", "其中：提租补贴"])
@pytest.mark.parametrize("ruled", [True, False])
def test_rows_that_may_be_their_own_are_not_joined(joined, page_of, table_of, drawn, name, ruled):
    rows = [
        "科目编码 | 科目名称 | 合计",
        "2210201 | 住房公积金 | 54.00",
        f" | {name} | ",
        "2210202 | 提租补贴 | 5.00",
    ]
    (table,) = joined(page_of(1, table_of(rows, page=1, ruled=ruled)))
    assert drawn(table) == rows


def test_the_rules_of_a_ruled_table_tell_its_rows(joined, page_of, drawn):
    rows = [
        "科目编码 | 科目名称 | 合计",
        "2210201 | 住房公积金（含 | 54.00",
        " | 补缴） | ",
        "2210202 | 提租补贴 | 5.00",
    ]
    (table,) = joined(page_of(1, rows))
    assert drawn(table) == rows


def test_a_long_table_is_mended_as_if_all_of_it_were_looked_at(
    page_of, joined, drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = "一级指标 | 二级指标 | 三级指标 | 指标值"
    pages = []
    for page in range(40):
        # A level that spans a break, a name that one tears, and a row that a repeated header repeats.
        rows = [f"产出指标 | 数量指标{page} | 检查次数{page}-{row} | {row}次" for row in range(1, 6)]
        if page % 3 == 1:
            rows[-1] = rows[-1].replace("检查次数", "检查（")
        if page % 3 == 2:
            rows[0] = " |  | 督查）次数 | "
        pages.append(page_of(page + 1, [header, *rows] if page % 2 == 0 else rows))
    whole = joined(*pages)
    monkeypatch.setattr(join, "_ROWS_BACK", 6)
    assert joined(*pages) == whole
    assert len(drawn(whole[0])) > 100
    assert any(repair.kind == "joined" for cell in whole[0].cells for repair in cell.repairs)
