//! What every event store promises, as cases that any store can be held to.
//!
//! A [`Subject`] says how the store is made; [`contract_tests!`](crate::contract_tests) writes one test for each case.
//! No case is ever left out: what a store cannot do it declares in its [`Abilities`], and the cases make sure that it
//! cannot.
//!
//! ```
//! use std::sync::Arc;
//! use es_runtime::contract::{Abilities, Subject};
//! use es_runtime::{AnyStore, Clock, MemoryStore, StoreError};
//!
//! struct InMemory;
//!
//! impl Subject for InMemory {
//!     fn open(&self, clock: Arc<dyn Clock>) -> Result<AnyStore, StoreError> {
//!         Ok(AnyStore::new(MemoryStore::with_clock(clock)))
//!     }
//!
//!     fn abilities(&self) -> Abilities {
//!         Abilities::default().survives_closing(false).opens_twice(false)
//!     }
//! }
//!
//! mod memory {
//!     use super::*;
//!     es_runtime::contract_tests!(InMemory);
//! }
//! # for case in es_runtime::contract::cases().iter().take(3) { case.run(InMemory).unwrap(); }
//! ```
//!
//! The cases call the store through [`AnyStore`], which passes every call on as it is: they are compiled once, for
//! every store there will ever be.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::any::{AnyStore, BoxFuture};
use crate::store::{Limits, StoreError};
use crate::time::Clock;

mod append;
mod chain;
mod command;
mod counter;
mod failure;
mod follow;
mod guard;
pub mod history;
mod limits;
mod make;
mod open;
mod payload;
mod race;
mod read;
mod rows;
mod snapshot;
mod stage;

pub use failure::Failure;

use stage::Stage;

/// How a store under test is made. Each value is one place in which a store can be kept, a file in a folder of its own
/// say, and nothing stands in it yet.
pub trait Subject: Send + Sync + 'static {
    /// Opens the store that is kept in this place; `recorded_at` comes from `clock`.
    ///
    /// It is called again when the store was closed, and again while it is open, as another process would.
    ///
    /// # Errors
    /// Where the store cannot be opened.
    fn open(&self, clock: Arc<dyn Clock>) -> Result<AnyStore, StoreError>;

    /// What the store can do; everything unless told otherwise.
    fn abilities(&self) -> Abilities {
        Abilities::default()
    }

    /// What a commit may hold at most in this store.
    fn limits(&self) -> Limits {
        Limits::default()
    }

    /// Runs a future to its end. A store that needs an executor of its own does it there; it is called by several threads
    /// at the same time.
    fn block_on(&self, future: BoxFuture<'_, ()>) {
        block_on(future);
    }
}

/// What a store can do. What it cannot do is asserted as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Abilities {
    /// What was acknowledged is there when the store was closed and is opened again. If not, nothing is there.
    pub survives_closing: bool,
    /// It can be opened once more while it is open, by another process say. If not, that fails or gives an empty store.
    pub opens_twice: bool,
    /// The time it records comes from the clock that it is opened with. If not, it comes from elsewhere.
    pub takes_a_clock: bool,
    /// It keeps snapshots. If not, it says of none that it was kept, and gives none.
    pub keeps_snapshots: bool,
    /// It keeps rows of projections. If not, it fails whatever it is asked about them.
    pub keeps_rows: bool,
}

impl Default for Abilities {
    fn default() -> Self {
        Self {
            survives_closing: true,
            opens_twice: true,
            takes_a_clock: true,
            keeps_snapshots: true,
            keeps_rows: true,
        }
    }
}

impl Abilities {
    /// The same, saying whether what was acknowledged outlives the store's being closed.
    pub fn survives_closing(mut self, can: bool) -> Self {
        self.survives_closing = can;
        self
    }

    /// The same, saying whether it can be opened while it is open.
    pub fn opens_twice(mut self, can: bool) -> Self {
        self.opens_twice = can;
        self
    }

    /// The same, saying whether it takes the time from the clock it is given.
    pub fn takes_a_clock(mut self, can: bool) -> Self {
        self.takes_a_clock = can;
        self
    }

    /// The same, saying whether it keeps snapshots.
    pub fn keeps_snapshots(mut self, can: bool) -> Self {
        self.keeps_snapshots = can;
        self
    }

    /// The same, saying whether it keeps rows of projections.
    pub fn keeps_rows(mut self, can: bool) -> Self {
        self.keeps_rows = can;
        self
    }
}

/// One behaviour that every store has.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Case {
    /// What it is about.
    pub area: &'static str,
    /// The behaviour, as the name of a test.
    pub name: &'static str,
    run: fn(&Stage) -> Result<(), Failure>,
}

impl Case {
    /// Holds a store to it, in a place where nothing stands yet.
    ///
    /// # Errors
    /// Where the store behaves otherwise.
    pub fn run(&self, subject: impl Subject) -> Result<(), Failure> {
        (self.run)(&Stage::new(Arc::new(subject))).map_err(|failure| failure.of(self))
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.area, self.name)
    }
}

/// Writes the list of cases and the macro that makes tests of them, so that neither can lack one.
macro_rules! contract {
    (($dollar:tt) $($area:ident { $($case:ident)* })*) => {
        /// Every case there is.
        #[must_use]
        pub fn cases() -> Vec<Case> {
            vec![$($(case::$area::$case(),)*)*]
        }

        /// Each case by its path, for the tests that `contract_tests!` writes.
        #[doc(hidden)]
        #[allow(missing_docs, reason = "the names tell the behaviours")]
        pub mod case {
            $(pub mod $area {
                use crate::contract::{Case, $area};

                $(#[must_use]
                pub const fn $case() -> Case {
                    Case {
                        area: stringify!($area),
                        name: stringify!($case),
                        run: $area::$case,
                    }
                })*
            })*
        }

        /// Writes a test for each case of the [contract](crate::contract), in a module for each area. The expression gives
        /// a new [`Subject`](crate::contract::Subject) for each of them.
        #[macro_export]
        macro_rules! contract_tests {
            ($dollar subject:expr) => {
                $(mod $area {
                    #[allow(unused_imports, reason = "the subject may be named by an absolute path")]
                    use super::*;
                    $(#[test]
                    fn $case() -> ::core::result::Result<(), $crate::contract::Failure> {
                        $crate::contract::case::$area::$case().run($dollar subject)
                    })*
                })*
            };
        }
    };
}

contract! {
    ($)
    append {
        an_empty_commit_stores_nothing
        events_keep_the_order_they_were_given_in
        an_expectation_lets_in_what_it_should_and_nothing_else
        a_refused_append_leaves_nothing
        an_event_id_is_stored_once
        a_receipt_tells_versions_and_positions
        several_streams_are_written_together_or_not_at_all
        a_stream_that_was_only_read_must_still_stand_where_it_was_read
        versions_beyond_31_and_53_bits_are_compared_whole
        recorded_at_never_goes_back_though_the_clock_does
    }
    chain {
        a_chain_is_stored_in_order
        a_chain_stops_at_its_first_refusal_though_a_foreign_event_makes_a_later_expectation_true
        a_chain_stops_at_whatever_is_refused
        a_chain_stops_behind_a_repeated_command
        a_commit_of_a_chain_is_checked_against_those_before_it
    }
    command {
        a_repeated_command_gives_the_first_receipt
        a_repeated_command_gives_the_first_receipt_after_a_restart
        the_id_of_a_command_stands_for_it_alone
        an_empty_commit_with_a_command_is_remembered
        a_refused_command_is_not_remembered
        racers_with_one_command_carry_it_out_once
    }
    race {
        of_five_racers_with_ten_events_each_one_wins
        racers_that_expect_nothing_all_succeed
        racers_over_the_same_streams_in_any_order_do_not_block_each_other
        racers_through_two_openings_do_not_overwrite_each_other
        an_append_whose_future_is_dropped_harms_nobody
    }
    limits {
        a_commit_beyond_a_limit_is_refused_whole
        a_commit_at_the_limits_is_stored
        a_body_of_one_mebibyte_is_stored
        names_of_255_bytes_hold_any_characters
    }
    read {
        a_missing_stream_is_empty
        bare_events_are_the_events_that_are_read_whole
        a_stream_is_cut_from_either_end
        the_log_is_cut_from_either_end
        pages_of_1_2_and_100_give_each_of_199_events_once
        positions_strictly_increase_over_all_streams
        queries_find_what_they_mean_once_and_in_order
        a_page_tells_how_far_the_log_was_looked_through
        the_head_of_an_empty_store_is_nothing
        numbers_beyond_31_53_and_63_bits_bound_a_slice
    }
    follow {
        a_reader_that_follows_eight_writers_sees_every_position_once_and_in_order
        a_reader_never_sees_half_a_commit
        whoever_waits_is_woken_by_the_next_event_and_by_nothing_else
        whoever_waits_is_woken_within_100_milliseconds
        whoever_waits_elsewhere_is_woken_within_100_milliseconds
    }
    payload {
        everything_beside_a_body_is_kept
        text_of_every_kind_comes_back_byte_for_byte
        a_body_is_not_rewritten_however_it_is_spelled
        names_that_look_alike_are_not_the_same
        metadata_is_kept_whole
        absent_metadata_is_absent
        times_keep_their_microseconds_or_are_refused
        an_unknown_event_is_an_error_that_names_it
        a_schema_version_that_the_code_cannot_read_is_an_error_that_names_it
        reads_as_lets_older_code_read_a_newer_event
        a_body_that_does_not_fit_is_an_error_that_names_its_event
    }
    guard {
        a_guard_means_types_or_tags_and_items_or
        a_guard_without_a_position_refuses_whatever_matches
        a_guard_ignores_what_stands_at_or_below_its_position
        a_query_that_found_nothing_still_guards
        unrelated_appends_do_not_meet_a_guard
        a_guard_stands_beside_the_expectations
        of_16_racers_behind_overlapping_guards_one_wins
        racers_behind_disjoint_guards_all_win
        of_64_racers_for_ten_units_ten_win
    }
    snapshot {
        a_snapshot_comes_back_as_it_was_kept
        a_snapshot_is_given_to_its_fingerprint_alone
        the_newest_snapshot_stays
        of_racing_snapshots_the_newest_stays
        a_snapshot_is_dropped_by_its_version_alone
        snapshots_leave_the_log_as_it_is
        a_snapshot_whose_future_is_dropped_is_kept
        a_snapshot_is_there_after_a_restart
    }
    rows {
        a_commit_moves_rows_and_checkpoint_together
        a_commit_from_elsewhere_is_refused_whole
        of_commits_that_race_from_one_mark_one_wins
        racing_folders_count_each_event_once
        a_put_replaces_and_a_delete_of_nothing_is_no_error
        thousands_of_rows_are_committed_and_fetched_in_one_go
        a_table_without_a_key_is_one_row
        a_table_without_columns_keeps_a_checkpoint
        cells_of_every_kind_come_back_as_they_were
        columns_and_projections_may_have_any_name
        filter_order_and_cursor_find_what_they_mean
        a_count_ignores_limit_and_cursor
        rows_are_read_by_their_fingerprint_alone
        rows_that_are_built_are_not_seen
        a_swap_shows_all_of_it_at_once_and_retires_what_was_live
        a_swap_is_refused_where_somebody_was_faster
        a_build_goes_on_by_its_fingerprint_and_gives_way_to_another
        rows_that_are_retired_or_dropped_take_no_commit
        numbers_of_generations_are_never_given_twice
        rows_are_there_after_a_restart
        parked_events_come_back_in_order_until_they_are_taken_up
        parked_events_belong_to_their_generation
        why_rows_stopped_is_told_until_the_next_commit
        one_owns_at_a_time_and_the_next_one_then
        an_owner_through_another_opening_excludes_the_first
        whoever_waits_for_rows_is_woken_when_they_come_so_far_or_stop
        a_comparison_counts_and_shows_what_was_added_removed_and_changed
        a_comparison_over_different_keys_takes_all_rows_for_others
    }
    open {
        what_was_acknowledged_is_there_after_a_restart
        two_openings_of_a_store_share_one_history
    }
}

/// Runs a future on this thread, which sleeps while there is nothing to do.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Sleeper(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
