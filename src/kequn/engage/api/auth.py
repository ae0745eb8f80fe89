"""Who asks the API: a token in the Authorization header, within its scopes and so many requests a minute."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer

from kequn.engage.api.models import Token
from kequn.engage.api.problems import ProblemError
from kequn.engage.api.tokens import permits, recognised
from kequn.engage.audiences.counting import Looker
from kequn.engage.orgs.models import Staff
from kequn.engage.site.night import Night, opened, shown
from kequn.engine.publish import nights

MINUTE = 60
WATCHED_MOST = 10_000


class Bearer(HttpBearer):
    """Lets tokens with ``scope`` in; cookies are not looked at."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The token, or None for one that is unknown, expired or revoked, or whose owner is gone."""
        found = recognised(token)
        if found is None:
            return None
        wait = LIMIT.wait(found.pk)
        if wait:
            raise ProblemError(429, f"Too many requests. Try again in {wait} seconds.", Retry_After=str(wait))
        if not permits(found, self.scope):
            raise ProblemError(403, f"This token lacks the scope {self.scope}, or its owner's role may not do this.")
        return found


def guarded(scope: str) -> dict[str, Any]:
    """For an operation: who may ask it, also in its description."""
    return {"auth": Bearer(scope), "openapi_extra": {"x-scope": scope}}


class Limit:
    """Counts requests of each token in each minute; each process counts for itself."""

    def __init__(self) -> None:
        self._counted: OrderedDict[int, tuple[int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, pk: int) -> int:
        """Count one request; seconds to wait when it is beyond the limit, else 0."""
        now = time.time()
        minute = int(now // MINUTE)
        with self._lock:
            began, number = self._counted.get(pk, (minute, 0))
            number = number + 1 if began == minute else 1
            self._counted[pk] = (minute, number)
            self._counted.move_to_end(pk)
            while len(self._counted) > WATCHED_MOST:
                self._counted.popitem(last=False)
        return MINUTE - int(now % MINUTE) if number > settings.API_REQUESTS_A_MINUTE else 0


LIMIT = Limit()


def owner(request: HttpRequest) -> Staff:
    """For whom the token acts."""
    token: Token = request.auth  # type: ignore[attr-defined]
    return token.owner


def looker(request: HttpRequest, night_key: str | None = None) -> Looker:
    """The night as the token's owner may see it: the newest, or that of a cursor.

    Raises ProblemError 409 when the cursor's night is gone, KequnError before the first night.
    """
    newest = shown(request)
    return Looker(_night(newest, night_key) if night_key and night_key != newest.key else newest, owner(request).scope)


def _night(newest: Night, key: str) -> Night:
    for published in nights(newest.workspace):
        if published.folder.name == key:
            return opened(newest.workspace, published)
    raise ProblemError(409, "The night of this cursor has been replaced. Begin again without a cursor.")
