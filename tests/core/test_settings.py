"""What production mode refuses, each setting named (R15, architecture 9.16), and what it only says aloud (L6)."""

import pytest

from core.settings import DEMO_SECRET, Settings, check, load, warnings

SOUND = {"MODE": "production", "SECRET_KEY": "a-secret-of-the-operators-own-making-0001", "PUBLIC_URL": "https://carbon.example.cn"}
STORE = {
    "S3_BUCKET": "tanxiao-files",
    "S3_ENDPOINT": "https://objects.example.cn:9000",
    "S3_ACCESS_KEY": "AKOPERATORSOWN",
    "S3_SECRET_KEY": "the-bucket-opens-to-this-only",
}


@pytest.mark.parametrize("endpoint", ["https://objects.example.cn", "http://127.0.0.1:9000", "http://localhost:9000"])
def test_a_sound_object_store_starts(endpoint: str) -> None:
    """Encrypted, or on this very machine; its secret is not printed with the settings."""
    settings = load(SOUND | STORE | {"S3_ENDPOINT": endpoint})
    assert check(settings) == [] and STORE["S3_SECRET_KEY"] not in repr(settings)


def test_a_sound_production_starts() -> None:
    """Nothing to complain of, nothing to warn of."""
    assert check(load(SOUND)) == []
    assert warnings(load(SOUND)) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"SECRET_KEY": DEMO_SECRET}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"PUBLIC_URL": "http://carbon.example.cn"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({"SMS_GATEWAY_URL": "http://127.0.0.1:9000"}, "SMS_GATEWAY_URL"),
        ({"LEGACY_FIXED_PASSWORD": "true"}, "LEGACY_FIXED_PASSWORD"),
        ({"WX_API_BASE": "http://127.0.0.1:9001"}, "WX_API_BASE"),
        ({"WX_API_BASE": "https://localhost:9001"}, "WX_API_BASE"),
        ({"WX_API_BASE": "http://api.weixin.qq.com"}, "WX_API_BASE"),
        ({"WX_APPID": "wx1"}, "WX_SECRET"),
        ({"WX_CALLBACK_TOKEN": "token"}, "WX_ENCODING_AES_KEY"),
        ({"WX_CALLBACK_TOKEN": "token", "WX_ENCODING_AES_KEY": "short"}, "WX_ENCODING_AES_KEY"),
        ({"WX_TEMPLATES": "[]"}, "WX_TEMPLATES"),
        ({"WX_TEMPLATES": "{"}, "WX_TEMPLATES"),
        ({"WX_VERSION": "beta"}, "WX_VERSION"),
        ({"WORKERS": "2"}, "REDIS_URL"),
        ({"MODE": "prod"}, "MODE"),
        ({"S3_BUCKET": "files"}, "S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY"),
        (STORE | {"S3_BUCKET": ""}, "S3_BUCKET"),
        (STORE | {"S3_BUCKET": "Files_"}, "S3_BUCKET"),
        (STORE | {"S3_ENDPOINT": "http://objects.example.cn"}, "S3_ENDPOINT"),
        (STORE | {"S3_ENDPOINT": "objects.example.cn"}, "S3_ENDPOINT"),
        (STORE | {"S3_ENDPOINT": "https://objects.example.cn/files"}, "S3_ENDPOINT"),
        (STORE | {"S3_ENDPOINT": "https://key:secret@objects.example.cn"}, "S3_ENDPOINT"),
        (STORE | {"S3_ACCESS_KEY": "minioadmin"}, "S3_ACCESS_KEY"),
        (STORE | {"S3_SECRET_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, "S3_SECRET_KEY"),
        (STORE | {"S3_SECRET_KEY": "short"}, "S3_SECRET_KEY"),
        (STORE | {"S3_TIMEOUT_SECONDS": "30"}, "S3_TIMEOUT_SECONDS"),
    ],
)
def test_production_refuses(change: dict[str, str], named: str) -> None:
    """One wrong setting is one sentence that names it."""
    faults = check(load(SOUND | change))
    assert len(faults) == 1 and named in faults[0]


def test_the_fixed_password_is_said_aloud() -> None:
    """Rule L6: allowed on a closed install, printed as a warning at start."""
    assert ["LEGACY_FIXED_PASSWORD" in w for w in warnings(Settings(legacy_fixed_password=True))] == [True]


def test_a_value_of_the_wrong_kind_names_its_variable() -> None:
    """Not a traceback about int()."""
    with pytest.raises(ValueError, match="PORT"):
        load({"PORT": "eight"})
