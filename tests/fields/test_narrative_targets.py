import pytest

from yusuan.extraction.fields.narrative import narrative_spans

INDICATOR = ("level1", "level2", "name", "operator", "value", "unit")
HEAD = "单位编码 | 单位及项目名称 | 金额（万元） | 绩效目标 | 绩效指标"


@pytest.fixture
def stated(read_tables, said):
    """The indicators of one narrative cell, read as a cell of a 公开表."""

    def read(text: str) -> list[tuple[object, ...]]:
        rows = f"{HEAD}\n1 | 保密经费 | 12.70 | 做好全县保密工作 | {text}"
        return said(read_tables((["项目支出绩效目标公开表"], rows)).records, "indicator", *INDICATOR)

    return read


def names(text: str) -> list[str]:
    return [
        text[span.start : span.end]
        for span in narrative_spans(text)
        if span.label in ("indicator.name", "indicator.name_rest")
    ]


def test_each_target_has_its_levels(stated):
    text = (
        "一、产出指标 (一)数量指标：1.保密检查≥12次，购置设备≥3套。 2.培训2人 "
        "(二)质量指标：泄密事件发生率0%。 二、满意度指标 各单位满意度达到 99%"
    )
    assert stated(text) == [
        ("产出指标", "数量指标", "保密检查", "≥", "12", "次"),
        ("产出指标", "数量指标", "购置设备", "≥", "3", "套"),
        ("产出指标", "数量指标", "培训", "=", "2", "人"),
        ("产出指标", "质量指标", "泄密事件发生率", "=", "0", "%"),
        ("满意度指标", None, "各单位满意度", "=", "99", "%"),
    ]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("机要局办公及各类培训在3万元以内。", ("机要局办公及各类培训", "≤", "3", "万元")),
        ("文件印刷及其他杂费控制在5.66万元", ("文件印刷及其他杂费", "≤", "5.66", "万元")),
        ("每个单位经费不低于2万元", ("每个单位经费", "≥", "2", "万元")),
        ("印刷内容错误率 ≤0.03%", ("印刷内容错误率", "≤", "0.03", "%")),
        ("政务服务满意率97%以上", ("政务服务满意率", "≥", "97", "%")),
        ("接待次数180余次", ("接待次数", "≥", "180", "次")),
        ("值班费标准60元/天", ("值班费标准", "=", "60", "元/天")),
        ("校稿费4.4万元/4次", ("校稿费", "=", "4.4", "万元/4次")),
        ("安保工资（4万元）", ("安保工资", "=", "4", "万元")),
        ("水电费（3000元*12月）", ("水电费", None, "3000元*12月", None)),
        ("《2023年门源年鉴》体现率 100%", ("《2023年门源年鉴》体现率", "=", "100", "%")),
        ("县委、县政府各部门满意度≥95%", ("县委、县政府各部门满意度", "≥", "95", "%")),
        ("汽油费，差旅费等开支在4.3万元以内", ("汽油费，差旅费等开支", "≤", "4.3", "万元")),
        ("全年设备购置及办公费用、保密检查≥12次", ("保密检查", "≥", "12", "次")),
        ("表彰优秀单位和个人，表彰人数≥50人", ("表彰人数", "≥", "50", "人")),
        ("开展不低于5次的法治宣传活动", ("开展法治宣传活动", "≥", "5", "次")),
        ("召开5次培训会议", ("召开培训会议", "=", "5", "次")),
        ("365天/3人", (None, "=", "365", "天/3人")),
        ("2500元*3人*6月=45000元", (None, "=", "45000", "元")),
        ("2023年12月底完成。", (None, None, "2023年12月底完成", None)),
        ("文件按时送达，", (None, None, "文件按时送达", None)),
        ("紧急电报能够第一时间送到", (None, None, "紧急电报能够第一时间送到", None)),
        ("保证机要科人员24小时值班", (None, None, "保证机要科人员24小时值班", None)),
        ("整理1949-1978年的档案", (None, None, "整理1949-1978年的档案", None)),
    ],
)
def test_a_statement_is_read_as_a_target(stated, text, target):
    assert stated(f"一、产出指标 (一)数量指标：{text}") == [("产出指标", "数量指标", *target)]


def test_nothing_depends_on_line_ends(stated):
    joined = (
        "一、产出指标(一)数量指标：1.印刷数量1000册;2.校稿次数≥4次;"
        "二、效益指标(一)社会效益指标：1.资料可查2.方便群众"
    )
    expected = [
        ("产出指标", "数量指标", "印刷数量", "=", "1000", "册"),
        ("产出指标", "数量指标", "校稿次数", "≥", "4", "次"),
        ("效益指标", "社会效益指标", None, None, "资料可查", None),
        ("效益指标", "社会效益指标", None, None, "方便群众", None),
    ]
    assert stated(joined) == expected


def test_a_level_is_known_without_the_number_before_it(stated):
    text = "、产出指标(一)数量指标：检查≥12次效益指标(一)社会效益指标：满意率90%"
    assert [row[:3] for row in stated(text)] == [
        ("产出指标", "数量指标", "检查"),
        ("效益指标", "社会效益指标", "满意率"),
    ]


def test_a_level_misprinted_by_a_glyph_is_put_right(stated):
    assert stated("一、产出指标 (一)数量指：保密检查≥12次")[0][:2] == ("产出指标", "数量指标")


def test_a_figure_said_twice_counts_where_it_names_what_it_measures(stated):
    assert stated("三、满意度指标100% 服务对象满意度指标：机关满意度100%。") == [
        ("满意度指标", "服务对象满意度指标", "机关满意度", "=", "100", "%")
    ]


def test_words_under_a_level_count_though_finer_levels_follow(stated):
    assert stated("二、效益指标 工作运转良好 (一)社会效益指标：群众满意率90%")[0] == (
        "效益指标",
        None,
        None,
        None,
        "工作运转良好",
        None,
    )


def test_separators_and_numbers_are_no_part_of_a_name():
    text = "(一)数量指标：办公费等控制在1.7万元以内 、办理网络舆情≥40条、1.督办答复率100%"
    assert names(text) == ["办公费等", "办理网络舆情", "督办答复率"]


def test_spans_are_places_in_the_text_itself():
    text = "一、产出指标\n（一）数量指标：检查≥12次"
    assert [(span.label, text[span.start : span.end]) for span in narrative_spans(text)] == [
        ("indicator.level1", "产出指标"),
        ("indicator.level2", "数量指标"),
        ("indicator.name", "检查"),
        ("indicator.operator", "≥"),
        ("indicator.value", "12"),
        ("indicator.unit", "次"),
    ]
