"""/api/v1: the books for programs. The same services as the pages', in JSON.

Amounts are decimal text beside their currency, instants are UTC, days are ISO dates; what is named from outside has a
uuid, a reference or a number. Errors are RFC 9457 problem details with a `code` that stays. /api/v1/openapi.json
describes every call.
"""

from fintwin.web.api.app import routes

__all__ = ["routes"]
