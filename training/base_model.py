"""Starting the label network from a language model that somebody has: `yusuan train labels --base-model`.

The text stream of a LiLT has the layers of a BERT or RoBERTa, name by name (Wang et al. 2022): so weights of
these, or of a LiLT, are where it begins. Chinese ones read glyph by glyph as we do; figures and the marks of
cells, which they do not know, begin as nothing. What is shipped begins from nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from huggingface_hub import snapshot_download
from transformers import AutoConfig, AutoModel, AutoTokenizer

from yusuan.extraction.errors import UsageError
from yusuan.models.label_network import LabelNetwork, LabelShape

# Of the optimizer, at most: what is known already is lost to larger steps.
RATE = 1e-4
_FILES = ("*.json", "*.txt", "*.model", "*.safetensors", "*.md", "LICENSE*")
_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*$", re.DOTALL | re.MULTILINE)
_LICENCE = re.compile(r"^licen[sc]e(?:_name)?:[ \t]*(\S.*)$|^licen[sc]e:\s*\n\s*-\s*(\S.*)$", re.MULTILINE)
_NON_COMMERCIAL = re.compile(r"(?i)\bnc\b|non-?\s?commercial\b")


@dataclass(frozen=True)
class BaseModel:
    """A language model on disk.

    Attributes:
        name: as it was asked for.
        folder: of its files.
        licence: as its card or its licence file says it, None where neither does.
        commercial: whether that allows commercial use, as far as it says.
    """

    name: str
    folder: Path
    licence: str | None
    commercial: bool

    def __str__(self) -> str:
        return f"base model {self.name}, licence: {self.licence or 'not stated, ask its makers'}"


def find_base(name: str, non_commercial: bool = False) -> BaseModel:
    """Return a language model: a local folder, or else a name on the hub, which is asked.

    Args:
        name: of the folder or on the hub.
        non_commercial: whether one may be used whose licence forbids commercial use.

    Raises:
        UsageError: it is nowhere, or its licence is refused.
    """
    folder = Path(name)
    if not folder.is_dir():
        try:
            folder = Path(snapshot_download(name, allow_patterns=list(_FILES)))
        # The hub's client raises classes of several libraries, which share no other base.
        except Exception as error:
            raise UsageError(
                f"{name} is no folder, and the model hub does not give it: {str(error).splitlines()[0]}",
                "give a folder with config.json, the tokenizer and model.safetensors",
            ) from error
    if not (folder / "config.json").is_file():
        raise UsageError(f"{folder} holds no model", "give a folder with config.json and model.safetensors")
    licence, text = _licence_of(folder)
    base = BaseModel(name, folder, licence, not _NON_COMMERCIAL.search(text))
    if not (base.commercial or non_commercial):
        raise UsageError(
            f"{base}: it forbids commercial use, and so would what is trained from it",
            "give --non-commercial if that is right for you",
        )
    return base


def _licence_of(folder: Path) -> tuple[str | None, str]:
    """Return what a licence is called, and all that is said of it."""
    card = folder / "README.md"
    front = _FRONT_MATTER.search(card.read_text("utf-8", "replace")) if card.is_file() else None
    named = [one or two for one, two in _LICENCE.findall(front[1])] if front else []
    files = [path.read_text("utf-8", "replace") for path in sorted(folder.glob("LICENSE*"))]
    lines = [line.strip() for text in files for line in text.splitlines() if line.strip()]
    said = ", ".join(part.strip("\"' ") for part in named) or (lines[0] if lines else None)
    return said, " ".join((*named, *files))


def shape_of(base: BaseModel, shape: LabelShape) -> LabelShape:
    """Return a shape with the width and the text layers of a base model.

    Raises:
        UsageError: a LiLT cannot have its layers.
    """
    config = AutoConfig.from_pretrained(base.folder)
    width, inner = config.hidden_size, config.intermediate_size
    if width % 6 or inner != 4 * width:
        raise UsageError(
            f"{base.name} is {width} wide and {inner} inside: neither BERT nor RoBERTa",
            "give one whose width is a multiple of 6, and a fourth of what it is inside",
        )
    return replace(shape, width=width, heads=config.num_attention_heads, text_layers=config.num_hidden_layers)


def glyphs_of(base: BaseModel) -> list[str]:
    """Return the glyphs that a base model knows."""
    tokens = AutoTokenizer.from_pretrained(base.folder).get_vocab()
    return sorted(token for token in tokens if len(token) == 1)


def begin_with(network: LabelNetwork, base: BaseModel, vocabulary: Mapping[str, int]) -> int:
    """Put the weights of a base model into the text stream of a network; return how many tensors came.

    Args:
        network: new, of the shape that `shape_of` gives.
        base: the model.
        vocabulary: of the network, token → number.
    """
    model = AutoModel.from_pretrained(base.folder, dtype=torch.float32)
    known, own = model.state_dict(), network.text.state_dict()
    taken = {
        name: known[name] for name in own if name in known and own[name].shape == known[name].shape
    } | _embeddings(model, own, base, vocabulary)
    network.text.load_state_dict(taken, strict=False)
    return len(taken)


def _embeddings(
    model: torch.nn.Module, own: Mapping[str, torch.Tensor], base: BaseModel, vocabulary: Mapping[str, int]
) -> dict[str, torch.Tensor]:
    """Return the embeddings whose rows are numbered otherwise here: tokens, positions, kinds of text."""
    words, places, kinds = (
        f"embeddings.{name}_embeddings.weight" for name in ("word", "position", "token_type")
    )
    known = model.state_dict()
    tokenizer = AutoTokenizer.from_pretrained(base.folder)
    numbers = tokenizer.get_vocab()
    tokens = own[words].clone()
    for token, number in vocabulary.items():
        theirs = numbers.get(token, numbers.get(f"▁{token}"))
        if len(token) == 1 and theirs is not None:
            tokens[number] = known[words][theirs]
    # RoBERTa begins to count behind its padding, BERT at 0; here it is 1.
    table = model.get_submodule("embeddings.position_embeddings")
    padding = table.padding_idx if isinstance(table, torch.nn.Embedding) else None
    first = 0 if padding is None else padding + 1
    count = min(len(own[places]) - 1, len(known[places]) - first)
    positions = own[places].clone()
    positions[1 : 1 + count] = known[places][first : first + count]
    return {words: tokens, places: positions, kinds: known[kinds][:1]}
