"""What a row of a linear programme is worth from either side, where its optimum is degenerate.

A solver gives one optimal dual of perhaps many. What one more tonne gains is the best change of
the optimal plan that the rows and bounds it touches allow when one of them gives way by one; what
one less loses likewise. By duality these are the ends of the row's optimal duals, whatever optimum
was found (Gal, Oper. Res. Lett. 1986, on shadow prices under degeneracy). Most duals follow from
the arcs in use one by one and need no programme.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from matching.geography import Flags, Floats, Ints
from matching.linear import Entries, Outcome, Programme, minimise
from matching.network import component_labels

_GRAM = 1e-6
_MOST_WORK = 150_000
"""Rows times columns of a group of degenerate rows; beyond, one dual is given and said to be so."""
_SLACK = 1e-9
_TINY = 1e-10
_NO_PART = 1e-5


@dataclass(frozen=True, slots=True)
class Ends:
    """Gain with one more and loss with one less; shape (levels, rows).

    Where not `exact` both are the one dual the solver gave.
    """

    more: Floats
    less: Floats
    exact: Flags

    @classmethod
    def single(cls, duals: Floats, exact: Flags) -> "Ends":
        """Take duals, shape (levels, rows), as gains of rows that may not be exceeded."""
        return cls(-duals, -duals.copy(), exact)

    @classmethod
    def none(cls, rows: int) -> "Ends":
        return cls(np.zeros((2, rows)), np.zeros((2, rows)), np.ones(rows, np.bool_))

    def put(self, rows: Ints, other: "Ends", part: slice) -> None:
        self.more[:, rows] = other.more[:, part]
        self.less[:, rows] = other.less[:, part]
        self.exact[rows] = other.exact[part]

    def summed(self, bundles: Sequence[Ints]) -> "Ends":
        """Add up the rows of each bundle."""
        shape = len(self.more), len(bundles)
        ends = Ends(np.zeros(shape), np.zeros(shape), np.ones(len(bundles), np.bool_))
        for number, bundle in enumerate(bundles):
            ends.more[:, number] = self.more[:, bundle].sum(axis=1)
            ends.less[:, number] = self.less[:, bundle].sum(axis=1)
            ends.exact[number] = self.exact[bundle].all()
        return ends

    def below_nothing(self) -> "Ends":
        """Put a level of nothing first."""
        none = np.zeros_like(self.more)
        return Ends(np.vstack((none, self.more)), np.vstack((none, self.less)), self.exact)


def ends_of(
    programme: Programme,
    goals: Floats,
    values: Floats,
    duals: Floats,
    asked: Flags,
    bundles: Sequence[Ints] = (),
) -> tuple[Ends, Ends]:
    """Return the ends of the rows at their upper sides, and of bundles of rows that move at once.

    `goals` are costs, first come first served, shape (levels, columns); `values` are optimal and
    `duals`, shape (levels, rows), belong to them. Rows that are not `asked` keep their one dual;
    those of bundles must be.
    """
    face = _Face.of(programme, values)
    known = face.known_rows()
    found = Ends.single(duals, known.copy())
    loose = ~face.at_top
    for ends in (found.more, found.less):
        ends[:, loose] = 0.0
    found.exact[loose] = True
    together: list[tuple[int, Ints, _Change | None]] = []
    for rows, columns in face.groups(~known):
        mine = rows[asked[rows] & face.at_top[rows]]
        if not len(mine) or len(mine) * len(columns) > _MOST_WORK:
            continue
        priced = np.where(known, duals, 0.0)
        reduced = np.stack(
            [goal - face.sums(level) for goal, level in zip(goals, priced, strict=True)]
        )
        group = _Group.of(face, rows, columns, reduced[:, columns])
        for row in mine:
            change = group.both_ways(np.array([row]))
            if change is not None:
                found.more[:, row], found.less[:, row] = change
                found.exact[row] = True
        for number, bundle in enumerate(bundles):
            here = np.intersect1d(bundle, mine)
            if len(here) > 1:
                together.append((number, here, group.both_ways(here)))
    return found, _bundled(found, bundles, together)


_Change = tuple[Floats, Floats]


def _bundled(
    found: Ends, bundles: Sequence[Ints], together: list[tuple[int, Ints, _Change | None]]
) -> Ends:
    """Add up the rows of each bundle; those of one group count as what they change at once.

    Groups share no column, so that their optimal duals are independent.
    """
    ends = found.summed(bundles)
    for number, here, change in together:
        ends.exact[number] &= change is not None
        if change is not None:
            ends.more[:, number] += change[0] - found.more[:, here].sum(axis=1)
            ends.less[:, number] += change[1] - found.less[:, here].sum(axis=1)
    return ends


@dataclass(frozen=True, slots=True)
class _Face:
    """The rows and bounds an optimal plan touches, and the columns strictly between theirs."""

    programme: Programme
    at_bottom: Flags
    at_top: Flags
    low: Floats
    high: Floats

    @classmethod
    def of(cls, programme: Programme, values: Floats) -> "_Face":
        entries = programme.entries
        weights = entries.factor * values[entries.column]
        activity = np.bincount(entries.row, weights, len(programme.row_low)).astype(np.float64)
        return cls(
            programme,
            _touches(activity, programme.row_low),
            _touches(activity, programme.row_high),
            np.where(_touches(values, programme.low), 0.0, -np.inf),
            np.where(_touches(values, programme.high), 0.0, np.inf),
        )

    def sums(self, prices: Floats) -> Floats:
        """Add up a price of rows over each column."""
        entries = self.programme.entries
        weights = entries.factor * prices[entries.row]
        return np.bincount(entries.column, weights, len(self.low)).astype(np.float64)

    def known_rows(self) -> Flags:
        """Mark rows with one dual: those not touched, and what arcs in use make of known ones."""
        known = ~(self.at_bottom | self.at_top)
        entries = self.programme.entries
        free = np.isinf(self.low) & np.isinf(self.high)
        mine = free[entries.column] & (entries.factor != 0)
        row, column, factor = entries.row[mine], entries.column[mine], entries.factor[mine]
        while True:
            open_entry = ~known[row]
            count = np.bincount(column[open_entry], minlength=len(free))
            last = row[open_entry & (count[column] == 1)]
            if not len(last):
                break
            known[last] = True
        return known | _settled(row[open_entry], column[open_entry], factor[open_entry], known)

    def groups(self, rows: Flags) -> Iterator[tuple[Ints, Ints]]:
        """Split rows into groups that share no column, each with its columns that may change."""
        entries = self.programme.entries
        can_change = (self.low < 0) | (self.high > 0)
        mine = rows[entries.row] & can_change[entries.column] & (entries.factor != 0)
        row, column = entries.row[mine], entries.column[mine]
        count = len(rows)
        label = component_labels(count + len(self.low), row, count + column)
        for group in np.unique(label[:count][rows]).tolist():
            yield (
                np.nonzero(rows & (label[:count] == group))[0],
                np.nonzero(label[count:] == group)[0],
            )


def _settled(row: Ints, column: Ints, factor: Floats, known: Flags) -> Flags:
    """Mark open rows that the columns in use settle together: those without part in a null vector.

    A vector y solves y (B B' + e) = e v; for a small e that is v's part in the null space of B',
    and v is random, so that only rows which no null vector touches are left with nothing.
    """
    from scipy.sparse import csc_matrix, identity
    from scipy.sparse.linalg import splu

    settled = np.zeros(len(known), np.bool_)
    rows, at = np.unique(row, return_inverse=True)
    if not len(rows):
        return settled
    columns, place = np.unique(column, return_inverse=True)
    length = np.sqrt(np.bincount(place, factor**2))[place]
    used = csc_matrix((factor / length, (at, place)), shape=(len(rows), len(columns)))
    normal = used @ used.T + _TINY * identity(len(rows))
    dice = np.random.default_rng(0).uniform(1, 2, len(rows))
    part = splu(csc_matrix(normal)).solve(_TINY * dice)
    settled[rows] = np.abs(part) < _NO_PART
    return settled


def _touches(values: Floats, ends: Floats) -> Flags:
    finite = np.isfinite(ends)
    near: Flags = np.abs(values - np.where(finite, ends, 0.0)) <= _GRAM * np.maximum(
        1.0, np.abs(np.where(finite, ends, 0.0))
    )
    return finite & near


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows of unknown dual with the columns they stand in; known rows are in the costs.

    `empty` marks rows with nothing to lose.
    """

    rows: Ints
    empty: Flags
    programme: Programme
    goals: Floats

    @classmethod
    def of(cls, face: _Face, rows: Ints, columns: Ints, goals: Floats) -> "_Group":
        entries = face.programme.entries
        row_at = np.full(len(face.at_top), -1)
        column_at = np.full(len(face.low), -1)
        row_at[rows], column_at[columns] = np.arange(len(rows)), np.arange(len(columns))
        mine = (row_at[entries.row] >= 0) & (column_at[entries.column] >= 0)
        programme = Programme(
            cost=goals[0],
            low=face.low[columns],
            high=face.high[columns],
            entries=Entries(
                row_at[entries.row[mine]], column_at[entries.column[mine]], entries.factor[mine]
            ),
            row_low=np.where(face.at_bottom[rows], 0.0, -np.inf),
            row_high=np.where(face.at_top[rows], 0.0, np.inf),
        )
        return cls(rows, face.programme.row_high[rows] <= _GRAM, programme, goals)

    def both_ways(self, rows: Ints) -> _Change | None:
        """Return the gain with one more in each row and the loss with one less.

        None where no plan follows; a row without anything to lose loses what it gains.
        """
        more, less = self.change(rows, 1.0), self.change(rows, -1.0)
        if more is None or (
            less is None and not self.empty[np.searchsorted(self.rows, rows)].any()
        ):
            return None
        return -more, -more if less is None else less

    def change(self, rows: Ints, by: float) -> Floats | None:
        """Return how the goals change when the rows' upper sides move; None = no plan follows."""
        at = np.searchsorted(self.rows, rows)
        high, low = self.programme.row_high.copy(), self.programme.row_low.copy()
        high[at] = by
        low[at] = np.minimum(low[at], by)
        moved = Programme(
            self.goals[0],
            self.programme.low,
            self.programme.high,
            self.programme.entries,
            low,
            high,
        )
        changes = []
        for goal in self.goals[:-1]:
            best = minimise(_towards(moved, goal))
            if best.outcome is not Outcome.OPTIMAL:
                return None
            changes.append(float(goal @ best.values))
            moved = _at_most(moved, goal, changes[-1] + _SLACK * max(1.0, abs(changes[-1])))
        best = minimise(_towards(moved, self.goals[-1]))
        if best.outcome is not Outcome.OPTIMAL:
            return None
        return np.array([*changes, float(self.goals[-1] @ best.values)])


def _towards(programme: Programme, goal: Floats) -> Programme:
    return Programme(
        goal,
        programme.low,
        programme.high,
        programme.entries,
        programme.row_low,
        programme.row_high,
    )


def _at_most(programme: Programme, goal: Floats, most: float) -> Programme:
    """Add a row: no more of an earlier goal than its best."""
    columns = np.nonzero(goal)[0]
    entries = programme.entries
    return Programme(
        programme.cost,
        programme.low,
        programme.high,
        Entries(
            np.concatenate((entries.row, np.full(len(columns), len(programme.row_low)))),
            np.concatenate((entries.column, columns)),
            np.concatenate((entries.factor, goal[columns])),
        ),
        np.append(programme.row_low, -np.inf),
        np.append(programme.row_high, most),
    )
