"""Invented firms for looking at papers and for tests."""

from decimal import Decimal as D

import msgspec

from reports.facts import (
    Benchmark,
    Company,
    EnergyItem,
    FactorRow,
    Grade,
    MonthFact,
    Neutrality,
    NeutralityPart,
    Operation,
    Parameter,
    PartYear,
    Quality,
    Question,
    ReportFacts,
    TraceLine,
    YearFact,
)

_GRID, _GAS, _DIESEL, _HEAT = D("0.4419"), D("21.622"), D("3.0959"), D("0.11")


def _months(scale: D = D(1)) -> tuple[list[MonthFact], list[TraceLine]]:
    months, trace = [], []
    for m in range(1, 13):
        period = f"2025-{m:02d}"
        wave = D(100 + 9 * ((m * 5) % 7) - 12 * (m in (1, 2))) / 100 * scale
        rows = [
            ("电力", "electricity", "indirect", D("42.6") * 10 * wave, "MWh", _GRID, D("0.1229"), "F1"),
            ("天然气", "gas", "direct", D("3.2") * wave, "万m³", _GAS, D("12.143"), "F2"),
            ("柴油", "oil", "direct", D("1.35") * wave, "t", _DIESEL, D("1.4571"), "F3"),
            ("外购热力", "heat", "indirect", D("210") * wave, "GJ", _HEAT, D("0.03412"), "F4"),
        ]
        by_source: dict[str, D] = {}
        direct = indirect = tce = D(0)
        for item, source, scope, amount, unit, factor, coal, mark in rows:
            amount = amount.quantize(D("0.0001"))
            co2 = (amount * factor).quantize(D("0.000001"))
            line_tce = (amount * coal).quantize(D("0.000001"))
            by_source[source] = by_source.get(source, D(0)) + co2
            direct, indirect = (direct + co2, indirect) if scope == "direct" else (direct, indirect + co2)
            tce += line_tce
            trace.append(
                TraceLine(
                    period=period,
                    item=item,
                    amount=amount,
                    unit=unit,
                    formula=f"{amount} {unit} × {factor} tCO₂/{unit}",
                    factors=[mark],
                    co2=co2,
                    tce=line_tce,
                    scope=scope,
                    estimated=m in (7, 8),
                )
            )
        process = D("6.2") * scale
        by_source["process"] = process
        trace.append(
            TraceLine(
                period=period,
                item="石灰石煅烧",
                amount=process,
                unit="tCO₂",
                formula="企业填报值",
                factors=[],
                co2=process,
                scope="process",
            )
        )
        months.append(
            MonthFact(
                period=period,
                state="submitted",
                direct=direct,
                indirect=indirect,
                process=process,
                total=direct + indirect + process,
                by_source=by_source,
                tce=tce,
                estimated=m in (7, 8),
                version=1,
            )
        )
    return months, trace


def sample(**changes: object) -> ReportFacts:
    """A graded firm of level 2; keyword arguments replace whole members."""
    months, trace = _months()
    direct = sum((m.direct for m in months), D(0))
    indirect = sum((m.indirect for m in months), D(0))
    process = sum((m.process for m in months), D(0))
    core = direct + indirect + process
    tce = sum((m.tce or D(0) for m in months), D(0))

    def total(item: str, member: str) -> D:
        return sum((getattr(t, member) for t in trace if t.item == item), D(0))

    energy = [
        EnergyItem(
            name=n,
            source=s,
            use=u,
            amount=total(n, "amount"),
            unit=unit,
            tce=total(n, "tce") if s != "process" else D(0),
            tce_equal_value=total(n, "tce") * f if s != "process" else None,
            co2=total(n, "co2"),
            scope=scope,
        )
        for n, s, u, unit, scope, f in (
            ("电力", "electricity", "purchased_electricity", "MWh", "indirect", D("2.4")),
            ("天然气", "gas", "fuel", "万m³", "direct", D(1)),
            ("柴油", "oil", "fuel", "t", "direct", D(1)),
            ("外购热力", "heat", "purchased_heat", "GJ", "indirect", D("1.1")),
            ("石灰石煅烧", "process", "process", "tCO₂", "process", D(1)),
        )
    ]
    value_added = D("10120.50")
    benchmark = D("0.599812")
    intensity = (core / value_added).quantize(D("0.0001"))
    efficiency = (core / (value_added * benchmark)).quantize(D("0.0001"))
    facts = ReportFacts(
        kind="grade",
        year=2025,
        number="TXB2025440112000317",
        report_id="0190a0c5-4b1e-7c33-9d50-6f1a2b3c4d5e",
        issued_at="2026-03-18T01:41:09Z",
        issued_on="2026-03-18",
        basis="self",
        method_version="CE-2026.1",
        known_on="2026-03-18",
        company=Company(
            name="广州禾川塑料包装有限公司",
            uscc="91440112MA5CXXXX0K",
            region="广东省广州市黄埔区",
            region_code="440112",
            industry_code="C2926",
            industry="塑料包装箱及容器制造",
            address="黄埔区云埔工业区埔南路 8 号",
            nature="有限责任公司（自然人投资或控股）",
            legal_representative="陈*明",
            contact="李* 138****6021",
            key_emitter=False,
        ),
        operation=Operation(output=D("31250.00"), value_added=value_added, tax=D("1120.3"), staff=286),
        energy=energy,
        tce=tce,
        tce_equal_value=tce * D("1.6"),
        months=months,
        direct=direct,
        indirect=indirect,
        process=process,
        core=core,
        green_power_mwh=D("310.5"),
        own_power_mwh=D("182.44"),
        previous_core=core * D("1.092"),
        typed_tce=tce * D("1.02"),
        grade=Grade(
            graded=True,
            core=core,
            deducted=D(0),
            intensity=intensity,
            intensity_level="低碳" if intensity <= D("0.6") else "中碳",
            efficiency=efficiency,
            level=2 if efficiency > D("0.6") else 1,
            letter="B" if efficiency > D("0.6") else "A",
            benchmark=Benchmark(
                value=benchmark,
                label="广州市 C292 塑料制品业 2025 年（20 家）",
                source="平台统计：同年已提交完整数据企业的排放之和 ÷ 增加值之和",
                year=2025,
                firms=20,
            ),
            better_than=D("68.42"),
            peers=20,
            next_step="再减排 271.03 tCO₂（约 6.75%）可达到第 1 级。",
        ),
        neutrality=Neutrality(
            rate=D("6.12"),
            own=D("5.20"),
            offset=D("0.92"),
            parts=[
                NeutralityPart(name="自有光伏", amount=D("208.6"), evidence="并网验收单、月度电量表"),
                NeutralityPart(name="注销 CCER", amount=D("36.9"), evidence="注销证明"),
            ],
        ),
        trend=[
            YearFact(
                year=2023, core=core * D("1.21"), intensity=D("0.6421"), efficiency=D("0.9870"), letter="C", note="完整"
            ),
            YearFact(
                year=2024,
                core=core * D("1.092"),
                intensity=D("0.5403"),
                efficiency=D("0.8655"),
                letter="C",
                note="完整",
            ),
            YearFact(year=2025, core=core, intensity=intensity, efficiency=efficiency, letter="B", note="完整"),
        ],
        quality=Quality(
            expected=60,
            present=60,
            estimated_months=["2025-07", "2025-08"],
            questions=[
                Question(
                    period="2025-06",
                    item="柴油",
                    text="12.50 t 是近 3 个月平均的 9.5 倍",
                    answer="备用发电机检修期间连续运行",
                )
            ],
            remarks=["电力因子年内有两个版本：1—6 月用 2022 年度值，7—12 月用 2023 年度值。"],
            factors=[
                FactorRow(
                    no="F1",
                    code="GRID-GD-2023",
                    name="广东省平均电力",
                    value="0.4419",
                    unit="tCO₂/MWh",
                    factor_set="省级平均",
                    valid="2025-12-01 起",
                    source="生态环境部、国家统计局公告 2025 年第 47 号",
                ),
                FactorRow(
                    no="F2",
                    code="NDRC2015-NG",
                    name="天然气",
                    value="21.622",
                    unit="tCO₂/万m³",
                    factor_set="NDRC2015_OTHER",
                    valid="2015-07-06 起",
                    source="《工业其他行业企业温室气体排放核算方法与报告指南（试行）》",
                ),
                FactorRow(
                    no="F3",
                    code="NDRC2015-DIESEL",
                    name="柴油",
                    value="3.0959",
                    unit="tCO₂/t",
                    factor_set="NDRC2015_OTHER",
                    valid="2015-07-06 起",
                    source="《工业其他行业企业温室气体排放核算方法与报告指南（试行）》",
                ),
                FactorRow(
                    no="F4",
                    code="HEAT-DEFAULT",
                    name="热力",
                    value="0.11",
                    unit="tCO₂/GJ",
                    factor_set="默认",
                    valid="2015-07-06 起",
                    source="《工业其他行业企业温室气体排放核算方法与报告指南（试行）》",
                    note="缺省值",
                ),
            ],
        ),
        parameters=[
            Parameter(
                name="碳效等级界限 K5",
                value="0.6 / 0.8 / 1.2 / 2.0",
                in_force="2022-01-01 起",
                source="规上工业企业碳效等级评价方法",
            )
        ],
        trace=trace,
    )
    return msgspec.structs.replace(facts, **changes)


def ungraded() -> ReportFacts:
    """No value added: a report without a grade, with what to do."""
    facts = sample()
    return msgspec.structs.replace(
        facts,
        operation=msgspec.structs.replace(facts.operation, value_added=None),
        grade=Grade(
            graded=False,
            core=facts.core,
            deducted=D(0),
            reason="NO_VALUE_ADDED",
            reason_text="暂不能评级：2025 年工业增加值还没有填。",
            remedy=["在“生产经营”中填写 2025 年工业增加值（万元），再重新生成报告。"],
            benchmark=facts.grade.benchmark,
        ),
        neutrality=Neutrality(rate=None, reason_text="没有可计入的减排或抵消。"),
        trend=[facts.trend[0], msgspec.structs.replace(facts.trend[2], intensity=None, efficiency=None, letter=None)],
    )


def hard() -> ReportFacts:
    """Everything awkward at once: long rare name, unverified, part of a year, negative emission, missing month."""
    facts = sample()
    months = [
        msgspec.structs.replace(
            m,
            process=D("-420.5"),
            total=m.direct + m.indirect - D("420.5"),
            by_source={**m.by_source, "process": D("-420.5")},
        )
        for m in facts.months
    ]
    months[1] = MonthFact(period="2025-02", state="not_operating")
    months[0] = MonthFact(period="2025-01", state="not_operating")
    process = sum((m.process for m in months), D(0))
    direct = sum((m.direct for m in months), D(0))
    indirect = sum((m.indirect for m in months), D(0))
    core = direct + indirect + process
    return msgspec.structs.replace(
        facts,
        company=msgspec.structs.replace(
            facts.company,
            name="广州市黄埔区淼垚㸚燚犇骉羴鱻䶮生物质能源与碳捕集利用封存技术综合开发应用示范有限责任公司（特殊普通合伙）第二分公司",
            verified=False,
            identifier_prefix="88.118.20",
            key_emitter=True,
        ),
        months=months,
        direct=direct,
        indirect=indirect,
        process=process,
        core=core,
        grade=Grade(
            graded=False,
            core=core,
            deducted=D(0),
            reason="PART_YEAR",
            reason_text="暂不评级：企业申报 2025 年为部分年度，部分年度只列数据。",
            remedy=["下一个完整年度结束后即可评级。"],
        ),
        part_year=PartYear(
            months=[f"2025-{m:02d}" for m in range(3, 13)], reason="2025 年 3 月投产", document="竣工验收备案表"
        ),
        demo=True,
    )


def varied(seed: int) -> ReportFacts:
    """A firm whose every figure differs from the next one's."""
    months, trace = _months(D(1) + D(seed) / D(97))
    facts = sample(months=months, trace=trace, number=f"TXR2025440112{seed:06d}0")
    company = msgspec.structs.replace(facts.company, name=f"广州第{seed}试制塑料包装有限公司")
    return msgspec.structs.replace(facts, company=company, core=sum((m.total for m in months), D(0)))
