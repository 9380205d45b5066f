"""What anybody may know of this installation before signing in."""

from api.kernel.route import Call, route
from api.kernel.types import Answer
from core.database import Acting
from core.settings import settings


class Platform(Answer):
    """``demo``: a demonstration, to be marked on every screen; ``hotline`` stands on every page and beside every error."""

    name: str
    city: str
    demo: bool
    hotline: str


@route("GET", "/api/v1/platform", public=True, no_database=True, answer=Platform, tag="platform", summary="平台名称、城市、服务热线，是否演示环境")
async def platform_facts(ctx: Acting, call: Call) -> Platform:
    return Platform(name="碳效", city=settings.city_name, demo=settings.demo, hotline=settings.hotline)
