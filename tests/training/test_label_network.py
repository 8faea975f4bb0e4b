"""The label network computes what the LiLT of transformers computes, only sooner."""

from __future__ import annotations

import torch
from transformers import LiltConfig
from transformers.models.lilt.modeling_lilt import LiltSelfAttention

from yusuan.models.label_network import JointAttention


def test_attention_over_both_streams_at_once_is_that_of_a_lilt() -> None:
    torch.manual_seed(1)
    config = LiltConfig(hidden_size=24, num_attention_heads=2, channel_shrink_ratio=4)
    theirs = LiltSelfAttention(config).eval()
    ours = JointAttention(config).eval()
    ours.load_state_dict(theirs.state_dict())
    text, layout = torch.randn(3, 10, 24), torch.randn(3, 10, 6)
    mask = torch.zeros(3, 1, 1, 10)
    mask[1, ..., 6:] = torch.finfo(torch.float32).min
    with torch.no_grad():
        for seen, expected in zip(ours(text, layout, mask), theirs(text, layout, mask), strict=True):
            torch.testing.assert_close(seen, expected, atol=1e-5, rtol=1e-4)
