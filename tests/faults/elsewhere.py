"""Rows of FAULTS that are no faults of a venue's wire, or have more to them than that: which tests prove them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Proof:
    """How a row is proved."""

    how: str
    """What provokes it, in words; and why not the real thing, where one machine cannot do it."""
    tests: tuple[str, ...]
    """``file::function``, below ``tests``."""


ELSEWHERE: Final[dict[int, tuple[Proof, ...]]] = {
    1: (
        Proof(
            "a frame of each channel lost in a relay, snapshots held up",
            ("feed/test_gaps.py::test_a_lost_frame_of_any_channel_makes_every_book_stale_until_its_own_snapshot",),
        ),
    ),
    6: (Proof("a peer that reads nothing", ("feed/test_connecting.py::test_a_peer_that_answers_no_pings_is_dead",)),),
    9: (
        Proof(
            "a queue that is never empty; a dam that breaks",
            (
                "feed/test_flood.py::test_the_loop_turns_although_the_queue_is_never_empty",
                "feed/test_flood.py::test_what_piled_up_on_the_way_is_taken_in_and_nothing_is_left_out",
            ),
        ),
    ),
    12: (
        Proof(
            "a message beyond our own limit: not tried again",
            ("feed/test_bad_frames.py::test_a_message_beyond_every_limit_ends_the_feed_with_a_word",),
        ),
    ),
    13: (
        Proof(
            "a key that the exchange does not know",
            (
                "feed/test_refused_tokens.py::test_an_unknown_key_is_tried_once_more_and_then_left_out",
                "coinbase/test_subscriptions.py::"
                "test_a_refused_token_is_tried_anew_at_once_then_left_out_and_tried_after_5_15_60_s",
            ),
        ),
    ),
    14: (
        Proof(
            "tokens that expire under a running stream",
            ("feed/test_renewal.py::test_tokens_are_renewed_in_time_unless_told_otherwise",),
        ),
    ),
    31: (
        Proof(
            "a snapshot above the library's limit",
            ("feed/test_bad_frames.py::test_a_snapshot_larger_than_the_library_s_own_limit_comes_through",),
        ),
    ),
    33: (
        Proof(
            "a resolver that fails (replaced: a machine whose only network is loopback has none to fail)",
            ("feed/test_connecting.py::test_a_name_that_cannot_be_resolved",),
        ),
    ),
    34: (
        Proof(
            "certificates self-signed, another's, expired",
            ("feed/test_connecting.py::test_a_certificate_that_is_not_good_ends_the_feed_before_a_byte_is_sent",),
        ),
    ),
    35: (
        Proof("a port that is closed", ("feed/test_connecting.py::test_a_port_where_nobody_listens",)),
        Proof(
            "the same, as a process",
            ("commands/test_stream.py::test_an_address_where_nobody_is_makes_it_1_and_says_so",),
        ),
    ),
    37: (
        Proof(
            "every size from 1x1, and a storm of them",
            (
                "ui/test_keys.py::test_a_resize_storm_with_everything_open",
                "ui/test_keys.py::test_every_size_works_and_comes_back",
                "ui/test_keys.py::test_small_terminals_keep_what_matters",
            ),
        ),
    ),
    38: (
        Proof(
            "TERM=dumb, NO_COLOR, no UTF-8, no terminal at all",
            (
                "commands/test_refusals.py::test_a_terminal_that_cannot_show_it_is_told_so",
                "commands/test_refusals.py::test_a_line_that_cannot_be_obeyed_is_2",
                "ui/test_line_widget.py::test_no_color_is_obeyed",
                "ui/test_filters.py::test_every_page_is_ascii",
            ),
        ),
    ),
    39: (
        Proof(
            "each signal, to screen, stream and exchange",
            (
                "commands/test_view.py::test_every_way_out_restores_the_terminal",
                "commands/test_signals.py::test_streams_end_with_their_last_lines_and_whole_recordings",
                "commands/test_signals.py::test_an_exchange_ended_by_a_signal_tells_the_truth",
            ),
        ),
    ),
    40: (
        Proof(
            "Ctrl+Z, SIGTSTP and SIGSTOP, then SIGCONT",
            (
                "ui/test_terminal.py::test_stopped_it_gives_the_terminal_back_and_continued_it_draws_all",
                "ui/test_terminal.py::test_stopped_without_warning_it_draws_all_and_restores_in_the_end",
                "faults/test_processes.py::test_a_stream_that_was_stopped_doubts_first",
            ),
        ),
    ),
    41: (
        Proof(
            "a pty whose other end is closed",
            (
                "commands/test_view.py::test_a_terminal_that_is_closed_ends_it_soon_with_a_whole_recording",
                "ui/test_terminal.py::test_without_a_terminal_it_ends_soon_and_does_not_spin",
                "commands/test_stream.py::test_a_closed_pipe_ends_it_quietly",
            ),
        ),
    ),
    42: (
        Proof(
            "a size limit of the shell's, a disk that fails, /dev/full",
            (
                "recordings/test_writer.py::test_a_real_size_limit_ends_it_with_a_valid_prefix",
                "recordings/test_writer.py::test_a_disk_that_fails_ends_it_and_is_named",
                "commands/test_stream.py::test_a_full_disk_under_a_recording_is_told_and_the_stream_goes_on",
            ),
        ),
    ),
    43: (
        Proof(
            "a planted link, a file that exists",
            (
                "recordings/test_writer.py::test_a_planted_link_is_never_followed",
                "recordings/test_writer.py::test_the_file_is_private_and_exclusive",
                "security/test_files.py::test_nothing_is_written_through_a_planted_link",
            ),
        ),
    ),
    44: (
        Proof(
            "files cut, damaged, foreign, endless, and any bytes",
            (
                "recordings/test_reader.py::test_damage_ends_it_with_its_number_after_what_stood_before",
                "recordings/test_reader.py::test_a_line_without_end_is_refused_at_the_bound",
                "recordings/test_reader.py::test_any_file_is_read_or_refused",
                "commands/test_refusals.py::test_a_damaged_recording_is_shown_up_to_the_damage",
            ),
        ),
    ),
    45: (
        Proof(
            "a signed session, recorded",
            (
                "commands/test_truth.py::test_what_is_dumped_is_the_truth_under_either_numbering",
                "security/test_secrets.py::test_a_signed_session_leaves_no_secret_anywhere",
            ),
        ),
    ),
    46: (
        Proof(
            "key files of every bad kind",
            (
                "auth/test_credentials.py::test_a_key_that_cannot_be_used_is_named",
                "auth/test_credentials.py::test_missing_and_irregular_files_are_named",
                "auth/test_credentials.py::test_a_file_that_is_open_to_others_is_refused_with_the_cure",
                "auth/test_credentials.py::test_a_file_of_100_mb_is_refused_unread",
            ),
        ),
    ),
    47: (
        Proof(
            "faults of our own in feed, signer, widget and timer, keys within reach",
            (
                "commands/test_crashes.py::test_a_fault_in_the_feed_is_shown_as_one_and_keeps_its_secrets",
                "commands/test_crashes.py::test_a_fault_in_the_screen_ends_it_with_1_and_keeps_its_secrets",
                "ui/test_crash.py::test_wherever_it_breaks_it_ends_with_one_line",
            ),
        ),
    ),
    48: (
        Proof(
            "hostile text wherever text comes from, on the screen",
            (
                "ui/test_hostile.py::test_hostile_text_is_shown_and_does_nothing",
                "core/test_text.py::test_only_harmless_characters_come_out_and_once_is_enough",
                "security/test_edges.py::test_the_demo_s_screen_obeys_no_text_of_the_venue_s",
            ),
        ),
    ),
    49: (
        Proof(
            "either clock jumps (moved by hand: a machine cannot be put to sleep by a test)",
            (
                "session/test_doubt.py::test_a_program_that_did_not_run_doubts_first",
                "faults/test_clocks.py::test_a_clock_that_is_stepped_either_way_moves_no_age_and_costs_no_more_than_a_doubt",
                "faults/test_processes.py::test_a_stream_that_was_stopped_doubts_first",
            ),
        ),
    ),
    52: (
        Proof(
            "acknowledgements that no longer name a product, and other channels that are dropped",
            (
                "session/test_subscribed.py::test_a_book_that_the_venue_no_longer_lists_is_stale_and_subscribed_again",
                "feed/test_resubscribing.py::test_a_book_that_the_venue_drops_is_stale_within_a_second_and_subscribed_again",
                "feed/test_resubscribing.py::test_channels_that_the_venue_drops_come_back_without_a_doubt",
            ),
        ),
    ),
    53: (
        Proof(
            "a change lost before the first heartbeat",
            (
                "session/test_evidence.py::test_a_loss_before_the_scope_is_decided_is_doubt_at_once_and_one_gap",
                "feed/test_lost_at_the_start.py::test_a_change_that_is_lost_before_the_first_heartbeat_is_one_gap_and_heals",
            ),
        ),
    ),
    54: (
        Proof(
            "a snapshot of the venue's own between doubt and unsubscribe; a subscribe refused or ignored",
            (
                "session/test_subscribed.py::test_a_snapshot_between_unsubscribe_and_subscribe_does_not_count",
                "feed/test_resubscribing.py::test_a_snapshot_of_the_venue_s_own_does_not_hide_a_refused_subscribe",
                "feed/test_resubscribing.py::test_a_snapshot_of_the_venue_s_own_does_not_hide_a_subscribe_that_is_ignored",
            ),
        ),
    ),
    55: (
        Proof(
            "two markets of like names, in either order, either one late, with a list and without one",
            (
                "commands/test_identity.py::test_like_names_are_never_answered_with_each_other_s_book",
                "commands/test_identity.py::test_a_list_that_comes_after_the_books_leaves_no_foreign_one",
                "commands/test_identity.py::test_a_replay_and_an_export_give_no_other_product_s_book",
                "session/test_market_identity.py::test_two_markets_with_like_names_never_touch_each_other",
            ),
        ),
        Proof(
            "a future, listed and not listed",
            (
                "commands/test_futures.py::test_a_stream_says_what_its_sizes_count",
                "session/test_market_identity.py::test_a_future_s_values_wait_for_the_size_of_its_contract",
            ),
        ),
    ),
    56: (
        Proof(
            "65,536 fragments and more, an exception of the library, a flood of pings whose answers nobody reads",
            (
                "feed/test_hostile_server.py::test_a_message_in_as_many_fragments_as_are_allowed_is_read",
                "feed/test_hostile_server.py::test_more_fragments_are_a_lost_connection_that_is_made_anew",
                "feed/test_hostile_server.py::test_a_failure_is_raised_again_by_every_later_call",
                "feed/test_hostile_server.py::test_an_exception_of_the_library_is_a_lost_connection",
                "feed/test_hostile_server.py::test_a_flood_of_pings_is_a_lost_connection",
                "feed/test_hostile_server.py::test_pongs_that_are_not_read_are_bounded",
            ),
        ),
        Proof(
            "frames of fifteen kinds that each bring something new",
            ("session/test_hostile_variety.py::test_what_is_kept_of_hostile_variety_is_bounded",),
        ),
    ),
    50: (
        Proof(
            "a proxy in the environment",
            (
                "feed/test_connecting.py::test_the_venue_is_reached_through_the_proxy_and_the_token_is_not_in_the_open",
                "feed/test_connecting.py::test_no_proxy_stands_between_us_and_loopback",
                "commands/test_loopback_only.py::test_the_demo_stream_stays_here_whatever_proxies_there_are",
            ),
        ),
    ),
}
"""By row."""
