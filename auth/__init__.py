"""People and how they prove who they are 身份: accounts, credentials, sessions and tokens, captcha, SMS, second factor, step-up, permissions.

Vocabulary: person 人 · account 账号 · session 会话（设备） · access token 访问凭证 · refresh token 续期凭证 · audience 客户端 ·
step-up 再次验证 · second factor 第二因子 · permission 权限 · role 角色.
"""

from auth.accounts import Created, Myself, change_password, check_login_name, create_person_account, who_am_i
from auth.captcha import Picture, check_captcha, draw_captcha
from auth.passwords import check_password, initial_password
from auth.permissions import EXCLUSIVE, ROLE_PERMISSIONS, ROLES_OF_KIND, permissions_of
from auth.sessions import (
    Device,
    SignedIn,
    choose_organisation,
    device_hash,
    end_all_sessions,
    end_session,
    my_devices,
    open_session,
    password_login,
    rotate,
    sms_login,
)
from auth.sms import phone_or_refuse, send_code, spend_code
from auth.step_up import consume_step_up, prove
from auth.tokens import Claims, issue_access_token, verify_access_token

__all__ = [
    "EXCLUSIVE",
    "ROLES_OF_KIND",
    "ROLE_PERMISSIONS",
    "Claims",
    "Created",
    "Device",
    "Myself",
    "Picture",
    "SignedIn",
    "change_password",
    "check_captcha",
    "check_login_name",
    "check_password",
    "choose_organisation",
    "consume_step_up",
    "create_person_account",
    "device_hash",
    "draw_captcha",
    "end_all_sessions",
    "end_session",
    "initial_password",
    "issue_access_token",
    "my_devices",
    "open_session",
    "password_login",
    "permissions_of",
    "phone_or_refuse",
    "prove",
    "rotate",
    "send_code",
    "sms_login",
    "spend_code",
    "verify_access_token",
    "who_am_i",
]
