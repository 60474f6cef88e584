"""The eight facts of security that were reproduced against our libraries: each has tests that fail without its cure."""

from __future__ import annotations

from typing import Final

import pytest

from tests.support.named_tests import exists

FACTS: Final = {
    "1 a crash prints locals, and a key with them": (
        "commands/test_crashes.py::test_a_fault_in_the_feed_is_shown_as_one_and_keeps_its_secrets",
        "commands/test_crashes.py::test_a_fault_in_the_screen_ends_it_with_1_and_keeps_its_secrets",
        "ui/test_crash.py::test_wherever_it_breaks_it_ends_with_one_line",
        "auth/test_credentials.py::test_the_terminal_sees_no_key_in_a_crash_with_locals",
        "security/test_secrets.py::test_a_fault_that_has_a_key_in_hand_leaves_a_private_report_without_it",
        "security/test_secrets.py::test_a_signed_session_leaves_no_secret_anywhere",
    ),
    "2 escapes go through to the terminal": (
        "ui/test_hostile.py::test_hostile_text_is_shown_and_does_nothing",
        "core/test_text.py::test_hostile_text_is_seen_and_does_nothing",
        "commands/test_refusals.py::test_what_was_typed_comes_back_without_its_escapes",
        "recordings/test_writer.py::test_a_hostile_name_is_shown_without_its_teeth",
        "security/test_edges.py::test_the_demo_s_screen_obeys_no_text_of_the_venue_s",
    ),
    "3 brackets are markup": (
        "ui/test_hostile.py::test_brackets_are_shown_as_they_are",
        "ui/test_commands.py::test_hostile_names_are_no_markup_in_the_palette",
    ),
    "4 certificate errors are retried in silence": (
        "feed/test_connecting.py::test_a_certificate_that_is_not_good_ends_the_feed_before_a_byte_is_sent",
        "feed/test_connecting.py::test_a_redirect_is_refused_and_the_other_server_never_hears_of_us",
    ),
    "5 websockets logs tokens": (
        "security/test_secrets.py::test_a_library_that_logs_every_frame_gets_no_piece_of_a_token_into_the_log",
    ),
    "6 signals leave the terminal spoilt": (
        "commands/test_view.py::test_every_way_out_restores_the_terminal",
        "ui/test_terminal.py::test_stopped_it_gives_the_terminal_back_and_continued_it_draws_all",
    ),
    "7 files are made through planted links, for all to read": (
        "recordings/test_writer.py::test_a_planted_link_is_never_followed",
        "security/test_files.py::test_nothing_is_written_through_a_planted_link",
        "security/test_files.py::test_what_is_made_is_its_owner_s_alone",
    ),
    "8 numbers that are none": (
        "core/test_fixed_point.py::test_hostile_strings_are_no_numbers",
        "coinbase/test_messages.py::test_hostile_frames_are_malformed_and_nothing_worse",
    ),
}


@pytest.mark.parametrize("tests", FACTS.values(), ids=FACTS.keys())
def test_each_fact_has_its_tests(tests: tuple[str, ...]) -> None:
    assert [test for test in tests if not exists(test)] == []
