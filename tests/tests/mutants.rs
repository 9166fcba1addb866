//! The contract of stores finds out: each store that is wrong in one thing is rejected by the case that is about it, and a
//! store that does nothing by every one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::thread;

use es_runtime::contract::{Abilities, Case, Subject, cases};
use es_runtime::{AnyStore, Clock, EventStore, MemoryStore, RowStore, StoreError};
use es_tests::idle::Idle;
use es_tests::mutants::Fault::{self, *};
use es_tests::mutants::Place;

/// Which case rejects which mutant.
const REJECTED: &[(&str, Fault)] = &[
    ("append::an_empty_commit_stores_nothing", CountsEmptyCommits),
    ("append::events_keep_the_order_they_were_given_in", Reorders),
    (
        "append::an_expectation_lets_in_what_it_should_and_nothing_else",
        IgnoresTheExpectedVersion,
    ),
    (
        "append::an_expectation_lets_in_what_it_should_and_nothing_else",
        TellsTheWrongConflict,
    ),
    (
        "append::a_refused_append_leaves_nothing",
        RemembersRefusedCommands,
    ),
    ("append::an_event_id_is_stored_once", TakesKnownEventIds),
    (
        "append::a_receipt_tells_versions_and_positions",
        TellsWrongVersions,
    ),
    (
        "append::a_receipt_tells_versions_and_positions",
        TellsWrongPositions,
    ),
    (
        "append::several_streams_are_written_together_or_not_at_all",
        HalfCommits,
    ),
    (
        "append::a_stream_that_was_only_read_must_still_stand_where_it_was_read",
        IgnoresWhatWasOnlyRead,
    ),
    (
        "append::versions_beyond_31_and_53_bits_are_compared_whole",
        NarrowsNumbers,
    ),
    (
        "append::recorded_at_never_goes_back_though_the_clock_does",
        RecordsBackwards,
    ),
    ("chain::a_chain_is_stored_in_order", Reorders),
    (
        "chain::a_chain_stops_at_its_first_refusal_though_a_foreign_event_makes_a_later_expectation_true",
        IgnoresTheChain,
    ),
    (
        "chain::a_chain_stops_at_whatever_is_refused",
        IgnoresTheChain,
    ),
    (
        "chain::a_chain_stops_behind_a_repeated_command",
        GoesOnBehindARepeatedCommand,
    ),
    (
        "chain::a_commit_of_a_chain_is_checked_against_those_before_it",
        IgnoresTheGuard,
    ),
    (
        "command::a_repeated_command_gives_the_first_receipt",
        ForgetsTheCommandRecord,
    ),
    (
        "command::a_repeated_command_gives_the_first_receipt",
        GivesNoReceipt,
    ),
    (
        "command::a_repeated_command_gives_the_first_receipt",
        AppendsOtherwiseThanInAChain,
    ),
    (
        "command::a_repeated_command_gives_the_first_receipt_after_a_restart",
        ForgetsCommandsOnRestart,
    ),
    (
        "command::the_id_of_a_command_stands_for_it_alone",
        NarrowsFingerprints,
    ),
    (
        "command::an_empty_commit_with_a_command_is_remembered",
        ForgetsEmptyCommits,
    ),
    (
        "command::a_refused_command_is_not_remembered",
        RemembersRefusedCommands,
    ),
    (
        "command::racers_with_one_command_carry_it_out_once",
        ForgetsTheCommandRecord,
    ),
    (
        "race::of_five_racers_with_ten_events_each_one_wins",
        ChecksExpectationsTooEarly,
    ),
    ("race::racers_that_expect_nothing_all_succeed", Doubles),
    (
        "race::racers_over_the_same_streams_in_any_order_do_not_block_each_other",
        ChecksExpectationsTooEarly,
    ),
    (
        "race::racers_through_two_openings_do_not_overwrite_each_other",
        ChecksExpectationsTooEarly,
    ),
    (
        "race::an_append_whose_future_is_dropped_harms_nobody",
        HalfCommitsWhenDropped,
    ),
    (
        "limits::a_commit_beyond_a_limit_is_refused_whole",
        CutsToLimits,
    ),
    ("limits::a_commit_at_the_limits_is_stored", CutsBodies),
    ("limits::a_body_of_one_mebibyte_is_stored", CutsBodies),
    (
        "limits::names_of_255_bytes_hold_any_characters",
        NarrowsNames,
    ),
    ("read::a_missing_stream_is_empty", ForgetsCategories),
    (
        "read::bare_events_are_the_events_that_are_read_whole",
        MakesUpWhatIsLeftOut,
    ),
    (
        "read::bare_events_are_the_events_that_are_read_whole",
        LeavesOutWhatIsAsked,
    ),
    (
        "read::a_stream_is_cut_from_either_end",
        ReadsBackwardsFromTheStart,
    ),
    ("read::a_stream_is_cut_from_either_end", StopsBeforeTheLast),
    ("read::the_log_is_cut_from_either_end", ReadsOneAtLeast),
    (
        "read::pages_of_1_2_and_100_give_each_of_199_events_once",
        LosesOneInAHundred,
    ),
    (
        "read::pages_of_1_2_and_100_give_each_of_199_events_once",
        ReachesTooFar,
    ),
    (
        "read::positions_strictly_increase_over_all_streams",
        CountsPositionsByStream,
    ),
    (
        "read::queries_find_what_they_mean_once_and_in_order",
        ForgetsTags,
    ),
    (
        "read::a_page_tells_how_far_the_log_was_looked_through",
        ReachesNothingWhereNothingMatches,
    ),
    (
        "read::the_head_of_an_empty_store_is_nothing",
        HasAHeadWhileEmpty,
    ),
    (
        "read::numbers_beyond_31_53_and_63_bits_bound_a_slice",
        NarrowsSlices,
    ),
    (
        "follow::a_reader_that_follows_eight_writers_sees_every_position_once_and_in_order",
        ShowsAnEventBeforeALowerPosition,
    ),
    (
        "follow::a_reader_never_sees_half_a_commit",
        ShowsHalfCommits,
    ),
    (
        "follow::whoever_waits_is_woken_by_the_next_event_and_by_nothing_else",
        WakesNobody,
    ),
    (
        "follow::whoever_waits_is_woken_by_the_next_event_and_by_nothing_else",
        WakesForNothing,
    ),
    (
        "follow::whoever_waits_is_woken_within_100_milliseconds",
        WakesLate,
    ),
    (
        "follow::whoever_waits_elsewhere_is_woken_within_100_milliseconds",
        WakesOnlyItsOwn,
    ),
    ("payload::everything_beside_a_body_is_kept", NarrowsSchemas),
    (
        "payload::text_of_every_kind_comes_back_byte_for_byte",
        CutsBodies,
    ),
    (
        "payload::a_body_is_not_rewritten_however_it_is_spelled",
        RewritesBodies,
    ),
    ("payload::names_that_look_alike_are_not_the_same", FoldsCase),
    ("payload::metadata_is_kept_whole", DropsMetadata),
    ("payload::absent_metadata_is_absent", LeaksMetadata),
    (
        "payload::times_keep_their_microseconds_or_are_refused",
        NarrowsTimes,
    ),
    (
        "payload::an_unknown_event_is_an_error_that_names_it",
        MixesUpNames,
    ),
    (
        "payload::a_schema_version_that_the_code_cannot_read_is_an_error_that_names_it",
        ForgetsSchemas,
    ),
    (
        "payload::reads_as_lets_older_code_read_a_newer_event",
        ForgetsReadsAs,
    ),
    (
        "payload::a_body_that_does_not_fit_is_an_error_that_names_its_event",
        MixesUpBodies,
    ),
    (
        "guard::a_guard_means_types_or_tags_and_items_or",
        GuardsByOneItem,
    ),
    (
        "guard::a_guard_means_types_or_tags_and_items_or",
        GuardsByOneTag,
    ),
    (
        "guard::a_guard_means_types_or_tags_and_items_or",
        GuardsByOneType,
    ),
    (
        "guard::a_guard_without_a_position_refuses_whatever_matches",
        IgnoresTheGuard,
    ),
    (
        "guard::a_guard_ignores_what_stands_at_or_below_its_position",
        GuardsWhatWasRead,
    ),
    (
        "guard::a_query_that_found_nothing_still_guards",
        GuardsOneTooLate,
    ),
    (
        "guard::unrelated_appends_do_not_meet_a_guard",
        GuardsEverything,
    ),
    (
        "guard::a_guard_stands_beside_the_expectations",
        IgnoresTheGuard,
    ),
    (
        "guard::of_16_racers_behind_overlapping_guards_one_wins",
        ChecksGuardsTooEarly,
    ),
    (
        "guard::racers_behind_disjoint_guards_all_win",
        GuardsEverything,
    ),
    (
        "guard::of_64_racers_for_ten_units_ten_win",
        ChecksExpectationsTooEarly,
    ),
    (
        "snapshot::a_snapshot_comes_back_as_it_was_kept",
        ForgetsCategoriesOfSnapshots,
    ),
    (
        "snapshot::a_snapshot_comes_back_as_it_was_kept",
        CutsSnapshots,
    ),
    (
        "snapshot::a_snapshot_is_given_to_its_fingerprint_alone",
        GivesSnapshotsToAnyFingerprint,
    ),
    (
        "snapshot::a_snapshot_is_given_to_its_fingerprint_alone",
        NarrowsFingerprintsOfSnapshots,
    ),
    (
        "snapshot::a_snapshot_is_given_to_its_fingerprint_alone",
        TellsSnapshotsAsNewAsTheirStream,
    ),
    ("snapshot::the_newest_snapshot_stays", StaleSnapshotsWin),
    (
        "snapshot::the_newest_snapshot_stays",
        SnapshotsOfAnotherFingerprintNeverWin,
    ),
    (
        "snapshot::the_newest_snapshot_stays",
        SnapshotsOfAnotherFingerprintAlwaysWin,
    ),
    (
        "snapshot::the_newest_snapshot_stays",
        SaysOfEachSnapshotThatItIsKept,
    ),
    (
        "snapshot::of_racing_snapshots_the_newest_stays",
        ComparesSnapshotsTooEarly,
    ),
    (
        "snapshot::a_snapshot_is_dropped_by_its_version_alone",
        DropsWhateverSnapshotThereIs,
    ),
    (
        "snapshot::a_snapshot_is_dropped_by_its_version_alone",
        DropsNoSnapshot,
    ),
    (
        "snapshot::snapshots_leave_the_log_as_it_is",
        KeepsSnapshotsAsEvents,
    ),
    (
        "snapshot::a_snapshot_whose_future_is_dropped_is_kept",
        KeepsNoSnapshotWhoseFutureIsDropped,
    ),
    (
        "snapshot::a_snapshot_is_there_after_a_restart",
        LosesSnapshotsOnRestart,
    ),
    (
        "rows::a_commit_moves_rows_and_checkpoint_together",
        KeepsTheOldCheckpoint,
    ),
    (
        "rows::a_commit_moves_rows_and_checkpoint_together",
        ReadsRowsAndTheirCheckpointApart,
    ),
    (
        "rows::a_commit_moves_rows_and_checkpoint_together",
        LosesOneChangeInAHundred,
    ),
    (
        "rows::a_commit_from_elsewhere_is_refused_whole",
        KeepsRowsOfRefusedCommits,
    ),
    (
        "rows::a_commit_from_elsewhere_is_refused_whole",
        IgnoresTheMark,
    ),
    (
        "rows::of_commits_that_race_from_one_mark_one_wins",
        IgnoresTheMark,
    ),
    (
        "rows::racing_folders_count_each_event_once",
        ChecksTheMarkTooEarly,
    ),
    (
        "rows::a_put_replaces_and_a_delete_of_nothing_is_no_error",
        KeepsTheFirstOfARow,
    ),
    (
        "rows::a_put_replaces_and_a_delete_of_nothing_is_no_error",
        DeletesNothing,
    ),
    (
        "rows::a_put_replaces_and_a_delete_of_nothing_is_no_error",
        RefusesToDeleteNothing,
    ),
    (
        "rows::a_put_replaces_and_a_delete_of_nothing_is_no_error",
        FetchesRowsInAnOrderOfItsOwn,
    ),
    (
        "rows::thousands_of_rows_are_committed_and_fetched_in_one_go",
        WritesAThousandRowsAtMost,
    ),
    (
        "rows::thousands_of_rows_are_committed_and_fetched_in_one_go",
        LosesOneChangeInAHundred,
    ),
    (
        "rows::a_table_without_a_key_is_one_row",
        LosesRowsWithoutAKey,
    ),
    (
        "rows::a_table_without_columns_keeps_a_checkpoint",
        ForgetsCheckpointsWithoutRows,
    ),
    (
        "rows::cells_of_every_kind_come_back_as_they_were",
        NarrowsNumbersInRows,
    ),
    (
        "rows::cells_of_every_kind_come_back_as_they_were",
        EndsTextInRowsAtNul,
    ),
    (
        "rows::columns_and_projections_may_have_any_name",
        CutsNamesOfColumns,
    ),
    (
        "rows::filter_order_and_cursor_find_what_they_mean",
        ComparesNumbersAsText,
    ),
    (
        "rows::filter_order_and_cursor_find_what_they_mean",
        PutsWhatIsNothingLast,
    ),
    (
        "rows::filter_order_and_cursor_find_what_they_mean",
        IgnoresTheCursor,
    ),
    ("rows::a_count_ignores_limit_and_cursor", CountsUpToTheLimit),
    (
        "rows::rows_are_read_by_their_fingerprint_alone",
        ReadsRowsOfAnyFingerprint,
    ),
    (
        "rows::rows_are_read_by_their_fingerprint_alone",
        TakesMissingRowsForNone,
    ),
    ("rows::rows_that_are_built_are_not_seen", ReadsWhatIsBuilt),
    (
        "rows::a_swap_shows_all_of_it_at_once_and_retires_what_was_live",
        SwapsWithoutRetiring,
    ),
    (
        "rows::a_swap_shows_all_of_it_at_once_and_retires_what_was_live",
        ReadsRowsAndTheirCheckpointApart,
    ),
    (
        "rows::a_swap_is_refused_where_somebody_was_faster",
        SwapsThoughSomebodyWasFaster,
    ),
    (
        "rows::a_build_goes_on_by_its_fingerprint_and_gives_way_to_another",
        BuildsAnewEachTime,
    ),
    (
        "rows::a_build_goes_on_by_its_fingerprint_and_gives_way_to_another",
        GoesOnWithAnyBuild,
    ),
    (
        "rows::rows_that_are_retired_or_dropped_take_no_commit",
        TakesCommitsToRetiredRows,
    ),
    (
        "rows::numbers_of_generations_are_never_given_twice",
        GivesNumbersOfGenerationsAgain,
    ),
    ("rows::rows_are_there_after_a_restart", LosesRowsOnRestart),
    (
        "rows::parked_events_come_back_in_order_until_they_are_taken_up",
        ForgetsParkedEvents,
    ),
    (
        "rows::parked_events_come_back_in_order_until_they_are_taken_up",
        TakesUpWholeStreams,
    ),
    (
        "rows::parked_events_belong_to_their_generation",
        MixesParkedEvents,
    ),
    (
        "rows::why_rows_stopped_is_told_until_the_next_commit",
        ForgetsWhyRowsStopped,
    ),
    (
        "rows::why_rows_stopped_is_told_until_the_next_commit",
        KeepsWhyRowsStopped,
    ),
    (
        "rows::one_owns_at_a_time_and_the_next_one_then",
        IgnoresTheOwner,
    ),
    (
        "rows::one_owns_at_a_time_and_the_next_one_then",
        OwnsAllUnderOneName,
    ),
    (
        "rows::an_owner_through_another_opening_excludes_the_first",
        OwnsForEachOpening,
    ),
    (
        "rows::whoever_waits_for_rows_is_woken_when_they_come_so_far_or_stop",
        WakesNobodyWhoWaitsForRows,
    ),
    (
        "rows::whoever_waits_for_rows_is_woken_when_they_come_so_far_or_stop",
        WakesWhoWaitsForRowsTooEarly,
    ),
    (
        "rows::whoever_waits_for_rows_is_woken_when_they_come_so_far_or_stop",
        LeavesWhomeverWaitsForStoppedRows,
    ),
    (
        "rows::a_comparison_counts_and_shows_what_was_added_removed_and_changed",
        ComparesTheOtherWayRound,
    ),
    (
        "rows::a_comparison_counts_and_shows_what_was_added_removed_and_changed",
        CountsNoMoreThanItShows,
    ),
    (
        "rows::a_comparison_over_different_keys_takes_all_rows_for_others",
        ComparesNothingOverDifferentKeys,
    ),
    (
        "open::what_was_acknowledged_is_there_after_a_restart",
        LosesAllOnRestart,
    ),
    (
        "open::two_openings_of_a_store_share_one_history",
        OpensApart,
    ),
];

#[test]
fn each_mutant_is_rejected_by_the_case_that_is_about_it() {
    let accepted = Mutex::new(vec![]);
    on_some_threads(REJECTED, |(name, fault)| {
        if case(name).run(Place::new(*fault)).is_ok() {
            accepted.lock().unwrap().push((*name, *fault));
        }
    });
    assert_eq!(accepted.into_inner().unwrap(), []);
}

#[test]
fn every_case_rejects_a_mutant_and_every_mutant_is_rejected() {
    let rejecting: HashSet<&str> = REJECTED.iter().map(|(name, _)| *name).collect();
    for case in cases() {
        let name = format!("{case:?}");
        assert!(rejecting.contains(&*name), "{name} rejects nothing");
    }
    for fault in Fault::ALL {
        let is_rejected = REJECTED.iter().any(|(_, rejected)| rejected == fault);
        assert!(is_rejected, "nothing rejects {fault:?}");
    }
}

#[test]
fn a_mutant_without_a_fault_is_accepted() {
    for case in cases() {
        case.run(Place::new(Fault::None)).unwrap();
    }
}

#[test]
fn a_store_that_does_nothing_fails_every_case() {
    let passed = Mutex::new(vec![]);
    on_some_threads(&cases(), |case| {
        for idle in [Idle::SaysYes, Idle::SaysNo] {
            if case.run(idle).is_ok() {
                passed.lock().unwrap().push(format!("{case:?} {idle:?}"));
            }
        }
    });
    assert_eq!(passed.into_inner().unwrap(), Vec::<String>::new());
}

#[test]
fn a_store_keeps_rows_exactly_where_it_says_so() {
    let of_rows = |case: &Case| case.area == "rows";
    for case in cases().into_iter().filter(of_rows) {
        case.run(WithoutRows { says_so: true }).unwrap();
        case.run(WithoutRows { says_so: false }).unwrap_err();
        case.run(SaysItKeepsNoRows).unwrap_err();
    }
}

/// A store that keeps no rows, whether it says so or not.
struct WithoutRows {
    says_so: bool,
}

impl Subject for WithoutRows {
    fn open(&self, clock: Arc<dyn Clock>) -> Result<AnyStore, StoreError> {
        let inner = MemoryStore::with_clock(clock);
        Ok(AnyStore::new(EventsOnly { inner }))
    }

    fn abilities(&self) -> Abilities {
        forgetful().keeps_rows(!self.says_so)
    }
}

/// A store that keeps rows, and says that it does not.
struct SaysItKeepsNoRows;

impl Subject for SaysItKeepsNoRows {
    fn open(&self, clock: Arc<dyn Clock>) -> Result<AnyStore, StoreError> {
        Ok(AnyStore::new(MemoryStore::with_clock(clock)))
    }

    fn abilities(&self) -> Abilities {
        forgetful().keeps_rows(false)
    }
}

fn forgetful() -> Abilities {
    let abilities = Abilities::default();
    abilities.survives_closing(false).opens_twice(false)
}

/// Without the methods of a store of rows.
struct EventsOnly {
    inner: MemoryStore,
}

impl EventStore for EventsOnly {
    es_tests::pass_on!(append_chain receipt read_stream read_log head changed snapshots);
}

impl RowStore for EventsOnly {}

#[test]
fn a_failure_tells_the_case_its_place_what_was_expected_and_what_was_found() {
    let case = case("append::an_empty_commit_stores_nothing");
    for (failure, told) in [
        (
            case.run(Place::new(CountsEmptyCommits)),
            "append::an_empty_commit_stores_nothing: the number of an empty commit
  expected: None
     found: Some(CommitNumber(1))
        at: ",
        ),
        (
            case.run(Idle::SaysNo),
            "append::an_empty_commit_stores_nothing: the store fails
  expected: an answer
     found: Permanent { operation: \"append\", cause: \"it does nothing\" }
        at: ",
        ),
    ] {
        let failure = failure.unwrap_err();
        let text = failure.to_string();
        assert!(text.starts_with(told), "{text}");
        assert!(text.contains("contract/append.rs:"), "{text}");
        // A test that returns it shows that.
        assert_eq!(text, format!("{failure:?}"));
    }
}

fn case(name: &str) -> Case {
    let is_meant = |case: &Case| format!("{case:?}") == name;
    let found = cases().into_iter().find(is_meant);
    found.unwrap_or_else(|| panic!("there is no case {name}"))
}

/// Some at a time, since a few of them wait for what never happens.
fn on_some_threads<T: Sync>(work: &[T], run: impl Fn(&T) + Sync) {
    let left = Mutex::new(work.iter());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(work) = { left.lock().unwrap().next() } {
                    run(work);
                }
            });
        }
    });
}
