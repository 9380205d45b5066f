"""Messages 消息: what happened, to whom it is told, by which channel and when (NT).

Vocabulary: notice 消息 · kind 事件 · recipient 收件人 · channel 渠道 · quiet hours 免打扰时段 · told 已通知.

**Whose a notice is.** It speaks of one organisation's matter (a month, a certificate), so its row is that organisation's: written in
its transaction, deleted with it, and not seen by any other. It names one person; that person reads his notices of all his firms in one
list, whichever he acts for, because an agent with forty firms has one bell (policy ``mine``: ``person_id`` is the reader). An operator
who decides a firm's matter writes into that firm (``organisation=``), never into the platform's own rows. Somebody without an account,
an applicant, has no list: his notice belongs to the platform, keeps his phone sealed until the message is sent and then forgets it.

**Channels.** In-app always; WeChat by subscription while the person has quota (W12); SMS only for the kinds that 18.2 marks with ``*``,
not between 21:00 and 8:00 of Beijing. The row is written in the business transaction, deliveries are jobs: one for each message, so
that one that fails holds up no other and nothing outside ever holds up a request. NT1 is a unique key of the table.
"""

from notices.counts import NoticeCounts, notice_counts
from notices.kinds import KINDS, Kind
from notices.messages import Notice, NoticePage, list_notices, mark_all_read, mark_read
from notices.preferences import Settings, read_settings, save_settings
from notices.quiet import quiet_seconds
from notices.telling import Phone, tell

__all__ = [
    "KINDS",
    "Kind",
    "Notice",
    "NoticeCounts",
    "NoticePage",
    "Phone",
    "Settings",
    "list_notices",
    "mark_all_read",
    "mark_read",
    "notice_counts",
    "quiet_seconds",
    "read_settings",
    "save_settings",
    "tell",
]
