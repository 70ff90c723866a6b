"""A plan that was kept keeps its hash, whatever plans may say later."""

import pytest

from app.plans.loader import library, load_plan

KEPT = {
    "g7-unilevel": "fe07e2b0f35ea7f220eba5bcc4c32387753abd6879bebb2bd282e8d348c26365",
    "g8-unilevel-standard": "7271f2cec2e3fcc5fc3b59ec439ccd7a458ad568b4dd01397c9b6183a793fc7a",
    "g9-unilevel-dynamic": "3ddf7e41540f3851a594d886b29885fb68616736998494e8a47012464c77fa17",
    "g14-binary": "5dcb70b5669a341e7e228bf719e04da91f34df8c51f769b72f36f427c7382109",
    "sample": "c2718d1632d614e9af03a4e276b0517d59be585089374bcf6090e110d65b890a",
}
"""As they were before ranks could be maintained and binaries had options: a run names its plan by such a hash."""


@pytest.mark.parametrize("name", KEPT)
def test_a_plan_that_names_no_later_field_keeps_its_hash(name: str) -> None:
    assert load_plan(library()[name]).hash == KEPT[name]
