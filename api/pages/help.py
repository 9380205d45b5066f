"""Public texts as pages under /help: server-rendered, no script, the look of the certificate page (faces 4.3)."""

from functools import lru_cache
from html import escape

from core.settings import ROOT, settings
from knowledge import Block, PublicText, Span, TextLine

HEADERS = {
    "Cache-Control": "public, max-age=60",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

_STYLE = """
:root{--p:#F3F6F5;--s:#fff;--t:#15211F;--t2:#465653;--t3:#5F6E69;--l:#DDE5E2;--b:#0E6070}
*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--p);color:var(--t);font:16px/1.7 "PingFang SC","HarmonyOS Sans SC",MiSans,"Microsoft YaHei","Noto Sans SC","Noto Sans CJK SC",system-ui,sans-serif;font-variant-numeric:tabular-nums lining-nums}
header,nav,main,footer{max-width:720px;margin:0 auto;padding:0 12px}
header{display:flex;align-items:center;gap:8px;padding:14px 18px 6px}header a{display:flex;align-items:center;gap:8px;color:inherit;text-decoration:none;min-height:44px}header b{font-size:18px}header span{margin-left:auto;color:var(--t3);font-size:14px}
.mark{width:28px;height:28px}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:0;padding:0 6px 10px}nav a{display:inline-flex;align-items:center;min-height:44px;text-decoration:none}
nav [aria-current]{color:var(--t);font-weight:700}
main>article{background:var(--s);border:1px solid var(--l);border-radius:16px;padding:22px 20px 20px}
h1{font-size:24px;line-height:1.35;margin:0}h2{font-size:18px;line-height:1.5;margin:26px 0 6px}h3{font-size:16px;margin:18px 0 4px}
p{margin:8px 0}ul,ol{margin:8px 0;padding-left:1.4em}li{margin:4px 0}.w{color:var(--t2);font-size:14px;margin:4px 0 0}
.demo{color:var(--t2);font-size:14px;margin:0;padding:0 18px 6px;max-width:720px;margin:0 auto}
a{color:var(--b)}a:focus-visible{outline:2px solid var(--b);outline-offset:2px}
footer{padding:14px 18px 28px;color:var(--t3);font-size:13px;overflow-wrap:anywhere}footer p{margin:0 0 4px}code{font:12px/1.5 ui-monospace,Consolas,"DejaVu Sans Mono",monospace}
sub{font-size:.72em;line-height:0}article{overflow-wrap:anywhere}
@media(prefers-color-scheme:dark){:root{--p:#0D1514;--s:#151F1D;--t:#E7EFEC;--t2:#B3C1BD;--t3:#92A29D;--l:#2A3835;--b:#5CC0CF}}
.mark [fill="#0E6070"]{fill:var(--b)}.mark [stroke]{stroke:var(--b)}
@media print{nav{display:none}body{background:#fff}main>article{border:0;padding:0}}
""".replace("\n", "")


def render_text_page(text: PublicText, others: list[TextLine]) -> str:
    """The page of one text with the way to the others."""
    first = f"{text.effective.isoformat()} 起施行" if text.kind == "agreement" else f"{text.effective.isoformat()} 起"
    newer = f"。新版本自 {text.upcoming.isoformat()} 起施行" if text.upcoming else ""
    body = f'<h1>{escape(text.title)}</h1><p class="w">版本 {text.version} · {first}{newer}</p>{_blocks(text.blocks)}'
    return _page(text.title, body, others, text.slug, f"<p>本版本校验值 SHA-256：<code>{escape(text.sha256)}</code></p>")


def render_contents_page(texts: list[TextLine]) -> str:
    """What there is to read."""
    listed = "".join(f'<li><a href="/help/{escape(t.slug)}">{escape(t.title)}</a></li>' for t in texts)
    body = f"<h1>说明与帮助</h1><ul>{listed}</ul>" if texts else "<h1>说明与帮助</h1><p>还没有发布任何说明。</p>"
    return _page("说明与帮助", body, [], "", "")


def render_missing_page(texts: list[TextLine]) -> str:
    """The page of an address that has no text. Status 404."""
    return _page("没有这篇说明", "<h1>没有这篇说明</h1><p>地址可能抄写有误，或这篇说明还没有发布。请从上方选择。</p>", texts, "", "")


def _page(title: str, body: str, texts: list[TextLine], here: str, foot: str) -> str:
    links = "".join(
        f'<li><a href="/help/{escape(t.slug)}"{" aria-current=page" if t.slug == here else ""}>{escape(t.title)}</a></li>' for t in texts
    )
    demo = '<p class="demo">演示环境：企业与数据均为虚构</p>' if settings.demo else ""
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)} · 碳效</title><style>{_STYLE}</style></head><body>'
        f'<header><a href="/">{_mark()}<b>碳效</b></a><span>企业碳管理与碳效评价平台</span></header>{demo}'
        + (f'<nav aria-label="说明"><ul>{links}</ul></nav>' if links else "")
        + f"<main><article>{body}</article></main><footer><p>服务热线 {escape(settings.hotline)}</p>{foot}</footer></body></html>"
    )


def _blocks(blocks: tuple[Block, ...]) -> str:
    return "".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    lines = [_spans(item) for item in block.items]
    if block.kind == "heading":
        return f"<h{block.level}>{lines[0]}</h{block.level}>"
    if block.kind == "paragraph":
        return f"<p>{lines[0]}</p>"
    tag = "ul" if block.kind == "list" else "ol"
    return f"<{tag}>{''.join(f'<li>{line}</li>' for line in lines)}</{tag}>"


def _spans(spans: tuple[Span, ...]) -> str:
    made = []
    for span in spans:
        words = escape(span.text).replace("CO2", "CO<sub>2</sub>").replace("CO₂", "CO<sub>2</sub>")
        if span.href:
            words = f'<a href="{escape(span.href)}">{words}</a>'
        made.append(f"<strong>{words}</strong>" if span.strong else words)
    return "".join(made)


@lru_cache
def _mark() -> str:
    mark = ROOT / "static" / "art" / "logo-mark.svg"
    return mark.read_text("utf-8").replace("<svg ", '<svg class="mark" aria-hidden="true" ', 1) if mark.exists() else ""
