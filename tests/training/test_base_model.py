"""A label network that begins with a language model somebody has."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel, BertTokenizer, RobertaConfig, RobertaModel

from yusuan.extraction.errors import UsageError
from yusuan.models.label_network import LabelShape
from yusuan.training.base_model import RATE, begin_with, find_base, glyphs_of
from yusuan.training.train_labels import Recipe, new_network, vocabulary_of

GLYPHS = "预算支出合计项目名称"
SIZES = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 96}


def made(folder: Path, card: str | None, kind: str = "bert", **sizes: int) -> Path:
    torch.manual_seed(1)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *GLYPHS, "##算"]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    own = {**SIZES, **sizes, "vocab_size": len(words)}
    model = BertModel(BertConfig(**own)) if kind == "bert" else RobertaModel(RobertaConfig(**own))
    model.save_pretrained(folder)
    if card is not None:
        (folder / "README.md").write_text(card, "utf-8")
    return folder


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_text_layers_glyphs_and_places_are_those_of_the_base(tmp_path: Path, kind: str) -> None:
    base = find_base(str(made(tmp_path / "base", "---\nlicense: apache-2.0\n---\n# A model\n", kind)))
    recipe = Recipe(shape=LabelShape(grid_layers=1)).fitted_to(base)
    assert (recipe.shape.width, recipe.shape.text_layers, recipe.shape.heads) == (24, 2, 2)
    assert {each.rate for each in (recipe.pretrain, recipe.learn)} == {RATE}
    vocabulary = vocabulary_of((), glyphs_of(base))
    network = new_network(recipe, vocabulary)
    before = network.text.embeddings.word_embeddings.weight.detach().clone()
    assert begin_with(network, base, vocabulary) > 20
    theirs = (BertModel if kind == "bert" else RobertaModel).from_pretrained(base.folder)
    words = network.text.embeddings.word_embeddings.weight
    known = theirs.embeddings.word_embeddings.weight
    assert torch.equal(words[vocabulary["算"]], known[5 + GLYPHS.index("算")])
    assert torch.equal(words[vocabulary["<7 digits>"]], before[vocabulary["<7 digits>"]])
    first = 0 if kind == "bert" else theirs.config.pad_token_id + 1
    places = network.text.embeddings.position_embeddings.weight
    assert torch.equal(places[1:4], theirs.embeddings.position_embeddings.weight[first : first + 3])
    one, two = network.text.encoder.layer[1], theirs.encoder.layer[1]
    assert torch.equal(one.attention.self.query.weight, two.attention.self.query.weight)
    assert torch.equal(one.output.dense.bias, two.output.dense.bias)


@pytest.mark.parametrize(
    ("card", "said", "refused"),
    [
        ("---\nlicense: mit\n---\n", "mit", False),
        ("---\nlicense: cc-by-nc-sa-4.0\n---\n", "cc-by-nc-sa-4.0", True),
        ("---\nlanguage: zh\nlicense:\n  - cc-by-nc-4.0\n---\n", "cc-by-nc-4.0", True),
        ("---\nlicense: other\nlicense_name: acme-non-commercial\n---\n", "other, acme-non-commercial", True),
        ("# no front matter, but non-commercial is a word\n", None, False),
        (None, None, False),
    ],
)
def test_licences_are_shown_and_non_commercial_ones_refused(
    tmp_path: Path, card: str | None, said: str | None, refused: bool
) -> None:
    folder = str(made(tmp_path / "base", card))
    if refused:
        with pytest.raises(UsageError, match="forbids commercial use") as caught:
            find_base(folder)
        assert "--non-commercial" in (caught.value.hint or "")
    base = find_base(folder, non_commercial=refused)
    assert base.licence == said
    assert (said or "not stated") in str(base)


def test_a_licence_file_speaks_where_there_is_no_card(tmp_path: Path) -> None:
    folder = made(tmp_path / "base", None)
    (folder / "LICENSE").write_text("Acme Research Licence\n\nFor Non-Commercial use only.\n", "utf-8")
    with pytest.raises(UsageError, match="Acme Research Licence"):
        find_base(str(folder))


def test_what_is_no_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no model"):
        find_base(str(tmp_path / "empty"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match="the model hub does not give it"):
        find_base("nobody/has-this-model")
    odd = find_base(str(made(tmp_path / "odd", None, intermediate_size=48)))
    with pytest.raises(UsageError, match="neither BERT nor RoBERTa"):
        Recipe().fitted_to(odd)
