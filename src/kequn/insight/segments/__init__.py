"""Segments: overlapping groups of customers, each a rule over tags and a way to work it."""

from __future__ import annotations

from kequn.engine.macros import Parameters
from kequn.engine.query import Query
from kequn.insight.catalogue import Catalogue
from kequn.insight.segments.cells import cell_query
from kequn.insight.segments.matrix import matrix_query, size_query
from kequn.insight.segments.white_list import likelihood_query, white_list_query


def segment_queries(definitions: Catalogue, parameters: Parameters) -> dict[str, Query]:
    """The tables about segments by name, each after those that it reads; the first reads ``customer``."""
    return {
        "segment_cell": cell_query(definitions, parameters),
        "segment_size": size_query(definitions, parameters),
        "segment_matrix": matrix_query(definitions, parameters),
        "segment_likelihood": likelihood_query(definitions, parameters),
        "white_list": white_list_query(definitions, parameters),
    }
