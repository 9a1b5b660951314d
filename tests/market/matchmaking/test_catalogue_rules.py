"""Every row of the shipped catalogue at work in the engine: broken it is told, kept it is silent.

Rows are taken from the tables themselves, so a new one is tested as soon as it is written.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from market.catalogue import models, queries
from market.catalogue.loader import load
from market.catalogue.rules import Allowed, LegalClass, Scope, Severity
from market.db import make_engine, make_sessions, transaction
from market.listings.models import Listing
from market.matchmaking.loader import Rulebook
from market.orgs.models import Site
from matching import problem as engine
from matching.explain import PairView, explain_pair
from matching.limits import Measured, known_range
from matching.result import Finding, LiftKind, Reason, Verdict
from matching.solve import solve
from tests.conftest import NOW

TODAY = date(2026, 11, 22)
HERE = engine.Position(34.6, 112.4)


@dataclass(frozen=True)
class Shipped:
    """The tables as rows, and the rulebooks of every day on which some row holds."""

    materials: Mapping[str, models.Material]
    acceptances: tuple[models.Acceptance, ...]
    limits: tuple[models.Limit, ...]
    compositions: tuple[models.Composition, ...]
    policies: tuple[models.PolicyRule, ...]
    books: Mapping[date, Rulebook]

    def use(self, row: models.Limit | models.Acceptance, on: date = TODAY) -> engine.Acceptance:
        """Return how a process takes a material, or any material where a row names none."""
        takers = self.books[on].uses[row.process_id]
        wanted = row.material_id or next(k for k, v in takers.items() if v.allowed != "no")
        return takers[wanted]


def _day(row: models.Limit) -> date:
    return TODAY if row.valid_to is None else row.valid_to


def _days_without(row: models.Limit) -> list[date]:
    before = [row.valid_from - timedelta(1)] if row.valid_from else []
    return before + ([row.valid_to + timedelta(1)] if row.valid_to else [])


@pytest.fixture(name="shipped", scope="module")
def _shipped(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Shipped]:
    path = tmp_path_factory.mktemp("rules") / "loaded.sqlite"
    shutil.copy(empty_database, path)
    database = make_engine(f"sqlite:///{path}")
    with make_sessions(database)() as session:
        with transaction(session):
            load(session, NOW)
        yield _read(session)
    database.dispose()


def _read(session: Session) -> Shipped:
    limits = tuple(queries.limits(session))
    days = {TODAY, *map(_day, limits), *(day for row in limits for day in _days_without(row))}
    return Shipped(
        {row.id: row for row in queries.materials(session)},
        tuple(queries.acceptances(session)),
        limits,
        tuple(queries.compositions(session)),
        tuple(queries.policy_rules(session)),
        {day: Rulebook.read(session, day) for day in days},
    )


def _limit_of(use: engine.Acceptance, row: models.Limit) -> engine.Limit:
    """Find the row in the engine's acceptance; exactly one says the same."""
    (found,) = [
        limit
        for limit in use.limits
        if (limit.name, limit.operator, limit.value, limit.value_high, limit.unit)
        == (row.property, row.operator, row.value, row.value_high, row.unit)
        and (limit.scope, limit.rule) == (row.scope, engine.Rule(row.standard, row.clause))
        and (limit.grades, limit.variant) == _expected_kind(row)
        and limit.severity == SEVERITY[Severity(row.severity)]
    ]
    return found


SEVERITY = {
    Severity.BLOCK: "block",
    Severity.WARN: "warn",
    Severity.INFO: "info",
    Severity.OPTIONAL: "info",
}
KINDS_OF_LOT = {"class F", "class C", "dry FGD", "aluminous corrective"}
NAMES_OF_THE_USE = {"", "siliceous-aluminous"}


def _expected_kind(row: models.Limit) -> tuple[tuple[str, ...], str]:
    """Say what a variant does: of a lot it is a tag, of a fill site a grade, else for the reader."""
    if row.variant in {"class I", "class II"}:
        return (row.variant,), ""
    if row.scope != Scope.MATERIAL or row.variant in KINDS_OF_LOT:
        return tuple(row.grades), row.variant
    assert row.variant in NAMES_OF_THE_USE, row.id
    return tuple(row.grades), ""


def _kept(limits: list[engine.Limit]) -> float:
    """Pick a value that keeps all of them."""
    floors = [k.value for k in limits if k.operator in {">=", ">", "between"}]
    roofs = [k.value for k in limits if k.operator in {"<=", "<"}]
    roofs += [k.value_high for k in limits if k.value_high is not None]
    if floors and roofs:
        assert max(floors) < min(roofs), limits
        return (max(floors) + min(roofs)) / 2
    return max(floors) * 1.1 + 1 if floors else min(roofs) * 0.9


def _broken(limit: engine.Limit) -> float:
    """Pick a value just on the wrong side; a strict limit is broken by its own value."""
    step = 1e-3 * max(1.0, abs(limit.value))
    match limit.operator:
        case engine.Operator.AT_MOST:
            return limit.value + step
        case engine.Operator.AT_LEAST | engine.Operator.BETWEEN:
            return limit.value - step
        case _:
            return limit.value


def _tags(use: engine.Acceptance, limit: engine.Limit | None) -> frozenset[str]:
    """Let the lot be of the row's kind, otherwise of the stricter kind of ash."""
    if limit is not None and limit.variant:
        return frozenset({limit.variant})
    kinds = {row.variant for row in use.limits}
    return frozenset({"class F"} & kinds)


def _pair(
    use: engine.Acceptance, limit: engine.Limit | None = None, value: float | None = None
) -> tuple[engine.Problem, engine.Parameters]:
    """A lot and a receiver that keep every limit of the use, but for `limit` at `value`."""
    tags = _tags(use, limit)
    by_name: dict[tuple[str, str, bool], list[engine.Limit]] = {}
    for row in use.limits:
        if not row.variant or row.variant in tags | use.variants:
            of_receiver = row.scope in {"product", "plant", "effect"}
            by_name.setdefault((row.name, row.unit, of_receiver), []).append(row)
    bounds: dict[bool, list[engine.Bound]] = {False: [], True: []}
    for (name, unit, of_receiver), rows in by_name.items():
        known = {bound.name for bound in bounds[of_receiver]}
        shown = value if limit in rows and value is not None else _kept(rows)
        if name not in known:
            bounds[of_receiver].append(engine.Bound(name, shown, shown, unit))
    supply = engine.Supply(
        "lot", use.material_id, HERE, (10.0,), assay=tuple(bounds[False]), tags=tags
    )
    slot = engine.Slot("use", "works", HERE, (10.0,), (use,), figures=tuple(bounds[True]))
    return engine.Problem((supply,), (slot,)), engine.Parameters(on=TODAY)


def _view(pair: tuple[engine.Problem, engine.Parameters]) -> PairView:
    return explain_pair(*pair, "lot", "use")


def _says(finding: Finding, limit: engine.Limit) -> bool:
    """Tell whether a remark is this row's: name, rule, scope and the value of the limit."""
    same = (finding.name, finding.rule, finding.scope) == (limit.name, limit.rule, limit.scope)
    return same and finding.limit in {limit.value, limit.value_high}


def test_every_limit_is_in_the_engine_while_it_holds_and_not_a_day_longer(shipped):
    assert len(shipped.limits) > 500
    for row in shipped.limits:
        assert _limit_of(shipped.use(row, _day(row)), row), row.id
        for day in _days_without(row):
            with pytest.raises(ValueError, match="not enough values"):
                _limit_of(shipped.use(row, day), row)


def test_every_limit_of_a_lot_is_silent_when_kept_and_told_when_broken(shipped):
    seen = 0
    for row in shipped.limits:
        if row.scope != Scope.MATERIAL:
            continue
        use = shipped.use(row, _day(row))
        limit = _limit_of(use, row)
        kept = _view(_pair(use, limit)).verdict
        _assert_silent(kept, row)
        broken = _view(_pair(use, limit, _broken(limit)))
        told = [one for one in (*broken.verdict.findings, *broken.conditions) if _says(one, limit)]
        assert {one.severity for one in told} <= {SEVERITY[Severity(row.severity)]}, row.id
        if limit.variant:
            _assert_other_kinds_are_free(use, limit)
        if row.severity == Severity.INFO:
            assert {one.severity for one in told} == {Severity.INFO}, row.id
        elif _is_lowest(use, limit):
            assert told, row.id
            assert {one.reason for one in told} == {Reason.LIMIT_EXCEEDED}, row.id
            assert all(one.margin <= 0 and one.lift is not None for one in told), row.id
            assert broken.verdict.passes == (row.severity != Severity.BLOCK), row.id
        else:
            assert broken.verdict.grade not in {"", *limit.grades}, row.id
            assert broken.verdict.passes, row.id
        seen += 1
    assert seen > 250


def _assert_other_kinds_are_free(use: engine.Acceptance, limit: engine.Limit) -> None:
    problem, parameters = _pair(use, limit, _broken(limit))
    other = replace(problem.supplies[0], tags=frozenset({"another kind"}))
    view = _view((replace(problem, supplies=(other,)), parameters))
    assert not [f for f in (*view.verdict.findings, *view.conditions) if _says(f, limit)]


def _assert_silent(verdict: Verdict, row: models.Limit) -> None:
    cautions = {one.reason for one in verdict.findings} - {Reason.CONDITIONAL}
    assert not cautions, (row.id, verdict.findings)
    assert verdict.passes, row.id
    best = row.grades[:1] if row.severity != Severity.INFO else []
    assert not best or verdict.grade, row.id


def _is_lowest(use: engine.Acceptance, limit: engine.Limit) -> bool:
    """Tell whether breaking it leaves no lower grade to fall to."""
    grades = {name for row in use.limits if row.scope == Scope.MATERIAL for name in row.grades}
    lower = {"I": {"II", "III"}, "II": {"III"}, "一级": {"二级", "三级"}, "二级": {"三级"}}
    lower |= {"class I": {"class II"}}
    return not limit.grades or not lower.get(limit.grades[-1], set()) & grades


def test_every_limit_of_product_plant_and_effect_is_held_against_the_receivers_figures(shipped):
    seen = 0
    for row in shipped.limits:
        if row.scope in {Scope.MATERIAL, Scope.MIX}:
            continue
        use = shipped.use(row, _day(row))
        limit = _limit_of(use, row)
        of_kind = replace(use, variants=use.variants | {limit.variant})
        one = replace(of_kind, limits=(limit,))
        assert _view(_pair(one, limit)).verdict.findings in {(), _condition(one)}, row.id
        broken = _view(_pair(one, limit, _broken(limit)))
        told = [f for f in (*broken.verdict.findings, *broken.conditions) if _says(f, limit)]
        assert len(told) == 1, row.id
        assert told[0].reason is Reason.LIMIT_EXCEEDED, row.id
        assert told[0].severity == SEVERITY[Severity(row.severity)], row.id
        assert broken.verdict.passes == (row.severity != Severity.BLOCK), row.id
        problem, parameters = _pair(one, limit)
        nobody = replace(problem, slots=(replace(problem.slots[0], figures=()),))
        open_ = _view((nobody, parameters))
        assert open_.verdict.passes, row.id
        assert [_says(f, limit) for f in open_.conditions] == [True], row.id
        seen += 1
    assert seen > 200


def _condition(use: engine.Acceptance) -> tuple[Finding, ...]:
    problem, parameters = _pair(replace(use, limits=()))
    return _view((problem, parameters)).verdict.findings


def test_every_limit_of_a_mix_binds_the_mix_and_warns_of_a_lot_above_it(shipped):
    seen = 0
    for row in shipped.limits:
        if row.scope != Scope.MIX:
            continue
        limit = _limit_of(shipped.use(row), row)
        use = replace(shipped.use(row), limits=(limit,))
        assert _view(_pair(use, limit)).conditions == (), row.id
        problem, parameters = _pair(use, limit, _broken(limit) * 1.01)
        above = _view((problem, parameters))
        assert above.verdict.passes, row.id
        assert [(f.reason, _says(f, limit)) for f in above.conditions] == [
            (Reason.LIMIT_EXCEEDED, True)
        ], row.id
        slot = replace(problem.slots[0], blend=(limit,))
        assert solve(replace(problem, slots=(slot,)), parameters).tonnes == 0, row.id
        kept, _ = _pair(use, limit)
        kept = replace(kept, slots=(replace(kept.slots[0], blend=(limit,)),))
        assert solve(kept, parameters).tonnes == pytest.approx(10), row.id
        seen += 1
    assert seen > 50


def test_every_acceptance_opens_cautions_or_closes_its_pair(shipped):
    for row in shipped.acceptances:
        use = shipped.use(row)
        rule = engine.Rule(row.standard, row.clause) if row.standard else None
        assert (use.rule, use.note) == (rule, row.note_en)
        findings = _view(_pair(use)).verdict.findings
        if row.allowed == Allowed.NO:
            assert [(f.reason, f.rule, f.note) for f in findings] == [
                (Reason.PROHIBITED, rule, row.note_en)
            ], row.id
            assert rule is not None, row.id
        elif row.allowed == Allowed.CONDITIONAL:
            assert [(f.reason, f.rule, f.note) for f in findings] == [
                (Reason.CONDITIONAL, rule, row.note_en)
            ], row.id
        else:
            assert findings == (), row.id


def test_every_usual_range_stands_in_for_a_report(shipped):
    ranges = {m.id: m.ranges for m in shipped.books[TODAY].known_materials}
    for row in shipped.compositions:
        if row.part:
            continue
        bound = engine.Bound(row.component, row.low, row.high, row.unit)
        lot = engine.Supply("lot", row.material_id, HERE, (1.0,))
        limit = engine.Limit(row.component, engine.Operator.AT_MOST, row.high, row.unit)
        found = known_range(lot, ranges[row.material_id], limit, TODAY)
        assert found == Measured(bound, engine.Origin.CATALOGUE), row.component


def _offered(shipped: Shipped, material: models.Material, code: str | None) -> engine.Supply:
    offer = Listing(
        id=1, side="offer", material_id=material.id, waste_code=code, mass_kg_per_year=1000
    )
    site = Site(lat=34.6, lon=112.4, province="Henan", name_en="Works")
    return shipped.books[TODAY].supply(offer, site, ())


def test_every_legal_class_asks_for_what_it_must(shipped):
    book = shipped.books[TODAY]
    assert book.identify_rule is not None
    assert book.licence_rule is not None
    for material in shipped.materials.values():
        bare = _offered(shipped, material, None)
        assert bare.identified == (material.legal_class != LegalClass.IDENTIFY)
        assert bare.hazard_codes == frozenset(material.hw_codes)
        slot = engine.Slot("use", "works", HERE, (1.0,), (engine.Acceptance(material.id),))
        problem = engine.Problem(
            (bare,), (slot,), licence_rule=book.licence_rule, identify_rule=book.identify_rule
        )
        found = explain_pair(problem, engine.Parameters(on=TODAY), "1", "use").verdict.findings
        wanted = {(code, Reason.CODE_NOT_LICENSED, book.licence_rule) for code in material.hw_codes}
        if material.legal_class == LegalClass.IDENTIFY:
            wanted.add((material.id, Reason.NOT_IDENTIFIED, book.identify_rule))
        assert {(f.name, f.reason, f.rule) for f in found} == wanted, material.id
        licence = engine.Licence(frozenset(material.hw_codes))
        licensed = replace(problem, slots=(replace(slot, licences=(licence,)),))
        assert explain_pair(licensed, engine.Parameters(on=TODAY), "1", "use").verdict.passes


def test_a_code_settles_what_a_stream_is(shipped):
    slag = shipped.materials["lead_zinc_slag"]
    harmless = _offered(shipped, slag, "320-001-S03")
    assert (harmless.identified, harmless.hazard_codes) == (True, frozenset())
    listed = _offered(shipped, slag, "321-004-48")
    assert (listed.identified, listed.hazard_codes) == (True, frozenset({"321-004-48"}))


def test_what_k2_forbids_in_common_cement_is_refused_there(shipped):
    (rule,) = [row for row in shipped.policies if row.id == "K2"]
    common = ("cement_po", "cement_psa", "cement_psb", "cement_pf", "cement_pc")
    for process_id in common:
        for material_id in rule.material_ids:
            use = shipped.books[TODAY].uses[process_id][material_id]
            assert use.allowed is engine.Allowed.NO, (process_id, material_id)


def test_the_borders_rules_of_the_day_are_the_catalogues(shipped):
    by_id = {row.id: row for row in shipped.policies}
    rules = {rule.hazardous: rule for rule in shipped.books[TODAY].border_rules}
    for hazardous, key, kind in (
        (False, "T2-C", LiftKind.INFORM_PROVINCES),
        (True, "T3-C", LiftKind.OBTAIN_APPROVAL),
    ):
        law = by_id[key]
        assert rules[hazardous].rule == engine.Rule(law.source, law.article)
        supply = replace(
            _offered(shipped, shipped.materials["fly_ash"], None),
            hazard_codes=frozenset({"321-024-48"} if hazardous else ()),
        )
        slot = engine.Slot(
            "use", "works", HERE, (1.0,), (engine.Acceptance("fly_ash"),), province="Shanxi",
            licences=(engine.Licence(frozenset({"HW48"})),),
        )  # fmt: skip
        problem = engine.Problem((supply,), (slot,), border_rules=tuple(rules.values()))
        verdict = explain_pair(problem, engine.Parameters(on=TODAY), "1", "use").verdict
        (found,) = verdict.findings
        assert (found.reason, found.rule) == (Reason.PROVINCE_BORDER, rules[hazardous].rule)
        assert found.lift is not None
        assert found.lift.kind is kind
        assert verdict.passes != hazardous
