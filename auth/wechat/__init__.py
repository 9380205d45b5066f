"""WeChat 微信: signing in by it, binding, subscription messages, codes and links, content check, face identification, pushes.

Vocabulary: openid (a WeChat as our mini-program sees it) · ticket 绑定凭据 · template 消息模板 · quota 可发次数 · scene 场景值 ·
push 消息推送.
"""

from auth.wechat.binding import (
    Bound,
    Unbound,
    apart,
    ask,
    bind,
    bind_by_ticket,
    bound_since,
    check_audience,
    enter,
    enter_by_phone,
    phone_of,
    unbind,
)
from auth.wechat.callbacks import greet, receive, settle
from auth.wechat.checks import check_text
from auth.wechat.client import WeChat, close, configured, use, wechat
from auth.wechat.codes import entry_code, new_scene, unlimited_code, url_link
from auth.wechat.faces import FaceResult, FaceStart, cert_hash, face_result, face_start
from auth.wechat.faults import WeChatFault
from auth.wechat.fields import fit
from auth.wechat.messages import Template, fall_back, quota, send_message, subscribe, templates

__all__ = [
    "Bound",
    "FaceResult",
    "FaceStart",
    "Template",
    "Unbound",
    "WeChat",
    "WeChatFault",
    "apart",
    "ask",
    "bind",
    "bind_by_ticket",
    "bound_since",
    "cert_hash",
    "check_audience",
    "check_text",
    "close",
    "configured",
    "enter",
    "enter_by_phone",
    "entry_code",
    "face_result",
    "face_start",
    "fall_back",
    "fit",
    "greet",
    "new_scene",
    "phone_of",
    "quota",
    "receive",
    "send_message",
    "settle",
    "subscribe",
    "templates",
    "unbind",
    "unlimited_code",
    "url_link",
    "use",
    "wechat",
]
