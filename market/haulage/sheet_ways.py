"""How a driver finds a stop, and whom to ring there. View-side only."""

from typing import Any
from urllib.parse import urlencode

import qrcode
from flask_babel import gettext as _
from markupsafe import Markup

from market.haulage.exports import StoredPlan
from market.haulage.phoned_models import PhonedJob
from market.haulage.picture import StopLine, cargo_of
from routing.plan import StopKind

# A public map that takes WGS-84 as it is: others in China would set a point half a kilometre off.
MAP = "https://uri.amap.com/marker"


def way(stored: StoredPlan, line: StopLine) -> dict[str, Any]:
    """Return where a stop is; for a job phoned in, too, who called and what they said."""
    if line.number is None or line.site is None:
        return {}
    place = stored.plan.places[line.site]
    lat, lon = (f"{place[name]:.5f}" for name in ("lat", "lon"))
    query = {"position": f"{lon},{lat}", "coordinate": "wgs84", "callnative": "1"}
    made: dict[str, Any] = {"position": f"{lat}, {lon}", "map": f"{MAP}?{urlencode(query)}"}
    if line.kind == StopKind.LOAD:
        jobs = _jobs(stored, line)
        made["said"] = [(row.caller, row.phone, row.remark) for row in jobs if _is_told(row)]
        if any(row.site_id is None for row in jobs):
            made["qr"] = qr_svg(made["map"])
    return made


def _jobs(stored: StoredPlan, line: StopLine) -> list[PhonedJob]:
    """Return the jobs phoned in that are loaded at a stop, each once."""
    cargoes = (cargo_of(stored.plan, name) for name in line.loads)
    numbers = dict.fromkeys(cargo.get("phoned_id") for cargo in cargoes)
    return [stored.jobs[number] for number in numbers if number is not None]


def _is_told(job: PhonedJob) -> bool:
    return bool(job.caller or job.phone or job.remark)


def qr_svg(text: str) -> Markup:
    """Return a QR code as one path, so that the page needs neither image nor inline style."""
    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    return Markup(
        '<svg viewBox="0 0 {size} {size}" shape-rendering="crispEdges" role="img"'
        ' aria-label="{label}"><rect width="{size}" height="{size}" fill="#fff"/>'
        '<path d="{path}" fill="#000"/></svg>'
    ).format(size=len(matrix), label=_("QR code: %(text)s", text=text), path=path)
