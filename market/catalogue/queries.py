"""Every SELECT of the catalogue. Rows come in the order of the data files."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.catalogue.models import (
    Acceptance,
    Composition,
    Factor,
    Limit,
    Material,
    PolicyRule,
    Process,
    Stoppage,
    VatRow,
)
from market.catalogue.rules import MaterialKind
from market.db import Base
from market.errors import NotFoundError


def materials(session: Session, *, kind: MaterialKind | None = None) -> Sequence[Material]:
    query = sa.select(Material).order_by(Material.position)
    if kind is not None:
        query = query.where(Material.kind == kind)
    return session.scalars(query).all()


def material(session: Session, material_id: str) -> Material:
    found = session.get(Material, material_id)
    if found is None:
        raise NotFoundError("not_found")
    return found


def processes(session: Session) -> Sequence[Process]:
    return session.scalars(sa.select(Process).order_by(Process.position)).all()


def process(session: Session, process_id: str) -> Process:
    found = session.get(Process, process_id)
    if found is None:
        raise NotFoundError("not_found")
    return found


def acceptances(session: Session) -> Sequence[Acceptance]:
    """Return every row with its process and material."""
    return session.scalars(_acceptances()).all()


def acceptance(session: Session, process_id: str, material_id: str) -> Acceptance | None:
    """Return how the process takes the material; None: nothing is known of such a use."""
    return session.scalars(
        _acceptances().where(
            Acceptance.process_id == process_id, Acceptance.material_id == material_id
        )
    ).one_or_none()


def acceptance_for_material(session: Session, material_id: str) -> Sequence[Acceptance]:
    return session.scalars(_acceptances().where(Acceptance.material_id == material_id)).all()


def acceptance_for_process(session: Session, process_id: str) -> Sequence[Acceptance]:
    return session.scalars(_acceptances().where(Acceptance.process_id == process_id)).all()


def _acceptances() -> sa.Select[Acceptance]:
    return (
        sa.select(Acceptance)
        .options(joinedload(Acceptance.process), joinedload(Acceptance.material))
        .order_by(Acceptance.position)
    )


def limits(session: Session) -> Sequence[Limit]:
    return session.scalars(sa.select(Limit).order_by(Limit.position)).all()


def limits_for(session: Session, process_id: str, material_id: str) -> Sequence[Limit]:
    """Return what this material must meet in this process: its own rows, then those of any."""
    rows = limits_for_process(session, process_id)
    own = [row for row in rows if row.material_id == material_id]
    return own + [row for row in rows if row.material_id is None]


def limits_for_process(session: Session, process_id: str) -> Sequence[Limit]:
    return session.scalars(
        sa.select(Limit).where(Limit.process_id == process_id).order_by(Limit.position)
    ).all()


def limits_for_material(session: Session, material_id: str) -> Sequence[Limit]:
    """Return the material's own rows over all processes, without those that hold for any."""
    return session.scalars(
        sa.select(Limit).where(Limit.material_id == material_id).order_by(Limit.position)
    ).all()


def compositions(session: Session) -> Sequence[Composition]:
    return session.scalars(sa.select(Composition).order_by(Composition.position)).all()


def compositions_for(session: Session, material_id: str) -> Sequence[Composition]:
    return session.scalars(
        sa.select(Composition)
        .where(Composition.material_id == material_id)
        .order_by(Composition.position)
    ).all()


def factors(session: Session) -> dict[str, Factor]:
    """Return every factor by id, in the order of the data file."""
    rows = session.scalars(sa.select(Factor).order_by(Factor.position))
    return {row.id: row for row in rows}


def policy_rules(session: Session, *, on: date | None = None) -> Sequence[PolicyRule]:
    """Return the rules that hold on a day, or all that ever held."""
    rows = session.scalars(sa.select(PolicyRule).order_by(PolicyRule.position)).all()
    return rows if on is None else [row for row in rows if row.holds_on(on)]


def stoppages(session: Session) -> Sequence[Stoppage]:
    """Return every row, of whatever dates: who plans months asks for days of several years."""
    return session.scalars(sa.select(Stoppage).order_by(Stoppage.position)).all()


def vat_rows(session: Session) -> Sequence[VatRow]:
    return session.scalars(sa.select(VatRow).order_by(VatRow.position)).all()


def rows(session: Session, model: type[Base]) -> Sequence[Base]:
    """Return a whole table of the catalogue in the order of its file."""
    position = sa.inspect(model).columns["position"]
    return session.scalars(sa.select(model).order_by(position)).all()


def count(session: Session, model: type[Base]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
