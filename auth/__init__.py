"""People and how they prove who they are 身份: accounts, credentials, sessions and tokens,
captcha, SMS, second factor, step-up, permissions.

Vocabulary: person 人 · account 账号 · session 会话（设备） · access token 访问凭证 · refresh token 续期凭证 ·
audience 客户端 · step-up 再次验证 · second factor 第二因子 · permission 权限 · role 角色.
"""

from auth import my_data, scan, wechat
from auth.accounts import (
    AccountCard,
    Created,
    Myself,
    change_password,
    check_login_name,
    create_person_account,
    drop_second_factor,
    end_account_sessions,
    find_account,
    reset_by_sms,
    reset_password,
    set_account_status,
    who_am_i,
)
from auth.captcha import Picture, check_captcha, draw_captcha
from auth.passwords import check_password, initial_password
from auth.permissions import EXCLUSIVE, ROLE_PERMISSIONS, ROLES_OF_KIND, permissions_of
from auth.phones import change_phone, freshly_proved, has_phone
from auth.second_factor import Enrolment, confirm, current_code, enrol, give_second_factor
from auth.sessions import (
    Device,
    SignedIn,
    audience_of_refresh,
    choose_organisation,
    device_hash,
    device_id_or_nothing,
    end_all_sessions,
    end_member_sessions,
    end_session,
    my_devices,
    needs_second_factor,
    password_login,
    require_second_factor,
    rotate,
    sms_login,
)
from auth.sms import e164_or_refuse, hand_over, phone_or_refuse, send_code, spend_code
from auth.step_up import consume_step_up, operation_of, prove, send_proof_code
from auth.tokens import Claims, issue_access_token, lifetime, verify_access_token

__all__ = [
    "my_data",
    "EXCLUSIVE",
    "ROLES_OF_KIND",
    "ROLE_PERMISSIONS",
    "AccountCard",
    "Claims",
    "Created",
    "Device",
    "Enrolment",
    "Myself",
    "Picture",
    "SignedIn",
    "audience_of_refresh",
    "change_password",
    "change_phone",
    "check_captcha",
    "check_login_name",
    "check_password",
    "choose_organisation",
    "confirm",
    "consume_step_up",
    "create_person_account",
    "current_code",
    "device_hash",
    "device_id_or_nothing",
    "draw_captcha",
    "drop_second_factor",
    "e164_or_refuse",
    "end_account_sessions",
    "end_all_sessions",
    "end_member_sessions",
    "end_session",
    "enrol",
    "find_account",
    "freshly_proved",
    "give_second_factor",
    "hand_over",
    "has_phone",
    "initial_password",
    "issue_access_token",
    "lifetime",
    "my_devices",
    "needs_second_factor",
    "operation_of",
    "password_login",
    "permissions_of",
    "phone_or_refuse",
    "prove",
    "require_second_factor",
    "reset_by_sms",
    "reset_password",
    "rotate",
    "scan",
    "send_code",
    "send_proof_code",
    "set_account_status",
    "sms_login",
    "spend_code",
    "verify_access_token",
    "wechat",
    "who_am_i",
]
