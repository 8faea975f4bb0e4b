"""Token labels: what a stretch of a cell's text says. Gold, synthetic truth, training and records share them.

A label is `record.field` (`indicator.value`), or the part that the text plays in the table: `header` over
a column, `key` before a value, `group.income` and `group.expenditure` over a side, `group` over anything
else, `unit`, `lane` (栏次), `ordinal` (序号), `percentage`, `title`, `note`, `total`. See docs/data-model.md.
"""

from __future__ import annotations

HEADER = "header"
KEY = "key"
GROUP = "group"
GROUP_INCOME = "group.income"
GROUP_EXPENDITURE = "group.expenditure"
UNIT = "unit"
LANE = "lane"
ORDINAL = "ordinal"
PERCENTAGE = "percentage"
TITLE = "title"
NOTE = "note"
# What says of its row that it adds up others, where such a row is no record.
TOTAL = "total"

LINE_CODE = "budget_line.code"
LINE_ITEM = "budget_line.item"
LINE_AMOUNT = "budget_line.amount"
# A body among the items of a budget: its name and code are those of an organization too.
LINE_BODY = "budget_line.body"
LINE_BODY_CODE = "budget_line.body_code"
ITEMS = (LINE_ITEM, LINE_BODY)
CODES = (LINE_CODE, LINE_BODY_CODE)

BODY_CODE = "organization.code"
BODY_NAME = "organization.name"
BODY_BUDGET = "organization.budget"

PROJECT_CODE = "project.code"
PROJECT_NAME = "project.name"
PROJECT_BUDGET = "project.budget"
# The money of a project over all its years: its budget only where no figure for the year is given.
PROJECT_BUDGET_TOTAL = "project.budget_total"
PROJECT_GOAL = "project.goal"
# The goal over all years (中期目标), likewise.
PROJECT_GOAL_TOTAL = "project.goal_total"

LEVEL1 = "indicator.level1"
LEVEL2 = "indicator.level2"
NAME = "indicator.name"
# A part of the name that stands behind its target: 开展 [不低于 5 次] 法治宣传.
NAME_REST = "indicator.name_rest"
OPERATOR = "indicator.operator"
VALUE = "indicator.value"
MEASURE_UNIT = "indicator.unit"

# Every label that text can have; gold, synthetic truth, the label network and records share them. The order
# is that of the network's tags: new ones go to the end.
LABELS = (
    HEADER,
    KEY,
    GROUP,
    GROUP_INCOME,
    GROUP_EXPENDITURE,
    UNIT,
    LANE,
    ORDINAL,
    PERCENTAGE,
    TITLE,
    NOTE,
    LINE_CODE,
    LINE_ITEM,
    LINE_AMOUNT,
    BODY_CODE,
    BODY_NAME,
    BODY_BUDGET,
    PROJECT_CODE,
    PROJECT_NAME,
    "project.organization",
    "project.department",
    PROJECT_BUDGET,
    PROJECT_BUDGET_TOTAL,
    "project.budget_local",
    "project.budget_upper",
    "project.execution_weight",
    "project.category",
    "project.overview",
    "project.basis",
    PROJECT_GOAL,
    PROJECT_GOAL_TOTAL,
    LEVEL1,
    LEVEL2,
    NAME,
    NAME_REST,
    "indicator.description",
    "indicator.weight",
    OPERATOR,
    VALUE,
    MEASURE_UNIT,
    "indicator.direction",
    "indicator.core",
    "indicator.basis",
    "asset.item",
    "asset.quantity",
    "asset.value",
    "procurement.project",
    "procurement.item",
    "procurement.catalogue_code",
    "procurement.measure_unit",
    "procurement.quantity",
    "procurement.price",
    "procurement.amount",
    "institution.name",
    "institution.nature",
    "institution.rank",
    "institution.funding",
    LINE_BODY,
    LINE_BODY_CODE,
    TOTAL,
)

# Words over columns and beside values; and names of things, which other pages print too.
HEADINGS = frozenset({HEADER, KEY, GROUP, GROUP_INCOME, GROUP_EXPENDITURE})
NAMES = frozenset(
    {
        *HEADINGS,
        *ITEMS,
        BODY_NAME,
        PROJECT_NAME,
        "project.organization",
        "project.department",
        LEVEL1,
        LEVEL2,
        NAME,
    }
)
# What is a figure by itself: a slip in it changes what the record says, and nothing around it shows that.
FIGURE_LABELS = frozenset(
    {
        LINE_AMOUNT,
        BODY_BUDGET,
        PROJECT_BUDGET,
        PROJECT_BUDGET_TOTAL,
        "project.budget_local",
        "project.budget_upper",
        "project.execution_weight",
        "indicator.weight",
        "asset.quantity",
        "asset.value",
        "procurement.quantity",
        "procurement.price",
        "procurement.amount",
    }
)
# Names may have a code before them in their cell, and go on to its end. Headings, codes, figures, which may
# have a unit behind them, and the parts of targets can be any part of a text. All others have their cell for
# themselves.
NAMES_BEHIND_CODES = frozenset(
    {*ITEMS, BODY_NAME, PROJECT_NAME, "project.organization", "project.department"}
)
WHOLE_CELLS = frozenset(LABELS) - {
    *NAMES_BEHIND_CODES,
    *CODES,
    BODY_CODE,
    PROJECT_CODE,
    *FIGURE_LABELS,
    *HEADINGS,
    UNIT,
    TITLE,
    NOTE,
    LEVEL1,
    LEVEL2,
    NAME,
    NAME_REST,
    OPERATOR,
    VALUE,
    MEASURE_UNIT,
}
