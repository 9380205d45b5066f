"""Errors that leave the house as ``application/problem+json``: a stable code, a Chinese sentence with the remedy, the fields."""

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field: ``path`` as the sender wrote it (``lines[0].amount``), a stable code, a sentence saying what to do."""

    path: str
    code: str
    message: str


class Problem(Exception):
    """Any refusal. ``extra`` members stand at the top level of the answer; ``kept`` writes survive the refusal."""

    status = 400

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int | None = None,
        errors: list[FieldError] | None = None,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.status = self.status if status is None else status
        self.errors = errors or []
        self.extra = extra or {}
        self.headers = headers or {}
        self.kept = False

    def keep(self) -> Self:
        """Answer the error but commit what was written (a failed login must still count)."""
        self.kept = True
        return self


class Invalid(Problem):
    """422: the request is understood and wrong; each bad field is named."""

    status = 422

    def __init__(self, errors: list[FieldError], detail: str | None = None, code: str = "INVALID", **extra: Any) -> None:
        super().__init__(code, detail or (errors[0].message if errors else "提交的内容有误，请检查后重试。"), errors=errors, extra=extra)


class Unauthenticated(Problem):
    """401: nobody, or a session that has ended, or a token for another client."""

    status = 401

    def __init__(self, code: str = "UNAUTHENTICATED", detail: str = "登录已过期，请重新登录。", **extra: Any) -> None:
        super().__init__(code, detail, extra=extra, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    """403: inside the organisation, but not for this role."""

    status = 403

    def __init__(self, code: str = "FORBIDDEN", detail: str = "您的角色不能做这件事，需要时请企业管理员调整权限。", **extra: Any) -> None:
        super().__init__(code, detail, extra=extra)


class NotFound(Problem):
    """404: it does not exist, or it belongs to someone else; the text is the same (T7, T15)."""

    status = 404

    def __init__(self, detail: str = "没有这条记录，或您无权查看。", code: str = "NOT_FOUND", **extra: Any) -> None:
        super().__init__(code, detail, extra=extra)


class Conflict(Problem):
    """409: the state has moved on; ``extra`` carries the current one."""

    status = 409

    def __init__(self, code: str, detail: str, **extra: Any) -> None:
        super().__init__(code, detail, extra=extra)


class Gone(Problem):
    """410: used or ended."""

    status = 410

    def __init__(self, code: str, detail: str, **extra: Any) -> None:
        super().__init__(code, detail, extra=extra)


class TooMany(Problem):
    """429 with ``Retry-After`` in seconds."""

    status = 429

    def __init__(self, retry_after: int, detail: str = "操作太频繁，请稍等片刻。", code: str = "TOO_MANY_REQUESTS", **extra: Any) -> None:
        super().__init__(code, detail, extra={"retry_after": retry_after, **extra}, headers={"Retry-After": str(retry_after)})


class Unavailable(Problem):
    """503 with ``Retry-After``: something we need is away; what was typed is not lost."""

    status = 503

    def __init__(self, detail: str = "暂时连不上服务，填写内容没有丢，请稍后重试。", code: str = "UNAVAILABLE", retry_after: int = 2, **extra: Any) -> None:
        super().__init__(code, detail, extra=extra, headers={"Retry-After": str(retry_after)})
