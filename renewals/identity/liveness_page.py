"""What a phone sees at the liveness stand-in: a drawn face, the prompts one by one, and the testers' buttons.

Chinese only, no scripts, no camera. The real service's page looks otherwise; ours never shows it inside a frame.
"""

import html
import re
from typing import Protocol

from aiohttp import web

from renewals.identity.liveness import LivenessAnswer, LivenessOutcome

PATH = "/liveness/"
STYLE_PATH = "/liveness.css"
ADDRESS = re.compile(r"https?://[^\s\"'<>]{3,300}")
PROMPTS = ("请正对镜头", "请眨眼", "请向左转头")
_HEADERS = {
    # form-action: the last form of this page leads back to the hall by a link, never by a redirect
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_STYLE = """
body { font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; margin: 0;
  background: #10151c; color: #f3f4f6 }
main { max-width: 24rem; margin: 0 auto; padding: 1.25rem 1rem 2rem }
h1 { font-size: 1rem; margin: 0 0 1rem; font-weight: 600; text-align: center }
.frame { display: block; width: min(15rem, 70vw); aspect-ratio: 1; margin: 0 auto; border-radius: 50%;
  background: #2b3a4d; border: 4px solid #58a6ff }
.frame svg { display: block; width: 100%; height: 100% }
.prompt { font-size: 1.5rem; font-weight: 600; text-align: center; margin: 1rem 0 .25rem }
.count, .note { color: #c9d1d9; font-size: .875rem; text-align: center; margin: .25rem 0 1rem }
form { display: grid; gap: .75rem }
button, .button { font: inherit; padding: .75rem; border-radius: 8px; border: 1px solid #8b949e; background: #1f2937;
  color: inherit; cursor: pointer; text-align: center; text-decoration: none; display: block }
.main { background: #1f6feb; border-color: #1f6feb; color: #fff }
fieldset { border: 1px dashed #6e7681; border-radius: 8px; display: grid; gap: .5rem; margin: 1.5rem 0 0 }
legend { font-size: .875rem; padding: 0 .25rem }
:focus-visible { outline: 3px solid #fff; outline-offset: 2px }
"""
_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>活体检测</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/liveness.css"></head>
<body><main><h1>活体检测 · 沙箱</h1>{content}
<p class="note">这是开发用的模拟页面：不打开摄像头，不采集也不保存人脸。</p></main></body></html>"""
_FACE = (
    '<div class="frame"><svg viewBox="0 0 100 100" role="img" aria-label="模拟的摄像头画面">'
    '<path d="M18 100c2-20 16-26 32-26s30 6 32 26z" fill="#5b7699"/><ellipse cx="50" cy="46" rx="22" ry="27" '
    'fill="#e8c9a8"/><path d="M28 42c-2-24 46-28 44 0-6-14-36-16-44 0z" fill="#2d2117"/>{eyes}'
    '<path d="M43 60q7 5 14 0" stroke="#8a4b3a" stroke-width="2" fill="none"/></svg></div>'
)
_OPEN = '<circle cx="42" cy="46" r="2.5" fill="#111"/><circle cx="58" cy="46" r="2.5" fill="#111"/>'
_SHUT = '<path d="M39 46h6M55 46h6" stroke="#111" stroke-width="2"/>'
_ASIDE = '<circle cx="37" cy="46" r="2.5" fill="#111"/><circle cx="52" cy="46" r="2.5" fill="#111"/>'
_FACES = (_OPEN, _SHUT, _ASIDE)
_TESTERS = (
    '<form method="post"><fieldset><legend>沙箱：直接给出结果</legend>'
    '<button name="decision" value="pass">通过</button>'
    '<button name="decision" value="not_live">未通过：未检测到真人</button>'
    '<button name="decision" value="face_mismatch">未通过：与证件照片不一致</button>'
    '<button name="decision" value="poor_image">未通过：画面不清晰</button>'
    '<button name="decision" value="decline">不同意人脸识别，退出</button></fieldset></form>'
)
_SAID = {
    LivenessOutcome.PASSED: "检测完成",
    LivenessOutcome.FAILED: "检测结束，未通过",
    LivenessOutcome.DECLINED: "您已退出检测",
}


class Shown(Protocol):
    """What the page needs of a session."""

    @property
    def masked(self) -> str: ...
    @property
    def return_url(self) -> str: ...
    @property
    def step(self) -> int: ...
    @property
    def answer(self) -> LivenessAnswer: ...


async def style(_request: web.Request) -> web.Response:
    return web.Response(text=_STYLE, content_type="text/css")


def page(session: Shown | None, *, is_over: bool) -> web.Response:
    """The prompt that comes next; the end with the way back; 404 for an address that nobody was given."""
    if session is None:
        return _response("<p role='status'>这个地址无效，请回到网厅重新开始。</p>", status=404)
    if is_over:
        said = _SAID.get(session.answer.outcome, "本次检测已超时")
        back = html.escape(session.return_url)
        return _response(
            f'<p class="prompt" role="status">{said}</p><p class="note">结果由服务器之间核对，本页不显示。</p>'
            f'<p><a class="button main" href="{back}">返回网厅</a></p>'
        )
    who = f'<p class="note">被检测人：{html.escape(session.masked)}</p>'
    if session.step == 0:
        start = '<form method="post"><button class="main" name="decision" value="next">同意并开始</button></form>'
        text = '<p class="prompt">请本人面对手机</p><p class="count">按提示做 3 个动作，约 10 秒</p>'
        return _response(_FACE.format(eyes=_OPEN) + text + who + start + _TESTERS)
    at = session.step - 1
    done = "完成" if session.step == len(PROMPTS) else "我做好了"
    count = f"第 {at + 1} 个动作，共 {len(PROMPTS)} 个"
    text = f'<p class="prompt" role="status">{PROMPTS[at]}</p><p class="count">{count}</p>'
    button = f'<form method="post"><button class="main" name="decision" value="next">{done}</button></form>'
    return _response(_FACE.format(eyes=_FACES[at]) + text + button + _TESTERS)


def _response(content: str, *, status: int = 200) -> web.Response:
    text = _PAGE.format(content=content)
    return web.Response(status=status, text=text, content_type="text/html", headers=_HEADERS)
