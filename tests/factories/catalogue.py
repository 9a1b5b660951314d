from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from market.catalogue.models import Material, Process
from market.catalogue.rules import (
    Confidence,
    Family,
    LegalClass,
    MaterialKind,
    PhysicalForm,
    Sector,
    Verified,
)

_positions = count(1)


def make_material(session: Session, material_id: str = "fly_ash", **fields: Any) -> Material:
    """Add a material, or return the one that has this id."""
    known = session.get(Material, material_id)
    if known is not None:
        return known
    row = {
        "id": material_id,
        "name_zh": f"物料 {material_id}",
        "name_en": f"Material {material_id}",
        "family": Family.ASH,
        "kind": MaterialKind.WASTE,
        "legal_class": LegalClass.GENERAL,
        "hw_codes": [],
        "form": PhysicalForm.POWDER,
        "position": next(_positions),
        "source": "test",
        "verified": Verified.SEEN,
        "confidence": Confidence.HIGH,
    }
    material = Material(**{**row, **fields})
    session.add(material)
    session.flush()
    return material


def make_process(session: Session, process_id: str = "cement_po", **fields: Any) -> Process:
    """Add a process, or return the one that has this id."""
    known = session.get(Process, process_id)
    if known is not None:
        return known
    row = {
        "id": process_id,
        "name_zh": f"工艺 {process_id}",
        "name_en": f"Process {process_id}",
        "sector": Sector.CEMENT,
        "position": next(_positions),
        "source": "test",
        "verified": Verified.SEEN,
        "confidence": Confidence.HIGH,
    }
    process = Process(**{**row, **fields})
    session.add(process)
    session.flush()
    return process
