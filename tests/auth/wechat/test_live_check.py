"""The live check itself, against the fake (F7): what it expects of WeChat the fake does too."""

import os
import subprocess
import sys
from pathlib import Path

from tests.auth.wechat.live_check import alone, check
from tests.fakes.wechat import FakeWeChat


async def test_the_fake_answers_as_expected_of_wechat(fake: FakeWeChat) -> None:
    assert await check(alone(fake.url, fake.appid, fake.secret)) == []
    assert fake.sent == [] and fake.fees == 0


async def test_a_wrong_secret_is_seen(fake: FakeWeChat) -> None:
    assert len(await check(alone(fake.url, fake.appid, "wrong"))) == 8


def test_without_credentials_it_is_skipped() -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("WX_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.auth.wechat.live_check"], env=env, capture_output=True, text=True, cwd=Path(__file__).parents[3], check=False
    )
    assert done.returncode == 0 and "skipped" in done.stdout
