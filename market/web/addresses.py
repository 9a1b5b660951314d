"""What may stand in an address."""

from typing import Any

from werkzeug.routing import IntegerConverter, Map

LARGEST_ID = 2**31 - 1  # the databases' integer; a larger number names no row, hence 404


class RowId(IntegerConverter):
    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_ID, **options})
