"""An answer's headers leave as sanic itself would send them, kept ones and a hostile value alike."""

import pytest
from sanic.response import HTTPResponse

from api.kernel.reply import Reply

HEADERS = {
    "Cache-Control": "no-store", "X-Request-Id": "0123456789AB", "Content-Disposition": "attachment; filename*=UTF-8''%E7%A2%B3\r\nX-Evil: 1",
    "Referrer-Policy": "no-referrer\nX-Evil: 1",
}  # fmt: skip


@pytest.mark.parametrize("status", [200, 201, 204, 304, 404])
def test_the_wire_is_sanics_own(status: int) -> None:
    made = [kind(b"{}", status, dict(HEADERS), "application/json") for kind in (Reply, HTTPResponse)]
    for answer in made:
        answer.headers["content-length"] = 2
        answer.headers["connection"] = "keep-alive"
        answer.headers["alt-svc"] = ""
    ours, sanics = (list(answer.processed_headers) for answer in made)
    assert ours == sanics
    assert list(made[0].processed_headers) == sanics  # a second time, now kept
    assert not any(b"\n" in value or b"\r" in value for _, value in ours)


def test_cookies_go_with_it() -> None:
    answer = Reply(b"", 200)
    answer.add_cookie("a", "b", httponly=True)
    assert any(name.lower() == b"set-cookie" and b"a=b" in value for name, value in answer.processed_headers)
