"""A small part of Markdown, read into blocks that every face draws with its own elements.

Known: ``## heading``, ``### smaller heading``, paragraphs, ``- item``, ``1. item``, ``**strong**`` and ``[words](address)`` with an
address that starts with ``https://``, ``/`` or ``tel:``. Anything else is plain text: HTML is shown as it was typed, never obeyed.
"""

import re
from dataclasses import dataclass
from typing import Literal

from core.errors import FieldError

Kind = Literal["heading", "paragraph", "list", "steps"]
LINE_LIMIT = 2000

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"[-*]\s+(.*)")
_STEP = re.compile(r"\d{1,3}[.、]\s*(.*)")
_INLINE = re.compile(r"\*\*(?P<strong>[^*\n]+)\*\*|\[(?P<words>[^\]\n]+)\]\((?P<href>[^)\s]*)\)")
_ADDRESS = re.compile(r"https://[^\s<>\"'\\]+|/(?![/\\])[^\s<>\"'\\]*|tel:[0-9+-]{3,20}")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of words; ``href`` is a safe address or empty."""

    text: str
    strong: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (level 2 or 3), a paragraph, a list or numbered steps; ``items`` holds one run of spans per line of it."""

    kind: Kind
    items: tuple[tuple[Span, ...], ...]
    level: int = 0


def parse(text: str) -> tuple[Block, ...]:
    """The blocks of a text. Every input has some; nothing is refused here (:func:`faults` does that for editors)."""
    blocks: list[Block] = []
    run: list[tuple[Span, ...]] = []
    kind: Kind | None = None

    def end() -> None:
        nonlocal kind
        if run and kind:
            blocks.append(Block(kind, tuple(run)))
        run.clear()
        kind = None

    for line in (raw.strip() for raw in text.splitlines()):
        heading, item, step = _HEADING.fullmatch(line), _ITEM.fullmatch(line), _STEP.fullmatch(line)
        if heading:
            end()
            blocks.append(Block("heading", (spans(heading[2]),), 2 if len(heading[1]) <= 2 else 3))
        elif item or step:
            wanted: Kind = "list" if item else "steps"
            if kind != wanted:
                end()
            kind = wanted
            run.append(spans((item or step)[1]))  # type: ignore[index]
        elif line:
            end()
            blocks.append(Block("paragraph", (spans(line),)))
        elif kind is not None:
            end()
    end()
    return tuple(blocks)


def spans(line: str) -> tuple[Span, ...]:
    """The runs of one line. A link with an address that is not allowed keeps its words and loses the address."""
    found: list[Span] = []
    at = 0
    for hit in _INLINE.finditer(line):
        if hit.start() > at:
            found.append(Span(line[at : hit.start()]))
        if hit["strong"] is not None:
            found.append(Span(hit["strong"], strong=True))
        else:
            found.append(Span(hit["words"], href=hit["href"] if _ADDRESS.fullmatch(hit["href"]) else ""))
        at = hit.end()
    if at < len(line):
        found.append(Span(line[at:]))
    return tuple(found)


def faults(text: str, path: str = "text") -> list[FieldError]:
    """What an editor has to put right, with the line: an address that is not allowed, HTML, a line that is too long."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for hit in _INLINE.finditer(line):
            if hit["href"] is not None and not _ADDRESS.fullmatch(hit["href"]):
                found.append(
                    FieldError(path, "LINK", f"第 {number} 行的链接不能用：地址须以 https:// 、/ 或 tel: 开头。")
                )
        if re.search(r"</?[a-zA-Z][^>]*>", line):
            found.append(FieldError(path, "HTML", f"第 {number} 行含有 HTML 标签，公开页面会原样显示。请改用 ## 、- 、** 等写法。"))
        if len(line) > LINE_LIMIT:
            found.append(FieldError(path, "LONG_LINE", f"第 {number} 行超过 {LINE_LIMIT} 字，请分成几段。"))
    return found[:20]
