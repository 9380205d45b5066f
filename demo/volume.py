"""Volume: any number of generated enterprises with a filed year each, by set-based SQL (100 000 in minutes). No personal data, no accounts.

Figures come from the catalogue's factors for the province; amounts vary by a hash of firm and month. Lines carry a short trace.
"""

import time
from decimal import Decimal

import asyncpg

import tenants
from carbon import Activity, calculate_line
from core import logs
from core.clock import beijing_today
from demo.city import DISTRICTS, INDUSTRIES
from factors import Ask, catalogue_from_files, source_group

BATCH = 5_000

FIRMS = """
create temp table volume_firm on commit drop as
select md5('tanxiao-volume/' || n)::uuid as id, n, ($5::text[])[n - $1::int + 1] as uscc,
       ($3::text[])[1 + n % cardinality($3::text[])] as region,
       ($4::text[])[1 + n % cardinality($4::text[])] as industry,
       (0.4 + (hashint4(n) & 1023) / 640.0)::numeric(12,4) as scale
  from generate_series($1::int, $2::int) n
"""
ORGANISATIONS = """
insert into organisation (id, kind, uscc, name, region_code, industry_code, status, origin, created_at, updated_at)
select id, 'enterprise', uscc, '演示批量企业' || lpad(n::text, 6, '0'), region, industry, 'active', 'demo', now(), now() from volume_firm
"""
TEMPLATES = "insert into template (tenant_id, version, first_month, saved_at) select id, 1, $1 * 100 + 1, now() from volume_firm"
ITEMS = """
insert into template_item (tenant_id, id, carrier, name, use, unit, sort, first_month, template_version)
select f.id, md5(f.id || e.carrier)::uuid, e.carrier, e.name, e.use, e.unit, e.sort, $1 * 100 + 1, 1
  from volume_firm f join volume_energy e on e.industry = f.industry
"""
MONTHS = """
create temp table volume_line on commit drop as
select f.id as tenant_id, md5(f.id || '/' || m)::uuid as month_id, $1 * 100 + m as period, e.*, f.region,
       round((e.monthly * f.scale * (0.9 + (hashtext(f.id || e.carrier || m) & 255) / 1280.0))::numeric, 2) as amount
  from volume_firm f join volume_energy e on e.industry = f.industry cross join generate_series(1, 12) m
"""
POST_MONTHS = """
insert into inventory_month (tenant_id, id, period, version, state, origin, template_version, items, co2_direct, co2_indirect, co2_process, co2_total,
  tce_equivalent, tce_equal_value, submitted_at)
select tenant_id, month_id, period, 1, 'submitted', 'filing', 1, jsonb_object_agg(md5(tenant_id || carrier)::uuid, amount::text),
  sum(case when scope = 'direct' then round(amount * factor, 6) else 0 end), sum(case when scope = 'indirect' then round(amount * factor, 6) else 0 end), 0,
  sum(round(amount * factor, 6)), sum(round(amount * tce, 6)), sum(round(amount * tce_equal, 6)), now()
  from volume_line group by tenant_id, month_id, period
"""
POST_LINES = """
insert into inventory_line (tenant_id, id, month_id, period, position, item_id, name, carrier, use, source_group, scope, unit, amount, factor_code,
  factor_value, factor_unit, co2_t, tce_equivalent, tce_equal_value, trace)
select tenant_id, md5(month_id || carrier)::uuid, month_id, period, sort, md5(tenant_id || carrier)::uuid, name, carrier, use, source_group, scope, unit, amount,
  factor_code, factor, factor_unit, round(amount * factor, 6), round(amount * tce, 6), round(amount * tce_equal, 6),
  jsonb_build_object('formula', amount || ' ' || unit || ' × ' || factor || ' = ' || round(amount * factor, 6) || ' tCO2', 'inputs', '[]'::jsonb)
  from volume_line
"""
HEADS = "insert into month_head (tenant_id, period, version, state, month_id) select distinct tenant_id, period, 1, 'submitted', month_id from volume_line"
OPERATING = """
insert into operating_data (tenant_id, id, period, year, version, output_value, value_added, tax, saved_at)
select f.id, md5(f.id || 'operating')::uuid, $1::text, $1, 1, round(f.scale * e.output, 2), round(f.scale * e.output * 0.25, 2), round(f.scale * e.output * 0.04, 2), now()
  from volume_firm f join (select distinct on (industry) industry, output from volume_energy) e on e.industry = f.industry
"""
DELTAS = """
insert into rollup_delta (tenant_id, period, region_code, industry_code, basis, source_group, co2, tce, months_complete)
select tenant_id, period, region, industry, 'self', source_group, sum(round(amount * factor, 6)), sum(round(amount * tce, 6)), 0
  from volume_line group by 1, 2, 3, 4, 6
union all
select distinct tenant_id, period, region, industry, 'self', 'month', 0, 0, 1 from volume_line
"""
OPERATING_DELTAS = """
insert into rollup_delta (tenant_id, period, region_code, industry_code, basis, source_group, va, output)
select f.id, $1 * 100, f.region, f.industry, 'self', 'operating', o.value_added, o.output_value from volume_firm f join operating_data o on o.tenant_id = f.id
"""


async def load(connection: asyncpg.Connection, count: int) -> None:
    """Load ``count`` enterprises that are not there yet, in batches of one transaction each; prints progress."""
    year = beijing_today().year - 1
    began, done = time.monotonic(), 0
    present = await connection.fetchval("select count(*) from organisation where name like '演示批量企业%'")
    first = int(present) + 1
    while first + done <= count:
        last = min(count, first + done + BATCH - 1)
        async with connection.transaction():
            await _energies(connection, year)
            industries = [i[0] for i in INDUSTRIES]
            codes = [_code(n) for n in range(first + done, last + 1)]
            await connection.execute(FIRMS, first + done, last, list(DISTRICTS), industries, codes)
            await connection.execute("insert into claim (kind, value, tenant_id) select 'uscc', uscc, id from volume_firm")
            await connection.execute(ORGANISATIONS)
            for sql in (TEMPLATES, ITEMS, MONTHS):
                await connection.execute(sql.replace("$1", str(year)))
            for sql in (POST_MONTHS, POST_LINES, HEADS, DELTAS):
                await connection.execute(sql)
            await connection.execute(OPERATING.replace("$1::text", f"'{year}'").replace("$1", str(year)))
            await connection.execute(OPERATING_DELTAS.replace("$1", str(year)))
        done = last - first + 1
        print(f"  {done + int(present)} / {count} enterprises, {time.monotonic() - began:.0f} s", flush=True)
    while await connection.fetchval("select fold_rollups(200000)"):
        pass
    logs.note("volume loaded", enterprises=count, seconds=round(time.monotonic() - began))


async def _energies(connection: asyncpg.Connection, year: int) -> None:
    """What each industry uses, with the factor of one unit, as a temporary table."""
    book, today = catalogue_from_files(), beijing_today()
    rows = []
    for industry, _, electricity, yield_, others in INDUSTRIES:
        energies = [("electricity", "10^4 kWh", "purchased_electricity", Decimal(1)), *((c, u, s, Decimal(r)) for c, u, s, r in others)]
        for sort, (code, unit, use, ratio) in enumerate(energies):
            one = calculate_line(Activity(book.carrier(code, Ask("440000", year * 100 + 1, today)), Decimal(1), unit, use))
            scope = "direct" if use == "fuel" else "indirect"
            rows.append(
                (industry, code, book.name(code), use, unit, sort, Decimal(electricity) * ratio, scope, source_group(code), one.factor["code"], one.co2_t,
                 f"tCO2/{unit}", one.tce_equivalent, one.tce_equal_value, Decimal(electricity) * Decimal(yield_) * 3)
            )  # fmt: skip
    await connection.execute(
        "create temp table volume_energy (industry text, carrier text, name text, use text, unit text, sort int, monthly numeric, scope text, source_group text,"
        " factor_code text, factor numeric, factor_unit text, tce numeric, tce_equal numeric, output numeric) on commit drop"
    )
    await connection.copy_records_to_table("volume_energy", records=rows)


def _code(number: int) -> str:
    body = f"9144010{1 + number % 9}Y{50_000_000 + number:08d}"
    return body + tenants.uscc_check_character(body)
