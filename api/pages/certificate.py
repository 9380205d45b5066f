"""The public certificate page: server-rendered HTML without script, styles and code inline, five states (rules CC4, CC9; faces S22).

At most 16 kB, no personal data, dark mode by the reader's system, prints on one A4. A forged and an unknown code get one and the
same page 查无此码.
"""

from functools import lru_cache
from html import escape

from msgspec.structs import replace

from documents.certificate import TITLE, CertificateView
from documents.codes import qr_path
from documents.palette import INVALID_FRAME, LEVELS, STATES

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

_MARK = (
    '<svg class="mark" viewBox="0 0 56 56" aria-hidden="true"><path fill="var(--b)" fill-rule="evenodd" d="M4 18A14 14 0 0 1 18 4H46'
    "A6 6 0 0 1 52 10V38A14 14 0 0 1 38 52H10A6 6 0 0 1 4 46ZM10.5 18V44.2A1.3 1.3 0 0 0 11.8 45.5H38A7.5 7.5 0 0 0 45.5 38V11.8A1.3 1.3 0 0 0"
    ' 44.2 10.5H18A7.5 7.5 0 0 0 10.5 18Z"/><path fill="#7DB93C" d="M17.5 38.5V28A10.5 10.5 0 0 1 28 17.5H38.5V28A10.5 10.5 0 0 1 28 38.5Z"/>'
    '<path fill="none" stroke="var(--b)" stroke-width="2.2" stroke-linecap="round" d="M20.6 35.4L32.2 23.8"/></svg>'
)
_ICONS = {
    "valid": '<path d="M7.5 12.3l3 3 6-6.3"/>',
    "expired": '<path d="M12 7v5.3l3.4 2"/>',
    "superseded": '<path d="M8 10h8l-2.4-2.6M16 14H8l2.4 2.6"/>',
    "suspended": '<path d="M10 8.8v6.4M14 8.8v6.4"/>',
    "revoked": '<path d="M9 9l6 6M15 9l-6 6"/>',
    "unknown": '<path d="M9.6 9.6a2.5 2.5 0 1 1 3.5 2.3c-.8.4-1.1.9-1.1 1.7M12 16.6v.1"/>',
}

_STYLE = """
:root{--p:#F3F6F5;--s:#fff;--t:#15211F;--t2:#465653;--t3:#5F6E69;--l:#DDE5E2;--l2:#B4C1BD;--b:#0E6070}
*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--p);color:var(--t);font:16px/1.5 "PingFang SC","HarmonyOS Sans SC",MiSans,"Microsoft YaHei","Noto Sans SC","Noto Sans CJK SC",system-ui,sans-serif;font-variant-numeric:tabular-nums lining-nums}
main,header,footer{max-width:560px;margin:0 auto;padding:0 12px}
header{display:flex;align-items:center;gap:8px;padding:14px 18px 10px}header b{font-size:18px}header span{margin-left:auto;color:var(--t3);font-size:14px}
.mark{width:28px;height:28px}
.st{display:flex;gap:14px;background:var(--soft);border-radius:14px;padding:16px 18px;margin-bottom:14px}
.st svg{flex:none;width:30px;height:30px;fill:none;stroke:var(--tone);stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round;margin-top:3px}
.st h1{margin:0;font-size:23px;line-height:1.35;color:var(--tone)}.st p{margin:2px 0 0;color:var(--t2);font-size:14px}
.c{background:var(--s);border:1px solid var(--l);border-radius:16px;padding:7px}.c>div{border:1px solid var(--l2);border-radius:11px;padding:20px 14px 8px}
h2{font:700 24px/1.3 "Noto Serif SC","Noto Serif CJK SC","Source Han Serif SC","Songti SC",STSong,serif;text-align:center;letter-spacing:.16em;margin:0 0 12px;text-indent:.16em}
.n{font-weight:700;text-align:center;font-size:18px;margin:0;overflow-wrap:anywhere}.u{text-align:center;color:var(--t2);margin:2px 0 16px;font-size:14px}
.g{display:flex;align-items:center;justify-content:center;gap:20px;flex-wrap:wrap;margin-bottom:14px}
.f{width:168px;height:168px;padding:8px;background:var(--grade);border-radius:26px 10px;flex:none}
.f svg{display:block;width:100%;height:100%;border-radius:19px 4px;background:#fff}
.v{min-width:118px}.v small{color:var(--t2);font-size:14px;display:block}.v b{display:block;font-size:60px;line-height:1.08;color:var(--gt)}
.v strong{display:block;font-size:19px}
.x .v b{text-decoration:line-through;text-decoration-thickness:3px;color:var(--t3)}
dl{margin:0;border-top:1px solid var(--l)}dl div{display:flex;gap:12px;padding:7px 2px;border-bottom:1px solid var(--l)}dl div:last-child{border:0}
dt{color:var(--t2);flex:none}dd{margin:0 0 0 auto;text-align:right;overflow-wrap:anywhere}
footer{padding:14px 18px 26px;color:var(--t3);font-size:13px}footer p{margin:0 0 5px;overflow-wrap:anywhere}a{color:var(--b)}
details{margin:4px 0}summary{color:var(--b);cursor:pointer}code{font:12px/1.5 ui-monospace,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
sub{font-size:.72em;line-height:0}
@media(prefers-color-scheme:dark){:root{--p:#0D1514;--s:#151F1D;--t:#E7EFEC;--t2:#B3C1BD;--t3:#92A29D;--l:#2A3835;--l2:#40524E;--b:#5CC0CF}
main .st{--tone:var(--toned);--soft:var(--softd)}.c:not(.x) .v b{color:var(--gtd)}}
@media print{@page{size:A4;margin:11mm 24mm}body{background:#fff;font-size:10.5pt;line-height:1.4}main,header,footer{max-width:none;padding:0}header{padding:0 4px 6px}
.c,.st{-webkit-print-color-adjust:exact;print-color-adjust:exact;break-inside:avoid}.st{padding:9px 14px;margin-bottom:9px}.c>div{padding:14px 12px 4px}
.u{margin-bottom:10px}.g{margin-bottom:9px}dl div{padding:4px 2px}footer{padding:8px 4px 0;font-size:9pt}details{display:none}}
""".replace("\n", "")


def _page(title: str, state: str, line: str, notes: list[str], body: str, foot: str, grade: str = "") -> str:
    _, tone, soft, dark, soft_dark = STATES[state]
    said = "".join(f"<p>{n}</p>" for n in notes if n)
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{_STYLE}.st{{--tone:{tone};--soft:{soft};--toned:{dark};--softd:{soft_dark}}}{grade}</style></head><body>"
        f"<header>{_MARK}<b>碳效</b><span>碳效证书核验</span></header><main>"
        f'<section class="st" role="status"><svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="9.4"/>{_ICONS[state]}</svg>'
        f"<div><h1>{line}</h1>{said}</div></section>{body}</main><footer>{foot}</footer></body></html>"
    )


def _co2(text: str) -> str:
    return escape(text).replace("CO₂", "CO<sub>2</sub>").replace("CO2", "CO<sub>2</sub>")


def _list(rows: list[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<div><dt>{escape(k)}</dt><dd>{_co2(v)}</dd></div>" for k, v in rows if v) + "</dl>"


def _rows(view: CertificateView) -> list[tuple[str, str]]:
    shares = ""
    if view.neutrality is not None:
        shares = f"{view.neutrality}%"
        if view.neutrality_own is not None:
            shares += f"（自有 {view.neutrality_own} / 抵消 {view.neutrality_offset or '0.00'}）"
    rows = [
        ("评价周期", view.period),
        ("碳效值 K", f"{view.efficiency}（行业平均 = 1）"),
        ("碳强度 L", f"{view.intensity} tCO₂/万元" + (f"（{view.intensity_level}）" if view.intensity_level else "")),
        ("碳中和率", shares or "—"),
        ("行业", f"{view.industry_code} {view.industry}"),
        ("地区", view.region),
        ("标识前缀", view.identifier_prefix),
        ("碳排放", f"{view.core} tCO₂" if view.core else ""),
        ("工业增加值", f"{view.value_added} 万元" if view.value_added else ""),
        ("数据依据", view.basis_word + (f"（{view.agency}）" if view.agency else "")),
        ("证书编号", view.certificate_no),
        ("有效期", f"{view.issued_on} 至 {view.valid_until}"),
    ]
    return rows


_STATE_ROWS = {
    "expired": ("到期日期", ""),
    "superseded": ("替代日期", ""),
    "suspended": ("暂停日期", "暂停原因"),
    "revoked": ("撤销日期", "撤销原因"),
}


def _reasons(view: CertificateView) -> list[tuple[str, str]]:
    if view.valid:
        return []
    day, why = _STATE_ROWS[view.state]
    rows = [(day, view.state_on or view.valid_until)]
    if why:
        rows.append((why, view.state_reason or "核实中"))
    if view.state in ("revoked", "suspended"):
        rows.append(("作出决定", "平台运营方（两人复核）"))
    return rows


def _notes(view: CertificateView) -> list[str]:
    checked = f"核验于 {escape(view.checked_at)}"
    if not view.signature_ok:
        return ["签名校验未通过，内容可能被改动，请勿采信。", checked]
    if view.valid:
        return [f"签名校验通过 · {checked}"]
    said = {
        "expired": "签名可核，但证书已过有效期",
        "superseded": "签名可核，但已有新证书",
        "suspended": "签名可核，但证书正在核实，暂勿采信",
        "revoked": "签名可核，但证书已失去效力",
    }[view.state]
    newer = ""
    if view.state == "superseded" and view.superseded_url:
        newer = f'<a href="{escape(view.superseded_url)}">查看新证书</a>'
    return [said, newer, checked]


#: Stands for the time of checking in a page kept for the next reader; no text that people typed holds a NUL.
_CHECKED = "\0"


def render_certificate_page(view: CertificateView) -> str:
    """The whole page for a certificate in whatever state it is. Status 200; send with :data:`SECURITY_HEADERS`.

    What differs between two readers of the same certificate in the same state is the time of checking alone, so the rest is kept.
    """
    return _kept(replace(view, checked_at=_CHECKED)).replace(_CHECKED, escape(view.checked_at))


@lru_cache(maxsize=1024)
def _kept(view: CertificateView) -> str:
    tone = LEVELS[view.level - 1]
    state = view.state if view.signature_ok else "revoked"
    live = view.valid and view.signature_ok
    fill = tone.fill if live else INVALID_FRAME
    ink = "#111" if live else "#8a8a8a"
    path, side = qr_path(view.url)
    code = (
        f'<svg viewBox="0 0 {side} {side}" shape-rendering="crispEdges" role="img" aria-label="碳效码"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path fill="{ink}" d="{path}"/></svg>'
    )
    label = f"<small>{escape(view.label)}</small>" if view.label else ""
    figures = (
        f'<div class="g"><div class="f">{code}</div><div class="v"><small>碳效等级</small><b>{escape(view.letter)}</b>'
        f"<strong>{escape(view.word)}</strong><small>{escape(view.level_words)}</small>{label}</div></div>"
    )
    body = (
        f'<section class="c{"" if live else " x"}"><div><h2>{TITLE}</h2><p class="n">{escape(view.company)}</p><p class="u">{escape(view.uscc)}</p>'
        f"{figures}{_list(_reasons(view) + _rows(view))}</div></section>"
    )
    host = view.url.split("//", 1)[-1].split("/", 1)[0]
    line = view.state_words if view.signature_ok else "签名校验未通过，请勿采信"
    grade = f":root{{--grade:{fill};--gt:{tone.text};--gtd:{tone.text_dark}}}"
    return _page(
        f"{view.company} 碳效证书 {view.state_words}", state, line, _notes(view), body, _foot(view, host), grade
    )


def _foot(view: CertificateView, host: str) -> str:
    factors = "、".join(view.factors)
    demo = " · 演示数据" if view.demo else ""
    pdf = f"<p>证书 PDF 的 SHA-256：<code>{escape(view.pdf_sha256)}</code></p>" if view.pdf_sha256 else ""
    year = f"，取 {escape(view.benchmark_period)} 年度" if view.benchmark_period else ""
    return (
        f"<p>基准：{_co2(view.benchmark_label)}，{escape(view.benchmark)} tCO<sub>2</sub>/万元{year}</p>"
        + (f"<p>所用因子：{_co2(factors)}</p>" if factors else "")
        + "<details><summary>如何评级</summary><p>碳效值 K = 扣减后碳排放 ÷（工业增加值 × 行业基准）。K ≤ 0.6 为 1 级（A，效率高），≤ 0.8 为 2 级（B），"
        f"≤ 1.2 为 3 级（C，接近行业平均），≤ 2.0 为 4 级（D），大于 2.0 为 5 级（E）。方法版本 {escape(view.method_version)}。</p></details>"
        f"<details><summary>核验方法</summary><p>请核对地址栏是 <b>{escape(host)}</b>，企业名称、等级和证书编号与纸面一致。离线核验：下载签名文件，用公钥 "
        f"<code>/.well-known/jwks.json</code>（密钥 {escape(view.kid)}）验证。</p>{pdf}</details>"
        f'<p><a href="{escape(view.url)}/proof.jws">下载签名文件</a></p>'
        f"<p>快照 <code>{escape(' '.join(view.snapshot[i : i + 4] for i in range(0, 16, 4)))}</code> · 密钥 <code>{escape(view.kid)}</code>{demo}</p>"
    )


@lru_cache
def render_unknown_page() -> str:
    """The page for a forged and for an unknown code alike. Status 404."""
    notes = ["这个码不是本平台签发的，或已抄写有误。", "请勿据此采信任何等级、报告或证书。"]
    rows = [
        ("如何辨别", "真码的网址与本页地址栏的域名相同，码为 30 位字母和数字"),
        ("抄写核对", "字母 O 与数字 0、字母 I、L 与数字 1 可互换输入"),
        ("仍有疑问", "请向出示证书的企业索取证书编号，并联系平台运营核实"),
    ]
    body = f'<section class="c"><div>{_list(rows)}</div></section>'
    return _page(
        "查无此码", "unknown", "查无此码", notes, body, "<p>碳效证书核验</p>", "dd{text-align:left;margin-left:0}"
    )
