def test_assets_are_rows_that_say_how_many_or_how_much(read_tables, said):
    rows = """
    项 目 | 数量 | 价值（金额单位：万元）
    资产总额 | | 855.78
    1、房屋（平方米） | 7306 |
    其中：办公用房（平方米） | |
    2、车辆（台、辆） | 22 | 337.57
    """
    document = read_tables((["单位固定资产占用情况表", "截止时间：2022-12-31"], rows))
    assert said(document.records, "asset", "item", "quantity", "value", "unit") == [
        ("资产总额", None, "855.78", "万元"),
        ("1、房屋（平方米）", "7306", None, "万元"),
        ("2、车辆（台、辆）", "22", "337.57", "万元"),
    ]
    assert (document.tables[0].unit, document.fiscal_year) == ("万元", None)


def test_purchases_are_rows_and_their_total_is_none(read_tables, said):
    rows = """
    政府采购项目来源 | < | 采购物品名称 | 政府采购目录序号 | 计量单位 | 数量 | 单价 | 政府采购金额 | <
    项目名称 | 预算资金 | ^ | ^ | ^ | ^ | ^ | 合计 | 一般公共预算拨款
    合计 | | | | | | | 31.20 | 31.20
    办公设备购置 | 31.20 | 台式计算机 | A02010104 | 台 | 20 | 0.56 | 11.20 | 11.20
    ^ | ^ | 复印机 | A02020100 | 台 | 4 | 5.00 | 20.00 | 20.00
    """
    document = read_tables((["单位政府采购预算", "单位：万元"], rows))
    fields = (
        "project",
        "item",
        "catalogue_code",
        "measure_unit",
        "quantity",
        "price",
        "amount",
        "unit",
    )
    assert said(document.records, "procurement", *fields) == [
        ("办公设备购置", "台式计算机", "A02010104", "台", "20", "0.56", "11.20", "万元"),
        ("办公设备购置", "复印机", "A02020100", "台", "4", "5.00", "20.00", "万元"),
    ]


def test_subordinate_bodies_are_rows(read_tables, said):
    rows = """
    单位名称 | 单位性质 | 单位规格 | 经费保障形式
    中共巨鹿县委办公室本级 | 行政 | 正科级 | 财政拨款
    """
    document = read_tables((["部门机构设置情况"], rows))
    assert said(document.records, "institution", "name", "nature", "rank", "funding") == [
        ("中共巨鹿县委办公室本级", "行政", "正科级", "财政拨款")
    ]


def test_a_table_of_which_nothing_is_known_keeps_its_cells_and_gives_no_records(read_tables):
    document = read_tables((["某县风景"], "甲 | 乙\n山 | 水"))
    assert (document.tables[0].kind, document.records) == ("unknown", ())
    assert all(not cell.spans for cell in document.tables[0].cells)


def test_ids_of_records_differ(read_tables):
    rows = """
    单位编码 | 单位名称 | 项目名称 | 预算数 | 年度目标 | 三级指标 | 指标值
    003 | 档案馆 | 保护经费 | 7.00 | 修护 | 修护卷数 | ≥2000卷
    """
    ids = [record.id for record in read_tables((["项目支出绩效目标表", "单位：万元"], rows)).records]
    assert len(ids) == len(set(ids)) == 3


def test_codes_and_names_under_one_heading_are_told_apart(read_tables, said):
    rows = """
    序号 | 购买项目名称 | 指导性目录 | < | 预算金额（元） | <
    ^ | ^ | 代码 | 名称 | 合计 | 财政拨款
    合计 | | | | 70000.00 | 70000.00
    某街道办事处 | < | < | < | < | <
    1 | 绿地养护 | A1501 | 园林绿化管理服务 | 70000.00 | 70000.00
    """
    document = read_tables((["政府购买服务预算表"], rows))
    fields = ("project", "item", "catalogue_code", "amount", "unit")
    assert said(document.records, "procurement", *fields) == [
        ("绿地养护", "园林绿化管理服务", "A1501", "70000.00", "元")
    ]


def test_assets_to_be_bought_are_assets_and_their_total_is_none(read_tables, said):
    rows = """
    资产名称 | 资产分类编码 | 计量单位 | 新增数量 | 平均单价 | 配置预算金额 | <
    ^ | ^ | ^ | ^ | ^ | 合计 | 其他资金
    投影仪 | A02020200 | 台 | 2 | 4500.00 | 9000.00 | 9000.00
    合计 | | | 2 | | 9000.00 | 9000.00
    """
    document = read_tables((["新增资产配置预算表", "单位：元"], rows))
    assert said(document.records, "asset", "item", "quantity", "value", "unit") == [
        ("投影仪", "2", "9000.00", "元")
    ]
