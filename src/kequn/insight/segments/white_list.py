"""White lists: who of a segment lacks another segment or product, the likeliest takers first.

The likelihood is a frequency, not a model: the share of holders among the segment's members in the same cell (tier,
age band, number of products). It says how usual the target is among like customers, not how they answer a contact.
"""

from __future__ import annotations

from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.insight.catalogue import Catalogue
from kequn.insight.segments.cells import CELL, flags, placed


def likelihood_query(definitions: Catalogue, parameters: Parameters) -> Query:
    """Table ``segment_likelihood``, one row for each pair of a white list and each cell; reads ``segment_cell``.

    Columns: segment, target, segment_bit, target_bit, tier_rank, age_band, product_band, members, candidates (without
    the target), likelihood, basis (``cell``, ``tier`` or ``segment``: the smallest group that was large enough).
    A group's share is drawn to the wider group's with the weight of segments.prior_customers customers.
    """
    text = f"""
        WITH pair AS ({_pairs(definitions, parameters)}),
        cell AS (
          SELECT segment, target, segment_bit, target_bit, {CELL}, isum(customers) AS members,
            isum(CASE WHEN (mask // target_bit) % 2 = 1 THEN customers ELSE 0 END) AS holders
          FROM segment_cell CROSS JOIN pair
          WHERE (mask // segment_bit) % 2 = 1
          GROUP BY segment, target, segment_bit, target_bit, {CELL}
        ),
        whole AS (
          SELECT segment, target, share(isum(holders), isum(members)) AS chance FROM cell GROUP BY segment, target
        ),
        tier_group AS (
          SELECT cell.segment, cell.target, cell.tier_rank, isum(cell.members) AS members,
            isum(cell.holders) AS holders, MAX(whole.chance) AS wider
          FROM cell JOIN whole ON cell.segment = whole.segment AND cell.target = whole.target
          GROUP BY cell.segment, cell.target, cell.tier_rank
        ),
        tier_chance AS (
          SELECT segment, target, tier_rank, members >= setting('segments.cell_members_least') AS enough,
            CASE WHEN members >= setting('segments.cell_members_least')
              THEN share(holders + setting('segments.prior_customers') * wider,
                members + setting('segments.prior_customers'))
              ELSE wider END AS chance
          FROM tier_group
        )
        SELECT cell.segment, cell.target, cell.segment_bit, cell.target_bit, cell.tier_rank, cell.age_band,
          cell.product_band, cell.members, cell.members - cell.holders AS candidates,
          CASE WHEN cell.members >= setting('segments.cell_members_least')
            THEN share(cell.holders + setting('segments.prior_customers') * tier_chance.chance,
              cell.members + setting('segments.prior_customers'))
            ELSE tier_chance.chance END AS likelihood,
          CASE WHEN cell.members >= setting('segments.cell_members_least') THEN 'cell'
            WHEN tier_chance.enough THEN 'tier' ELSE 'segment' END AS basis
        FROM cell JOIN tier_chance ON cell.segment = tier_chance.segment AND cell.target = tier_chance.target
          AND cell.tier_rank = tier_chance.tier_rank"""
    return compile_query(text, parameters, "segment_likelihood")


def white_list_query(definitions: Catalogue, parameters: Parameters) -> Query:
    """Table ``white_list``, at most segments.white_list_size rows a pair.

    Columns: segment, target, place (1 is first), customer_id, likelihood, basis, cell_members, aum_fen, branch_id,
    org_id, staff_id. Order: likelihood, then AUM, then customer_id. Only cells that can still reach the list are
    joined to customers, so that nobody else is sorted. Reads ``segment_likelihood`` and ``customer``.
    """
    text = f"""
        WITH level AS (
          SELECT segment, target, likelihood, isum(candidates) AS candidates
          FROM segment_likelihood WHERE candidates > 0 GROUP BY segment, target, likelihood
        ),
        reached AS (
          SELECT segment, target, likelihood, isum(candidates) OVER (PARTITION BY segment, target
            ORDER BY likelihood DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - candidates AS before
          FROM level
        ),
        chosen AS (
          SELECT cell.segment, cell.target, cell.segment_bit, cell.target_bit, cell.tier_rank, cell.age_band,
            cell.product_band, cell.members, cell.likelihood, cell.basis
          FROM segment_likelihood AS cell JOIN reached ON cell.segment = reached.segment
            AND cell.target = reached.target AND cell.likelihood = reached.likelihood
          WHERE reached.before < setting('segments.white_list_size') AND cell.candidates > 0
        ),
        person AS (
          SELECT customer_id, COALESCE(aum, 0) AS aum_fen, branch_id, org_id, staff_id,
            {placed(flags(definitions, parameters.settings))}
          FROM customer
        ),
        ordered AS (
          SELECT chosen.segment, chosen.target, ROW_NUMBER() OVER (PARTITION BY chosen.segment, chosen.target
              ORDER BY chosen.likelihood DESC, person.aum_fen DESC, person.customer_id) AS place,
            person.customer_id, chosen.likelihood, chosen.basis, chosen.members AS cell_members, person.aum_fen,
            person.branch_id, person.org_id, person.staff_id
          FROM person JOIN chosen ON person.tier_rank = chosen.tier_rank AND person.age_band = chosen.age_band
            AND person.product_band = chosen.product_band
          WHERE (person.mask // chosen.segment_bit) % 2 = 1 AND (person.mask // chosen.target_bit) % 2 = 0
        )
        SELECT segment, target, place, customer_id, likelihood, basis, cell_members, aum_fen, branch_id, org_id,
          staff_id
        FROM ordered WHERE place <= setting('segments.white_list_size')"""
    return compile_query(text, parameters, "white_list")


def _pairs(definitions: Catalogue, parameters: Parameters) -> str:
    names = flags(definitions, parameters.settings)
    listed = [
        f"SELECT '{segment.name}' AS segment, '{target}' AS target,"
        f" CAST({1 << names.index(segment.name)} AS BIGINT) AS segment_bit,"
        f" CAST({1 << names.index(target)} AS BIGINT) AS target_bit"
        for segment in definitions.segments.values()
        for target in segment.white_list
    ]
    nobody = (
        "SELECT '' AS segment, '' AS target, CAST(1 AS BIGINT) AS segment_bit, CAST(1 AS BIGINT) AS target_bit"
        " FROM segment_cell WHERE FALSE"
    )
    return " UNION ALL ".join(listed) or nobody
