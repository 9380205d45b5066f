"""SQL of the sums and benchmarks."""

FOLD = "select fold_rollups($1)"

OWN_YEAR = "select * from own_firm_year($1) order by basis desc"

MONTH_CELLS = (
    "select * from month_cells($1, $2, $3, $4) order by region_code, industry_code, period, basis, source_group"
)

CELLS = "select * from benchmark_cells($1)"

PUT_PLATFORM = "select benchmark_put_platform($1, $2, $3, $4)"

HAS_PLATFORM = "select exists (select 1 from benchmark where origin = 'platform' and period = $1)"

# rows in force on a day, for any of the given years, regions and industries (CE8)
CANDIDATES = """
select id, region_code, region_level, industry_code, industry_level, period, basis, b, n, largest_share, origin,
source, document, known_from
from benchmark
where state = 'published' and known_from <= $1 and (known_to is null or known_to > $1)
  and period = any($2) and region_code = any($3) and industry_code = any($4)
"""

PROPOSE = "select benchmark_propose($1, $2)"
DECIDE = "select benchmark_decide($1, $2, $3, $4, $5)"

LIST = """
select id, region_code, region_level, industry_code, industry_level, period, basis, b, n, largest_share, origin,
source, document, state,
       known_from, known_to, proposed_at, decided_at, decision_note,
       proposed_by is not distinct from coalesce(cur_person(), cur_account()) as proposed_by_me, count(*) over () as
       total
from benchmark
where ($1 = '' or period = $1) and ($2 = '' or starts_with(industry_code, $2)) and ($3 = '' or state = $3) and ($4 =
'' or origin = $4)
order by (state = 'draft') desc, period desc, industry_code, region_code, proposed_at desc
limit $5 offset $6
"""

ONE = """
select id, region_code, region_level, industry_code, industry_level, period, basis, b, n, largest_share, origin,
source, document, state,
       known_from, known_to, proposed_at, decided_at, decision_note,
       proposed_by is not distinct from coalesce(cur_person(), cur_account()) as proposed_by_me
from benchmark where id = $1
"""

PLACE = "select * from peer_place($1, $2, $3, $4, $5)"
