"""Words that stand in headers and beside the values of forms, as canonical text."""

from __future__ import annotations

_HEADER_WORDS = """
科目编码 科目代码 科目名称 科目 编码 代码 类 款 项 功能分类科目 功能分类科目编码 功能分类科目名称
功能科目编码 功能科目名称 经济分类科目 经济分类科目编码 经济分类科目名称 部门经济分类科目
支出部门经济分类科目 政府经济分类科目 支出功能分类科目 支出经济分类科目 预算科目 功能科目 经济科目
功能分类 经济分类 支出功能分类 支出经济分类 项目 项目名称 项目代码 项目编码 单位名称
单位编码 单位代码 部门编码 部门代码 预算单位 预算单位名称 支出项目名称 单位及项目名称
单位 名称 序号 行次 栏次 编号 备注 说明 预算数 决算数 年初预算数
调整预算数 执行数 本年预算 上年预算 年初预算 预算金额 金额 合计 总计 小计 收入 支出
本年收入 本年支出 收入预算 支出预算 增减 增减%
基本支出 项目支出 经营支出 人员经费 公用经费 日常公用经费 上年结转 上年结转和结余 年初结转和结余
年末结转和结余 财政拨款收入 上级补助收入 事业收入 经营收入 其他收入 一般公共预算 政府性基金预算
国有资本经营预算 资金性质 资金来源 财政拨款 本年财政拨款 数量 单价 总价 规格 型号 规格型号 计量单位
度量单位 采购项目 采购目录 采购品目 品目名称 品目编码 资产名称 资产类别 价值 原值 净值 面积
因公出国(境)费 公务接待费 公务用车购置费 公务用车运行维护费 公务用车购置及运行维护费
单位性质 单位规格 机构级别 机构类型 经费形式 经费保障形式
人员编制 一级指标 二级指标 三级指标 指标 指标名称 指标内容
指标值 目标值 年度指标值 年度(/项目)指标值 指标性质 指标权重 权重 分值 绩效指标 绩效目标 年度目标
绩效指标描述 指标解释 指标说明 指标值确定依据 指标方向性 指标方向 是否核心指标 核心指标
"""

_FORM_LABELS = """
专项资金名称 部门(单位)名称 业务主管部门 主管部门 实施单位 当年预算 年度预算 本级安排 上级补助
部门支出预算数 预算执行率权重 项目概况 项目概述 项目分类 项目类别 项目性质 项目属性 项目类型
项目负责人 联系电话 项目周期 项目起止时间 立项依据 设立依据 当年绩效目标 当年整体绩效目标
年度绩效目标 总体绩效目标 整体绩效目标 项目总目标 年度总体目标 总体目标 项目绩效目标 计划开始日期
计划完成日期 项目资金 项目资金总额 年度资金总额 年度资金申请总额 其中:财政资金 其中:财政拨款
其他资金 部门名称 年度主要任务 任务名称 主要内容 部门职能
"""

_FORM_STARTS = """
项目名称 专项资金名称 部门(单位)名称 部门名称 单位名称 项目编码
"""

# Labels of columns; a word here can also be a label beside a value (项目名称) or an item (基本支出).
HEADER_WORDS = frozenset(_HEADER_WORDS.split())
# Labels that stand only beside their values; a row that has one is no header row.
FORM_LABELS = frozenset(_FORM_LABELS.split())
# Labels of the first row of a form: where one comes again, another form begins.
FORM_STARTS = frozenset(_FORM_STARTS.split())
LABELS = HEADER_WORDS | FORM_LABELS | FORM_STARTS
