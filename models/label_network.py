"""The network that says what the text of a table's cells means: text, layout and grid together.

Three parts. A LiLT (`transformers`) reads the text of the cells as they follow one another; its layout stream
is given rows and columns in place of pixels, for in a table these are what tells. Then each cell looks at all
others, by how they stand to it: in its rows or above or below, in its columns or to the left or right, near
or far. What a cell learnt there is added to its tokens, which look at their neighbours once more and are
labelled.

Wang et al. 2022 (LiLT); Shaw et al. 2018 (attention by relative position). Needs torch; what is shipped runs
without (`extraction/fields/classifier.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import nn
from torch.nn import functional
from transformers import LiltConfig, LiltModel
from transformers.models.lilt.modeling_lilt import LiltAttention, LiltSelfAttention

# How another cell stands to a cell, along rows and along columns: it overlaps; it comes before, next to it,
# within `NEAR` or further off; it comes behind, likewise.
STANDINGS = 7
NEAR = 3
# Rows and columns that the layout stream tells apart.
PLACES = 128


@dataclass(frozen=True)
class LabelShape:
    """Sizes of the network.

    Attributes:
        width: of all hidden layers; a multiple of 6 and of `heads`.
        heads: of attention.
        text_layers, grid_layers: how many there are.
        dropout: share of values that are left out in training.
    """

    width: int = 144
    heads: int = 4
    text_layers: int = 3
    grid_layers: int = 3
    dropout: float = 0.1


class LabelInputs(NamedTuple):
    """Tables as the network takes them: `S` chunks of `L` tokens, `B` tables of `C` cells.

    Attributes:
        tokens: `(S, L)` int64, chunks of text of all tables.
        hints: `(S, L)` int64, the tag that rules give each.
        owner: `(S, L)` int64, the cell of each, counted over all tables (`table * C + cell`); `B * C` where
            there is none.
        first: `(B, C)` int64, where each cell begins, counted over all chunks; -1 where there is no cell.
        boxes: `(B, C, 4)` int64; rows and columns, see `standings_of`.
        features: `(B, C, features)` float32.
    """

    tokens: torch.Tensor
    hints: torch.Tensor
    owner: torch.Tensor
    first: torch.Tensor
    boxes: torch.Tensor
    features: torch.Tensor


class JointAttention(LiltSelfAttention):
    """The attention of a LiLT, over both of its streams at once.

    The streams add up their scores and share the sum, so one product over what both ask, and over what both
    hold, is the same as two of each stream: a third of the time. No attention is dropped out in training.
    """

    def forward(
        self,
        hidden_states: torch.Tensor,
        layout_inputs: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        output_attentions: bool = False,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what tokens `(S, L, width)` and their places `(S, L, width / ratio)` see in each other."""
        ratio = self.channel_shrink_ratio
        sizes = (self.attention_head_size, self.attention_head_size // ratio)

        def joined(text: nn.Module, layout: nn.Module, *scales: float) -> torch.Tensor:
            parts = (
                self.transpose_for_scores(text(hidden_states)),
                self.transpose_for_scores(layout(layout_inputs), r=ratio),
            )
            return torch.cat([part * scale for part, scale in zip(parts, scales, strict=True)], -1)

        seen = functional.scaled_dot_product_attention(
            joined(self.query, self.layout_query, *(size**-0.5 for size in sizes)),
            joined(self.key, self.layout_key, 1.0, 1.0),
            joined(self.value, self.layout_value, 1.0, 1.0),
            attn_mask=attention_mask,
            scale=1.0,
        )
        text, layout = seen.transpose(1, 2).split(sizes, -1)
        return text.flatten(2), layout.flatten(2)


class GridLayer(nn.Module):
    """Cells look at cells; how these stand to one another weighs as what they say does."""

    def __init__(self, shape: LabelShape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.norm = nn.LayerNorm(shape.width)
        self.ask = nn.Linear(shape.width, 3 * shape.width)
        self.tell = nn.Linear(shape.width, shape.width)
        self.standing = nn.Embedding(STANDINGS * STANDINGS, shape.heads)
        self.wide = nn.Sequential(
            nn.LayerNorm(shape.width),
            nn.Linear(shape.width, 4 * shape.width),
            nn.GELU(),
            nn.Linear(4 * shape.width, shape.width),
        )
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, cells: torch.Tensor, standings: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        """Return cells `(B, C, width)`.

        Args:
            cells: of the same shape.
            standings: `(B, C, C)`, how each column stands to each row.
            hidden: `(B, C)`, true where there is no cell.
        """
        batch, count, width = cells.shape
        parts = self.ask(self.norm(cells)).view(batch, count, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        bias = self.standing(standings).permute(0, 3, 1, 2)
        bias = bias.masked_fill(hidden[:, None, None, :], -1e4)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        cells = cells + self.drop(self.tell(seen.transpose(1, 2).reshape(batch, count, width)))
        return cells + self.drop(self.wide(cells))


def standings_of(boxes: torch.Tensor) -> torch.Tensor:
    """Return how the cells of tables stand to one another.

    Args:
        boxes: `(B, C, 4)`: first column, first row, last column, last row, last ones exclusive.

    Returns:
        `(B, C, C)` int64 in 0..`STANDINGS`²; at `[b, i, j]` how `j` stands to `i`.
    """

    def along(low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
        before = low[:, :, None] - high[:, None, :]  # how far the end of j is before the beginning of i
        behind = low[:, None, :] - high[:, :, None]
        step = torch.zeros_like(before)
        for gap, at in ((before, 1), (behind, 4)):
            kind = at + (gap > 0).long() + (gap >= NEAR).long()
            step = torch.where(gap >= 0, kind, step)
        return step

    rows = along(boxes[:, :, 1], boxes[:, :, 3])
    return rows * STANDINGS + along(boxes[:, :, 0], boxes[:, :, 2])


class LabelNetwork(nn.Module):
    """Tables to the tags of their tokens."""

    def __init__(self, shape: LabelShape, tokens: int, features: int, tags: int, chunk: int) -> None:
        """Make a network that knows nothing.

        Args:
            shape: its sizes.
            tokens: in the vocabulary; the first one is padding.
            features: of a cell.
            tags: of a token.
            chunk: most tokens that are read together.
        """
        super().__init__()
        self.shape = shape
        config = LiltConfig(
            vocab_size=tokens,
            hidden_size=shape.width,
            num_hidden_layers=shape.text_layers,
            num_attention_heads=shape.heads,
            intermediate_size=4 * shape.width,
            hidden_dropout_prob=shape.dropout,
            attention_probs_dropout_prob=0.0,
            max_position_embeddings=chunk + 2,
            max_2d_position_embeddings=PLACES + 1,
            channel_shrink_ratio=4,
            pad_token_id=0,
            type_vocab_size=1,
        )
        self.text = LiltModel(config, add_pooling_layer=False)
        for layer in self.text.encoder.layer:
            joint, own = JointAttention(config), cast(LiltAttention, layer.attention)
            joint.load_state_dict(own.self.state_dict())
            own.self = joint
        self.hints = nn.Embedding(tags, shape.width, padding_idx=0)
        self.features = nn.Linear(features, shape.width)
        self.grid = nn.ModuleList(GridLayer(shape) for _ in range(shape.grid_layers))
        self.told = nn.Linear(shape.width, shape.width)
        self.again = nn.TransformerEncoderLayer(
            shape.width,
            shape.heads,
            2 * shape.width,
            shape.dropout,
            "gelu",
            batch_first=True,
            norm_first=True,
        )
        self.again.self_attn.dropout = 0.0
        self.norm = nn.LayerNorm(shape.width)
        self.head = nn.Linear(shape.width, tags)

    def forward(self, tables: LabelInputs) -> torch.Tensor:
        """Return logits `(S, L, tags)`."""
        hidden, _ = self.contexts(tables)
        return self.head(hidden)

    def contexts(self, tables: LabelInputs) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what is known of tokens `(S, L, width)` and of cells `(B, C, width)`."""
        tokens, hints, owner, first, boxes, features = tables
        batch, count = first.shape
        there = first >= 0
        flat_boxes = torch.cat([boxes.reshape(-1, 4), boxes.new_zeros(1, 4)])
        flat_first = torch.cat([first.reshape(-1), first.new_zeros(1)])
        places = torch.arange(tokens.numel(), device=tokens.device).view_as(tokens)
        position = (places - flat_first[owner]).clamp(0, tokens.shape[1] - 1) + 1
        mask = owner < batch * count
        read = self.text(
            inputs_embeds=self.text.embeddings.word_embeddings(tokens) + self.hints(hints),
            bbox=flat_boxes[owner].clamp(0, PLACES - 1),
            attention_mask=mask.long(),
            position_ids=position * mask,
        ).last_hidden_state
        cells = read.reshape(-1, read.shape[-1])[first.clamp(min=0).reshape(-1)].view(batch, count, -1)
        cells = cells + self.features(features)
        standings = standings_of(boxes)
        for layer in self.grid:
            cells = layer(cells, standings, ~there)
        flat_cells = torch.cat([cells.reshape(batch * count, -1), cells.new_zeros(1, cells.shape[-1])])
        known = read + self.told(flat_cells)[owner]
        seen = self.again(known, src_key_padding_mask=~mask)
        return self.norm(seen), cells
