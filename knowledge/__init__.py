"""Public texts 公开文本: what the platform says to everybody, in versions; two persons publish, nobody changes what was published.

Vocabulary: slug 代号 · draft 草稿 · propose 提请发布 · publish 发布 · give back 退回修改 · version 版本 · effective 生效日 · block 段落块.

A text is written in a small part of Markdown (:mod:`knowledge.blocks`) and shown as blocks, so no face ever shows HTML that an
editor typed. ``sha256`` is that of the text's UTF-8 bytes: a consent names it (ID-P6).
"""

from knowledge.blocks import Block, Span, parse
from knowledge.texts import (
    SLUGS,
    DeskText,
    PublicText,
    TextDraft,
    TextLine,
    TextVersion,
    current,
    decide_text,
    desk_text,
    desk_texts,
    drop_draft,
    list_current,
    load_reference,
    of_version,
    save_draft,
)

__all__ = [
    "SLUGS",
    "Block",
    "DeskText",
    "TextDraft",
    "PublicText",
    "Span",
    "TextLine",
    "TextVersion",
    "current",
    "decide_text",
    "desk_text",
    "desk_texts",
    "drop_draft",
    "list_current",
    "load_reference",
    "of_version",
    "parse",
    "save_draft",
]
