"""The platform's public home: what it is, check a certificate, sign in. Server-rendered, no script."""

from html import escape

from core.settings import ROOT, settings

CONSOLE = ROOT / "static" / "console" / "index.html"

PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>碳效 · 企业碳管理与碳效评价平台</title><style>
:root{{color-scheme:light dark;--page:#f3f6f5;--card:#fff;--ink:#15211f;--soft:#4a5a57;--brand:#0e6070;--line:#d9e2e0}}
@media(prefers-color-scheme:dark){{:root{{--page:#0f1716;--card:#182322;--ink:#e7efed;--soft:#a9bab6;--brand:#5cb8c9;--line:#2b3a38}}}}
*{{box-sizing:border-box}}body{{margin:0;background:var(--page);color:var(--ink);font:16px/1.6 -apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}}
main{{max-width:640px;margin:0 auto;padding:48px 16px}}h1{{font-size:28px;line-height:36px;margin:16px 0 4px}}p{{margin:8px 0;color:var(--soft)}}
section{{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:20px;margin:16px 0}}h2{{font-size:18px;margin:0 0 8px}}
a.go{{display:inline-block;background:var(--brand);color:#fff;border-radius:8px;padding:10px 20px;text-decoration:none}}
@media(prefers-color-scheme:dark){{a.go{{color:#08201f}}}}input{{font:inherit;padding:9px 12px;border:1px solid #80918d;border-radius:8px;width:100%;background:var(--card);color:var(--ink);letter-spacing:.04em}}
button{{font:inherit;padding:9px 18px;border-radius:8px;border:1px solid var(--brand);background:none;color:var(--brand);margin-top:10px;min-height:44px}}
.demo{{background:#fdf4d3;color:#5a4600;border-radius:8px;padding:8px 12px;display:inline-block}}code{{font-size:14px}}</style></head><body><main>
{mark}<h1>碳效</h1><p>企业碳管理与碳效评价平台{city}</p>{demo}
<section><h2>登录</h2><p>{sign_in}</p></section>
<section><h2>核验证书</h2><p>输入碳效码下方的 30 位字符，或直接扫描二维码。</p>
<form action="/check" method="get"><label for="code">碳效码</label><input id="code" name="code" maxlength="40" required autocomplete="off" spellcheck="false">
<button>核验</button></form></section>
<section><h2>怎样评级</h2><p>碳效值 K = 企业碳强度 ÷ 同行业基准。K 不超过 0.6 为 A（效率高），0.8 为 B，1.2 为 C，2.0 为 D，更高为 E。每个数字都能查看公式、因子和来源文件。</p></section>
<p>服务热线 {hotline} · 接口文档 <a href="/openapi.json">openapi.json</a></p></main></body></html>"""


def front_page() -> str:
    """The page; says how to build the console when its build is missing."""
    mark = ROOT / "static" / "art" / "logo-mark.svg"
    return PAGE.format(
        mark=mark.read_text("utf-8").replace("<svg ", '<svg width="56" height="56" ', 1) if mark.exists() else "",
        city=f" | {escape(settings.city_name)}" if settings.city_name else "",
        demo='<p class="demo">演示环境：数据均为虚构</p>' if settings.demo else "",
        sign_in='<a class="go" href="/console/">进入控制台</a> <a href="/m/">手机端</a>' if CONSOLE.exists() else missing_console(),
        hotline=escape(settings.hotline),
    )


def missing_console() -> str:
    """What stands where the console would: how to make it."""
    return "控制台页面尚未构建。请在项目目录运行 <code>make web</code>，完成后刷新本页；接口不受影响。"


def missing_phone() -> str:
    """What stands where the phone's pages would: how to make them."""
    return "手机端页面尚未构建。请在项目目录运行 <code>make phone</code>，完成后刷新本页；接口与控制台不受影响。"
