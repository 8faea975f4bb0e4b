"""Fit the probability that a field, and a record, is right: `yusuan train confidence`.

Everything is grouped: what is fitted on a family of forms is judged on others, curves and thresholds come
from documents whose family the trees did not see, thresholds from families that the label network did not see
either. For a curve a document counts as one however long it is.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GroupKFold

from yusuan.extraction.checks.confidence import record_odds
from yusuan.extraction.checks.evidence import DIRECTIONS, FEATURES
from yusuan.training.confidence_corpus import JudgedDocument

# Shares of wrong fields among the accepted ones that thresholds are fitted for.
RATES = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05)
# How sure a bound on a share is.
SURE = 0.95
# Families that are left out at a time.
FOLDS = 5
# Nobody is surer than this.
_MOST = 0.9998


@dataclass(frozen=True)
class Fitted:
    """What is known after fitting.

    Attributes:
        trees: score of a field from its evidence.
        field_curve, record_curve: `(2, K)`: scores, and what they are worth.
        thresholds: share of wrong fields → least probability of a record that is accepted.
    """

    trees: HistGradientBoostingClassifier
    field_curve: np.ndarray
    record_curve: np.ndarray
    thresholds: Mapping[float, float]


def fit(
    documents: Sequence[JudgedDocument],
    beside: Sequence[JudgedDocument] = (),
    known: Collection[str] = (),
    seed: int = 20,
) -> Fitted:
    """Return trees, curves and thresholds fitted on documents.

    Args:
        documents: of the kind that confidence is asked for: they say how probable what is.
        beside: others, from which trees learn what speaks for a field, and which thresholds must hold for.
        known: families that the label network learnt. It is right on them as it is on no form of tomorrow, so
            thresholds do not come from them, unless there are no others.
        seed: of what is drawn.
    """
    every = [*documents, *beside]
    families = np.array([document.family for document in every])
    scores: list[np.ndarray] = [np.zeros(0)] * len(every)
    for learnt, held in GroupKFold(min(FOLDS, len(set(families)))).split(every, groups=families):
        trees = _trees([every[at] for at in learnt], seed)
        for at in held:
            scores[at] = trees.predict_proba(every[at].features)[:, 1]
    own = slice(len(documents))
    field_curve = _curve(scores[own], [document.right for document in documents])
    odds = [
        record_odds(np.interp(each, *field_curve), document.record, len(document.exact))
        for each, document in zip(scores, every, strict=True)
    ]
    record_curve = _curve(odds[own], [document.exact for document in documents])
    rated = [np.interp(each, *record_curve) for each in odds]
    strange = [at for at, document in enumerate(every) if document.family not in known] or range(len(every))
    least = thresholds([rated[at] for at in strange], [every[at] for at in strange])
    return Fitted(_trees(every, seed), field_curve, record_curve, least)


def _trees(documents: Sequence[JudgedDocument], seed: int) -> HistGradientBoostingClassifier:
    trees = HistGradientBoostingClassifier(
        max_iter=100,
        learning_rate=0.1,
        max_depth=4,
        min_samples_leaf=100,
        l2_regularization=5.0,
        monotonic_cst=[DIRECTIONS.get(name, 0) for name in FEATURES],
        early_stopping=False,
        random_state=seed,
    )
    features = np.concatenate([document.features for document in documents])
    return trees.fit(features, np.concatenate([document.right for document in documents]))


def _weights(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Return a weight for each item, those of one document together as much as those of any other."""
    weights = np.concatenate([np.full(len(part), 1 / len(part)) for part in parts])
    return weights * len(weights) / weights.sum()


def _curve(scores: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> np.ndarray:
    """Return `(2, K)`: scores, ascending, and the share that is right there, rising.

    Isotonic regression makes steps, on which all would be as probable; each counts at the mean of its scores
    and lines go from one to the next (centred isotonic regression; Oron and Flournoy 2017).
    """
    score, weights = np.concatenate(scores), _weights(right)
    fitted = IsotonicRegression(y_min=1e-4, y_max=_MOST, out_of_bounds="clip")
    level = fitted.fit_transform(score, np.concatenate(right).astype(float), sample_weight=weights)
    shares, step = np.unique(level, return_inverse=True)
    return np.stack([np.bincount(step, score * weights) / np.bincount(step, weights), shares])


def thresholds(
    rated: Sequence[np.ndarray], documents: Sequence[JudgedDocument], sure: float = SURE
) -> dict[float, float]:
    """Return for each of `RATES` the least probability of a record that keeps wrong fields below it.

    That share has an upper bound (Clopper and Pearson 1934) at as many fields as the accepted ones are worth:
    errors of one family of forms come together, in all states of its paper, so their number is divided by
    what the variance between families makes of it (Kish 1965).
    """
    numbers = {family: at for at, family in enumerate(sorted({each.family for each in documents}))}
    wrong, total, probability, of = [], [], [], []
    for own, document in zip(rated, documents, strict=True):
        count = len(document.exact)
        fields = np.bincount(document.record, minlength=count) + document.missing
        bad = np.bincount(document.record, ~document.right, minlength=count) + document.missing
        kept = ~document.failing
        wrong.append(bad[kept])
        total.append(fields[kept])
        probability.append(own[kept])
        of.append(np.full(kept.sum(), numbers[document.family]))
    bad, fields, sureness, group = map(np.concatenate, (wrong, total, probability, of))
    found = {}
    for rate in RATES:
        for least in np.unique(sureness):
            taken = sureness >= least
            if bound(bad[taken], fields[taken], group[taken], sure) <= rate:
                found[rate] = float(least)
                break
    return found


def bound(wrong: np.ndarray, fields: np.ndarray, group: np.ndarray, sure: float = SURE) -> float:
    """Return an upper bound on the share of wrong fields, families of forms being what is drawn.

    Args:
        wrong: `(R,)` fields of each record that are.
        fields: `(R,)` of each record.
        group: `(R,)` the family of its form.
        sure: of the bound.
    """
    own = np.bincount(group, fields)
    bad = np.bincount(group, wrong)[own > 0]
    own = own[own > 0]
    total, errors = own.sum(), bad.sum()
    if not total:
        return 1.0
    share = errors / total
    spread = len(own) / max(1, len(own) - 1) * ((bad - share * own) ** 2).sum() / total**2
    alone = share * (1 - share) / total
    effect = max(1.0, spread / alone) if alone > 0 else max(1.0, total / len(own) / 50)
    count, hits = total / effect, errors / effect
    return float(beta.ppf(sure, hits + 1, max(count - hits, 1e-9)))


def to_onnx(fitted: Fitted) -> bytes:
    """Return what was fitted as an ONNX file: `evidence` `(N, F)` → `score` `(N, 1)`.

    `skl2onnx` 1.20 cannot write these trees with the versions of scikit-learn and onnx that stand beside it.
    """
    from onnx import TensorProto, helper

    # Each stage has one tree where there are two classes; a leaf points nowhere.
    trees = [stage[0].nodes for stage in fitted.trees._predictors]
    nodes = np.concatenate(trees)
    sizes = [len(tree) for tree in trees]
    number = np.repeat(np.arange(len(trees)), sizes).tolist()
    place = np.concatenate([np.arange(size) for size in sizes])
    leaf = nodes["is_leaf"].astype(bool)
    # Evidence is float32, and so are thresholds in the file: rounded down they part it just as before.
    exact = nodes["num_threshold"]
    threshold = exact.astype(np.float32)
    threshold = np.where(threshold > exact, np.nextafter(threshold, np.float32(-np.inf)), threshold)
    ensemble = helper.make_node(
        "TreeEnsembleRegressor",
        ["evidence"],
        ["odds"],
        domain="ai.onnx.ml",
        n_targets=1,
        base_values=[float(fitted.trees._baseline_prediction.item())],
        nodes_treeids=number,
        nodes_nodeids=place.tolist(),
        nodes_featureids=nodes["feature_idx"].tolist(),
        nodes_modes=np.where(leaf, "LEAF", "BRANCH_LEQ").tolist(),
        nodes_values=np.where(leaf, np.float32(0), threshold).tolist(),
        nodes_truenodeids=nodes["left"].tolist(),
        nodes_falsenodeids=nodes["right"].tolist(),
        target_treeids=np.array(number)[leaf].tolist(),
        target_nodeids=place[leaf].tolist(),
        target_ids=[0] * int(leaf.sum()),
        target_weights=nodes["value"][leaf].tolist(),
    )
    graph = helper.make_graph(
        [ensemble, helper.make_node("Sigmoid", ["odds"], ["score"])],
        "confidence",
        [helper.make_tensor_value_info("evidence", TensorProto.FLOAT, ["N", len(FEATURES)])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N", 1])],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="yusuan")
    helper.set_model_props(
        model,
        {
            "features": json.dumps(list(FEATURES)),
            "field_curve": json.dumps(np.round(fitted.field_curve, 6).tolist()),
            "record_curve": json.dumps(np.round(fitted.record_curve, 6).tolist()),
            "thresholds": json.dumps({str(rate): least for rate, least in fitted.thresholds.items()}),
        },
    )
    return bytes(model.SerializeToString(deterministic=True))
