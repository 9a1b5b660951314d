"""A plan's ways as a table that a new plan can take."""

import csv
import io
from itertools import permutations

from market.haulage.exports import harmless
from market.haulage.models import CollectionPlan
from market.haulage.picture import place_name
from routing.matrix_file import PAIR_HEADER
from routing.travel import TravelMatrix


def ways_table(plan: CollectionPlan, travel: TravelMatrix) -> bytes:
    """Return the plan's ways, one line for each ordered pair of places: a table to start from.

    The first four columns are what an own table must have; the names are for people.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([*PAIR_HEADER, "from_name", "to_name"])
    names = {name: harmless(place_name(plan.places[name])) for name in travel.site_ids}
    for origin, destination in permutations(travel.site_ids, 2):
        metres = travel.metres(origin, destination)
        seconds = travel.seconds(origin, destination)
        ends = (origin, destination)
        writer.writerow([*ends, metres, seconds, *(names[end] for end in ends)])
    return b"\xef\xbb\xbf" + file.getvalue().encode()
