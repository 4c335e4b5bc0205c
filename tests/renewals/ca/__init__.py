"""Tests of the ways to a CA. The contract's assertions explain themselves like a test's."""

import pytest

pytest.register_assert_rewrite("tests.renewals.ca.contract")
