"""Reminders of filing (FI12, NT): a month due in 5 and 1 days, overdue 1 and 7 days, a question open for more than 3 days.

One statement finds the firms (``filing_remind``), one job for each firm that has something says it: to its fillers and to agents who
may file; where a firm has neither, to its administrators and legal representative, since somebody has to know.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import notices
import tenants
from carbon import due_on, month_code, shift
from core.clock import beijing_date
from core.database import Acting, Db
from filing.duties import Duty, duties_of

DUE_IN, OVERDUE_BY = (5, 1), (1, 7)
QUESTION_DAYS = 3
#: A worker that stood still tells what it missed, but nothing older than this.
CATCH_UP = timedelta(days=6)
WHO, ELSE = ("filler", "agent:file"), ("admin", "legal")


def months_to_remind(since: date, today: date) -> list[tuple[int, bool]]:
    """Months (YYYYMM, key emission unit or not) whose day of reminding lies after ``since`` and not after ``today``."""
    days = {since + timedelta(days=n) for n in range(1, (today - since).days + 1)}
    turns = [*(-d for d in DUE_IN), *OVERDUE_BY]
    last = shift(today.year * 100 + today.month, -1)
    found = []
    for key_unit in (False, True):
        for back in range(3):  # 40 days after a month's end and 7 more: not more than two months back
            period = shift(last, -back)
            due = due_on(period, key_unit)
            if any(due + timedelta(days=turn) in days for turn in turns):
                found.append((period, key_unit))
    return found


async def remind_all(db: Db, last: datetime | None, now: datetime) -> int:
    """Ask for a reminder of every firm that has something due since the last run; returns how many firms."""
    since = max(last, now - CATCH_UP) if last else now - timedelta(days=1)
    months = months_to_remind(beijing_date(since), beijing_date(now))
    waited = timedelta(days=QUESTION_DAYS)
    asked = [{"period": period, "key_unit": key_unit} for period, key_unit in months]
    return int(await db.value("select filing_remind($1, $2, $3, $4)", asked, since - waited, now - waited, now))


async def remind(ctx: Acting, months: Iterable[int], questions: Iterable[int] = ()) -> int:
    """Tell the acting firm's people about months due or overdue and about open questions, by what the books say now.

    Returns how many messages; nothing for what was filed, confirmed or changed meanwhile.
    """
    due, open_ = set(months), set(questions)
    key_unit = bool((await tenants.profile_facts(ctx)).ets_key_unit)
    told = 0
    for duty in await duties_of(ctx, key_unit):
        if duty.state in ("submitted", "no_template"):
            continue
        if duty.period in due:
            told += await _tell_due(ctx, duty)
        if duty.period in open_ and duty.questions and await _waited(ctx, duty.period):
            told += await _tell_questions(ctx, duty)
    return told


async def _tell_due(ctx: Acting, duty: Duty) -> int:
    left = (duty.due_on - ctx.today).days
    said = {
        "days": abs(left),
        "left_words": f"还有 {left} 天" if left else "今天是最后一天",
        "due_words": f"{duty.due_on.month} 月 {duty.due_on.day} 日",
        "due": duty.due_on.isoformat(),
        "progress": progress(duty),
    }
    kind = "month.due" if left >= 0 else "month.overdue"
    month = month_code(duty.period)
    return await notices.tell(
        ctx, kind, "month", month, to=WHO, otherwise=ELSE, month=duty.period, fields=said | _names(ctx, duty.period)
    )


async def _tell_questions(ctx: Acting, duty: Duty) -> int:
    said = {"count": duty.questions} | _names(ctx, duty.period)
    month = month_code(duty.period)
    return await notices.tell(
        ctx, "question.open", "month", month, to=("filler", "admin"), otherwise=("legal",), month=duty.period, fields=said
    )


async def _waited(ctx: Acting, period: int) -> bool:
    sql = "select saved_at <= $3 from draft where tenant_id = $1 and period = $2"
    return bool(await ctx.db.value(sql, ctx.tenant, period, ctx.now - timedelta(days=QUESTION_DAYS)))


def _names(ctx: Acting, period: int) -> dict[str, object]:
    year, month = divmod(period, 100)
    words = f"{month} 月" if year == ctx.today.year else f"{year} 年 {month} 月"
    return {"month": month_code(period), "year": year, "month_words": words}


def progress(duty: Duty) -> str:
    """How far a month is: ``还差 2 项：天然气、柴油``."""
    if duty.state == "returned":
        return "撤回后还没有重新提交"
    if not duty.missing:
        return f"{duty.expected} 项已填完，只差提交"
    if len(duty.missing) == duty.expected:
        return f"{duty.expected} 项都还没有填"
    named = "、".join(duty.missing[:3])
    return f"还差 {len(duty.missing)} 项：{named}{'等' if len(duty.missing) > 3 else ''}"
