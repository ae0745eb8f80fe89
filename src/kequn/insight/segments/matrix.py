"""Sizes of segments, and the cross-coverage matrix: who of one segment is in another or holds a product."""

from __future__ import annotations

from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.insight.catalogue import Catalogue
from kequn.insight.segments.cells import bits, flags, kinds


def size_query(definitions: Catalogue, parameters: Parameters) -> Query:
    """Table ``segment_size``: segment, members, aum_fen and their shares of all; reads ``segment_cell``."""
    names = flags(definitions, parameters.settings)
    segments = dict.fromkeys(definitions.segments, "segment")
    text = f"""
        WITH flag AS ({bits(names, segments)}),
        counted AS (
          SELECT flag.name AS segment,
            isum(CASE WHEN (mask // bit) % 2 = 1 THEN customers ELSE 0 END) AS members,
            isum(CASE WHEN (mask // bit) % 2 = 1 THEN aum_fen ELSE 0 END) AS aum_fen,
            isum(customers) AS customers, isum(aum_fen) AS all_aum_fen
          FROM segment_cell CROSS JOIN flag GROUP BY flag.name
        )
        SELECT segment, members, aum_fen, share(members, customers) AS customer_share,
          share(aum_fen, all_aum_fen) AS aum_share
        FROM counted"""
    return compile_query(text, parameters, "segment_size")


def matrix_query(definitions: Catalogue, parameters: Parameters) -> Query:
    """Table ``segment_matrix``, one row for each segment and each other segment or product; reads ``segment_cell``.

    Columns: segment, target, kind (of the target), members, target_members, both_members, share (of the segment's
    members that are or hold the target), base_share (of all customers), lift = share / base_share. A share over
    nobody is NULL, and so is a lift over it.
    """
    names = flags(definitions, parameters.settings)
    segments = dict.fromkeys(definitions.segments, "segment")
    text = f"""
        WITH row_flag AS ({bits(names, segments)}),
        column_flag AS ({bits(names, kinds(definitions, names))}),
        combination AS (SELECT mask, isum(customers) AS customers FROM segment_cell GROUP BY mask),
        counted AS (
          SELECT row_flag.name AS segment, column_flag.name AS target, column_flag.kind,
            isum(CASE WHEN (mask // row_flag.bit) % 2 = 1 THEN customers ELSE 0 END) AS members,
            isum(CASE WHEN (mask // column_flag.bit) % 2 = 1 THEN customers ELSE 0 END) AS target_members,
            isum(CASE WHEN (mask // row_flag.bit) % 2 = 1 AND (mask // column_flag.bit) % 2 = 1
              THEN customers ELSE 0 END) AS both_members,
            isum(customers) AS customers
          FROM combination CROSS JOIN row_flag CROSS JOIN column_flag
          WHERE row_flag.name <> column_flag.name
          GROUP BY row_flag.name, column_flag.name, column_flag.kind
        )
        SELECT segment, target, kind, members, target_members, both_members,
          share(both_members, members) AS share, share(target_members, customers) AS base_share,
          share(share(both_members, members), share(target_members, customers)) AS lift
        FROM counted"""
    return compile_query(text, parameters, "segment_matrix")
