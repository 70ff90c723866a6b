"""What differs is shown, as in a test of its own."""

import pytest

pytest.register_assert_rewrite("tests.component.stateful.graph_state", "tests.component.stateful.machine")
