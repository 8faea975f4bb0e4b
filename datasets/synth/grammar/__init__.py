"""Grammars of synthetic pages: layouts that real bodies use, drawn with random columns, words and figures."""

from yusuan.datasets.synth.grammar.layouts import LAYOUTS, draw_source

__all__ = ["LAYOUTS", "draw_source"]
