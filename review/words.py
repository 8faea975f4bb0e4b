"""Names of labels, kinds of tables and rules, in the words of annotators: Chinese first, English beside."""

from __future__ import annotations

from yusuan.extraction.token_labels import LABELS
from yusuan.review.wire import Word, Words

_GROUPS = {
    "budget_line": "预算行",
    "organization": "单位",
    "project": "项目",
    "indicator": "指标",
    "asset": "资产",
    "procurement": "采购",
    "institution": "机构",
}

# label: Chinese, English.
_LABELS: dict[str, tuple[str, str]] = {
    "header": ("表头", "heading of a column"),
    "key": ("键（值前的标签）", "key before a value"),
    "group": ("分组表头", "group heading"),
    "group.income": ("收入侧表头", "heading of the income side"),
    "group.expenditure": ("支出侧表头", "heading of the expenditure side"),
    "unit": ("金额单位", "unit of money"),
    "lane": ("栏次", "column number"),
    "ordinal": ("序号", "row number"),
    "percentage": ("百分比", "percentage"),
    "title": ("标题", "title"),
    "note": ("注释", "note"),
    "total": ("合计行标志", "mark of a total row"),
    "budget_line.code": ("科目编码", "subject code"),
    "budget_line.item": ("科目名称", "item"),
    "budget_line.amount": ("预算金额", "amount"),
    "budget_line.body": ("单位名称（预算行）", "body among the items"),
    "budget_line.body_code": ("单位编码（预算行）", "code of a body among the items"),
    "organization.code": ("单位编码", "code of the body"),
    "organization.name": ("单位名称", "name of the body"),
    "organization.budget": ("单位预算", "budget of the body"),
    "project.code": ("项目编码", "project code"),
    "project.name": ("项目名称", "project name"),
    "project.organization": ("实施单位", "executing body"),
    "project.department": ("主管部门", "department in charge"),
    "project.budget": ("年度预算", "budget of the year"),
    "project.budget_total": ("项目总额", "budget over all years"),
    "project.budget_local": ("本级资金", "money of this level"),
    "project.budget_upper": ("上级资金", "money from above"),
    "project.execution_weight": ("预算执行率权重", "weight of budget execution"),
    "project.category": ("项目类别", "category"),
    "project.overview": ("项目概况", "overview"),
    "project.basis": ("立项依据", "basis of the project"),
    "project.goal": ("年度目标", "goal of the year"),
    "project.goal_total": ("总体目标", "goal over all years"),
    "indicator.level1": ("一级指标", "level 1"),
    "indicator.level2": ("二级指标", "level 2"),
    "indicator.name": ("三级指标（名称）", "name of the indicator"),
    "indicator.name_rest": ("指标名称（后半）", "rest of the name"),
    "indicator.description": ("指标说明", "description"),
    "indicator.weight": ("权重", "weight"),
    "indicator.operator": ("比较符", "operator"),
    "indicator.value": ("指标值", "value"),
    "indicator.unit": ("计量单位", "unit of the value"),
    "indicator.direction": ("指标方向", "direction"),
    "indicator.core": ("核心指标", "core indicator"),
    "indicator.basis": ("指标依据", "basis of the indicator"),
    "asset.item": ("资产名称", "asset"),
    "asset.quantity": ("资产数量", "quantity"),
    "asset.value": ("资产价值", "value"),
    "procurement.project": ("采购所属项目", "project of the purchase"),
    "procurement.item": ("采购品目", "item bought"),
    "procurement.catalogue_code": ("品目编码", "catalogue code"),
    "procurement.measure_unit": ("采购计量单位", "unit of measure"),
    "procurement.quantity": ("采购数量", "quantity"),
    "procurement.price": ("单价", "price"),
    "procurement.amount": ("采购金额", "amount of the purchase"),
    "institution.name": ("机构名称", "institution"),
    "institution.nature": ("单位性质", "nature"),
    "institution.rank": ("单位规格", "rank"),
    "institution.funding": ("经费形式", "form of funding"),
}

_KINDS: dict[str, tuple[str, str]] = {
    "income_expenditure_summary": ("收支总表", "income and expenditure"),
    "income_summary": ("收入总表", "income"),
    "expenditure_summary": ("支出总表", "expenditure"),
    "fiscal_appropriation_summary": ("财政拨款收支总表", "fiscal appropriation"),
    "general_budget_expenditure": ("一般公共预算支出表", "general budget expenditure"),
    "general_budget_basic_expenditure": ("一般公共预算基本支出表", "general budget, basic expenditure"),
    "government_fund_expenditure": ("政府性基金支出表", "government funds"),
    "state_capital_expenditure": ("国有资本经营预算支出表", "state capital"),
    "three_public_expenses": ("“三公”经费表", "three public expenses"),
    "other_budget": ("其他预算表", "other budget table"),
    "performance_targets": ("绩效目标表", "performance targets"),
    "procurement": ("政府采购表", "procurement"),
    "assets": ("资产表", "assets"),
    "institutions": ("机构情况表", "institutions"),
    "unknown": ("未识别", "not known"),
}

_RULES: dict[str, tuple[str, str]] = {
    "code_form": ("科目编码格式", "form of a code"),
    "code_name": ("编码与名称相符", "code and name agree"),
    "code_sum": ("类款项汇总", "sums by code"),
    "row_sum": ("行内合计", "sum of a row"),
    "total_row": ("合计行", "total row"),
    "body_sum": ("单位汇总", "sums of bodies"),
    "outline_sum": ("分级汇总", "sums of an outline"),
    "item_sum": ("分项汇总", "sums of items"),
    "income_expenditure": ("收支平衡", "income equals expenditure"),
    "three_public": ("“三公”经费合计", "three public expenses"),
    "same_totals": ("表间总额一致", "same totals in all tables"),
    "same_codes": ("表间同码一致", "same codes in all tables"),
    "basic_expenditure": ("基本支出一致", "basic expenditure agrees"),
    "appropriation": ("财政拨款一致", "appropriations agree"),
    "weight_sum": ("权重合计", "sum of weights"),
    "budget_parts": ("项目资金构成", "parts of a budget"),
    "body_budget": ("单位预算一致", "budget of a body agrees"),
    "prose": ("说明文字与表一致", "prose and tables agree"),
    "page-read": ("页面读取", "page could be read"),
    "file-read": ("文件读取", "file could be read"),
}


def _word(name: str, words: tuple[str, str], group: str = "") -> Word:
    return Word(name=name, zh=words[0], en=words[1], group=group)


WORDS = Words(
    labels=tuple(_word(name, _LABELS[name], _GROUPS.get(name.partition(".")[0], "版面")) for name in LABELS),
    kinds=tuple(_word(name, words) for name, words in _KINDS.items()),
    rules=tuple(_word(name, words) for name, words in _RULES.items()),
)
