"""The render service: Typst papers, page pictures and drawn images in spawned processes, never on the event loop.

One :class:`Renderer` per server process (``start``/``stop`` with it). A pool is replaced after ``RECYCLE`` papers a process (Typst
keeps a cache that has no eviction call), when a child dies, and when a paper takes longer than ``SECONDS``.
"""

import asyncio
import json
import multiprocessing
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from core.errors import Unavailable
from core.settings import ROOT, settings
from documents import fonts
from documents.reading import PageText, read_page
from documents.word import Word, build

STANDARDS: list[Any] = ["a-2a", "ua-1"]
RECYCLE = 200
SECONDS = 20.0
#: More than this many papers waiting a process and the next one is refused (503): a queue that long outlives its readers.
QUEUE = 12
_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed', re.S)

T = TypeVar("T")


class TemplateFault(RuntimeError):
    """A template or its data is wrong: a fault of ours, with Typst's own words (file, line, hint)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What a child answers instead of a paper; exceptions of the compiler do not travel between processes."""

    characters: str
    message: str


_child: dict[str, Any] = {}


def templates() -> dict[str, Path]:
    """Every template of every room by file name (``<room>/templates/*.typ``)."""
    found: dict[str, Path] = {}
    for path in sorted(ROOT.glob("*/templates/*.typ")):
        if path.name in found:
            raise TemplateFault(
                f"{path.name} exists twice: {found[path.name].parent.parent.name}, {path.parent.parent.name}"
            )
        found[path.name] = path
    return found


def _begin(root: str) -> None:
    """Start of a child: fonts are read once. ``root`` holds templates and art only, so a template can read nothing else."""
    import typst

    _child["root"] = root
    _child["fonts"] = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(d) for d in fonts.folders()]
    )
    _child["families"] = json.dumps(fonts.families())


def _compile(template: str, data: str, stamp: int, format: Any, ppi: float) -> Any:
    import typst

    compiler = typst.Compiler(
        input=f"{_child['root']}/{template}.typ",
        root=_child["root"],
        font_paths=_child["fonts"],
        sys_inputs={"data": data, "fonts": _child["families"]},
    )
    when = datetime.fromtimestamp(stamp, UTC)
    standards = STANDARDS if format == "pdf" else []
    try:
        made, notes = compiler.compile_with_warnings(format=format, ppi=ppi, pdf_standards=standards, timestamp=when)
    except typst.TypstError as error:
        missing = "".join(dict.fromkeys("".join(_GLYPH.findall(error.diagnostic))))
        return Failure(missing, error.diagnostic)
    if notes:
        warnings.warn(f"{template}: {notes[0].diagnostic}", stacklevel=1)
        _child["warnings"] = [n.diagnostic for n in notes]
    return made


def _pdf(template: str, data: str, stamp: int) -> bytes | Failure:
    made = _compile(template, data, stamp, "pdf", 144)
    return made if isinstance(made, Failure) else bytes(made)


def _png(template: str, data: str, stamp: int, ppi: float) -> list[bytes] | Failure:
    made = _compile(template, data, stamp, "png", ppi)
    if isinstance(made, Failure):
        return made
    return [bytes(p) for p in made] if isinstance(made, list) else [bytes(made)]


def _page(pdf: bytes, number: int, width: int) -> tuple[bytes, int]:
    """One page of a finished paper as PNG and how many pages there are."""
    import io

    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    pages = len(document)
    if not 1 <= number <= pages:
        return b"", pages
    page = document[number - 1]
    picture = page.render(scale=width / page.get_width()).to_pil()
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue(), pages


_COMMON = (
    "企业低碳等级报告碳效评价证书基本信息生产经营能源消费碳排放强度与等级数据质量附录计算公式明细声明年度月份合计直接间接过程电力天然气热力油品煤"
    "广东省市区有限公司统一社会信用代码所属行业地址法定代表人联系报告编号日期快照第页共因四舍五入可能略有差异，。：（）×÷−=%0123456789.tCOeMWhGJ"
)


def _warm() -> None:
    """The first papers of a child pay for reading the faces; let an empty one pay."""
    import typst

    sans, song = (
        json.dumps(names, ensure_ascii=False).strip("[]") for names in json.loads(_child["families"]).values()
    )
    styles = "".join(f"#text(font: ({sans},), weight: {w})[{_COMMON}]\n\n" for w in (400, 500, 700))
    text = (
        f'#set document(title: "x")\n#set text(lang: "zh")\n{styles}#text(font: ({song},))[{_COMMON}]\n#table([a], [b])'
    )
    typst.Compiler(input=text.encode(), font_paths=_child["fonts"]).compile(format="pdf", pdf_standards=STANDARDS)


class Renderer:
    """Processes that make papers. ``await start()`` once, ``await stop()`` at the end."""

    def __init__(
        self, processes: int | None = None, *, recycle: int = RECYCLE, seconds: float = SECONDS, warm: bool = True
    ) -> None:
        self.processes = processes or settings.render_processes
        self.recycle = recycle * self.processes
        self.seconds = seconds
        self._pool: ProcessPoolExecutor | None = None
        self._root: str | None = None
        self.warm = warm
        self._made = 0
        self._waiting = 0
        self._reading: asyncio.Future[str] | None = None

    async def start(self) -> None:
        """Copy the templates aside and start the children (they warm up while the server goes on)."""
        if self._root is None:
            root = tempfile.mkdtemp(prefix="tanxiao-papers-")
            for path in templates().values():
                shutil.copy(path, root)
            for path in (Path(__file__).parent / "art").glob("*.svg"):
                shutil.copy(path, root)
            self._root = root
            # the coverage tables take a moment to read; not on the first reader's time
            self._reading = asyncio.ensure_future(asyncio.to_thread(fonts.missing_characters, ""))
        self._open()

    async def stop(self) -> None:
        """End the children and remove the copies."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.shutdown(wait=False, cancel_futures=True)
            for child in list((getattr(pool, "_processes", None) or {}).values()):
                child.terminate()
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None

    @property
    def waiting(self) -> int:
        """Renderings that wait for a process."""
        return self._waiting

    def _open(self) -> ProcessPoolExecutor:
        assert self._root is not None, "await renderer.start() first"
        self._pool = ProcessPoolExecutor(
            self.processes, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(self._root,)
        )
        self._made = 0
        for _ in range(self.processes if self.warm else 0):
            self._pool.submit(_warm)
        return self._pool

    def _replace(self, old: ProcessPoolExecutor, kill: bool = False) -> None:
        if self._pool is not old:
            return
        self._open()
        children = list((getattr(old, "_processes", None) or {}).values())
        old.shutdown(wait=False, cancel_futures=kill)
        if kill:
            for child in children:
                child.kill()

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run a module-level function in a child.

        A child that died is replaced once; one that hangs is killed. Raises Unavailable (503): RENDER_BUSY, RENDER_TIMEOUT,
        RENDER_UNAVAILABLE.
        """
        if self._waiting >= QUEUE * self.processes:
            raise Unavailable("正在生成的文件较多，请稍后重试。", code="RENDER_BUSY")
        self._waiting += 1
        try:
            return await self._run(work, *arguments)
        finally:
            self._waiting -= 1

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        for attempt in (1, 2):
            pool = self._pool or self._open()
            self._made += 1
            try:
                answer = await asyncio.wait_for(asyncio.wrap_future(pool.submit(work, *arguments)), self.seconds)
            except BrokenProcessPool:
                self._replace(pool)
                if attempt == 2:
                    raise Unavailable("文件暂时没有生成，数据没有丢，请稍后重试。", code="RENDER_UNAVAILABLE") from None
                continue
            except TimeoutError:
                self._replace(pool, kill=True)
                raise Unavailable("文件生成超时，数据没有丢，请稍后重试。", code="RENDER_TIMEOUT") from None
            if self._made >= self.recycle:
                self._replace(pool)
            return answer
        raise AssertionError

    async def render_pdf(self, template: str, data: Mapping[str, Any], when: datetime) -> bytes:
        """A PDF/A-2a + UA-1 paper; the same data and time give the same bytes.

        Raises Invalid (GLYPH_MISSING) naming a character that no face has; TemplateFault when the template is wrong.
        """
        text = paper_json(data)
        return _good(await self.run(_pdf, template, text, int(when.timestamp())), template, data)

    async def word(self, content: Word) -> bytes:
        """A Word file (:mod:`documents.word`); the same content gives the same bytes."""
        return await self.run(build, content)

    async def render_png_pages(
        self, template: str, data: Mapping[str, Any], when: datetime, ppi: float = 144
    ) -> list[bytes]:
        """The same paper as one PNG a page (no PDF profile: a missing character is only refused by ``check_drawable``)."""
        return _good(await self.run(_png, template, paper_json(data), int(when.timestamp()), ppi), template, data)

    async def page_png(self, pdf: bytes, number: int, width: int = 1240) -> tuple[bytes, int]:
        """Page ``number`` (from 1) of a finished paper, ``width`` pixels wide, and the count of pages; empty bytes past the end."""
        return await self.run(_page, pdf, number, width)

    async def page_text(self, pdf: bytes, number: int) -> PageText:
        """What page ``number`` (from 1) of a finished paper says, with structure and places."""
        return await self.run(read_page, pdf, number)


def paper_json(data: Mapping[str, Any]) -> str:
    """Data as a template reads them."""
    return json.dumps(data, ensure_ascii=False, default=str)


def _good(made: T | Failure, template: str, data: Mapping[str, Any]) -> T:
    if not isinstance(made, Failure):
        return made
    if not made.characters:
        raise TemplateFault(f"{template}: {made.message}")
    company = (
        str((data.get("company") or {}).get("name", ""))
        if isinstance(data.get("company"), Mapping)
        else str(data.get("company", ""))
    )
    in_name = any(c in company for c in made.characters)
    raise fonts.refuse_missing(made.characters, "企业名称" if in_name else "填报内容")


_service: dict[str, Renderer] = {}


def use_renderer(renderer: Renderer) -> None:
    """Name the process's render service; wiring calls this once."""
    _service["renderer"] = renderer


def renderer() -> Renderer:
    """The process's render service. Raises Unavailable when none was started."""
    found = _service.get("renderer")
    if found is None:
        raise Unavailable("文件服务还没有启动，请稍后重试。", code="RENDER_UNAVAILABLE")
    return found
