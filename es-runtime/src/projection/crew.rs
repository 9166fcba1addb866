//! Several projections that are folded together: the log is read once for all that are at the same place.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use super::error::ProjectionError;
use super::incoming;
use super::worker::Work;
use crate::any::BoxFuture;
use crate::app::pause;
use crate::envelope::Envelope;
use crate::id::Position;
use crate::row_store::{RowStore, RowsOwner};
use crate::store::{EventStore, LogPage, Slice, StoreError};

/// How many events are read at a time.
const PAGE: usize = 1_000;

/// How often in a row what fails for now is tried by whoever wants to be told.
const ATTEMPTS: u32 = 16;

/// The projections that are folded together, over one log and one store of rows.
pub(super) struct Crew<'a, L, R> {
    log: &'a L,
    rows: &'a R,
    members: Vec<Member<'a, L, R>>,
}

struct Member<'a, L, R> {
    work: Box<dyn Work<L, R> + 'a>,
    state: State<'a>,
    /// How often in a row it has failed for now.
    failures: u32,
    /// How often in a row it may.
    patience: u32,
}

/// What a member is doing.
enum State<'a> {
    /// It waits until nobody else folds.
    Waiting(BoxFuture<'a, Result<RowsOwner, StoreError>>),
    /// It folds.
    Folding(#[expect(dead_code, reason = "it is kept for as long as it is folded")] RowsOwner),
    /// It does not go on.
    Ended(ProjectionError),
}

impl<'a, L: EventStore, R: RowStore> Crew<'a, L, R> {
    /// Nobody folds yet.
    pub(super) fn new(
        log: &'a L,
        rows: &'a R,
        works: impl IntoIterator<Item = Box<dyn Work<L, R> + 'a>>,
    ) -> Self {
        let members = works.into_iter().map(|work| Member {
            state: State::Waiting(Box::pin(rows.own_rows(work.name().to_owned()))),
            work,
            failures: 0,
            patience: u32::MAX,
        });
        Self {
            log,
            rows,
            members: members.collect(),
        }
    }

    /// Folds everything that is there, waiting for whoever else folds. The first error, once all others are through.
    pub(super) async fn catch_up(mut self) -> Result<(), ProjectionError> {
        for member in &mut self.members {
            member.patience = ATTEMPTS;
        }
        loop {
            self.fold_all().await;
            let waits = |member: &Member<'a, L, R>| matches!(member.state, State::Waiting(_));
            if !self.members.iter().any(waits) {
                break;
            }
            poll_fn(|cx| self.poll_owning(cx)).await;
        }
        self.first_error().map_or(Ok(()), Err)
    }

    /// Folds for as long as anybody does.
    pub(super) async fn run(mut self) -> Result<(), ProjectionError> {
        loop {
            // Who can own at once does.
            poll_fn(|cx| Poll::Ready(self.poll_owning(cx).is_ready())).await;
            self.fold_all().await;
            let has_ended = |member: &Member<'a, L, R>| matches!(member.state, State::Ended(_));
            if self.members.iter().all(has_ended) {
                return self.first_error().map_or(Ok(()), Err);
            }
            self.wait().await;
        }
    }

    fn first_error(&mut self) -> Option<ProjectionError> {
        self.members
            .drain(..)
            .find_map(|member| match member.state {
                State::Ended(error) => Some(error),
                _ => None,
            })
    }

    /// Ready once another member owns its rows.
    fn poll_owning(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut is_any = false;
        for member in &mut self.members {
            if let State::Waiting(owning) = &mut member.state
                && let Poll::Ready(owner) = owning.as_mut().poll(cx)
            {
                is_any = true;
                member.failures = 1;
                member.state = match owner {
                    Ok(owner) => State::Folding(owner),
                    Err(error) => State::Ended(error.into()),
                };
            }
        }
        if is_any {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Waits until there is something to fold or somebody to fold it.
    async fn wait(&mut self) {
        let log = self.log;
        let reached = self.folding().map(|member| member.work.reached()).min();
        let mut changed = pin!(async move {
            match reached {
                // Where watching fails, so will reading, which tells.
                Some(reached) => drop(log.changed(reached).await),
                None => std::future::pending().await,
            }
        });
        poll_fn(|cx| {
            if self.poll_owning(cx).is_ready() {
                return Poll::Ready(());
            }
            changed.as_mut().poll(cx)
        })
        .await;
    }

    fn folding(&mut self) -> impl Iterator<Item = &mut Member<'a, L, R>> {
        let folds = |member: &&mut Member<'a, L, R>| matches!(member.state, State::Folding(_));
        self.members.iter_mut().filter(folds)
    }

    /// Folds until every member has seen the end of the log: a page for each place at which some are, turn by turn, so
    /// that who comes late holds up nobody.
    async fn fold_all(&mut self) {
        loop {
            self.begin().await;
            let mut places: Vec<_> = self.folding().map(|member| member.work.reached()).collect();
            places.sort_unstable();
            places.dedup();
            let mut is_more = false;
            for (turn, place) in places.iter().enumerate() {
                // Not beyond the next ones, whom they join.
                let until = places.get(turn + 1).copied().flatten();
                is_more |= self.fold_page(*place, until).await;
            }
            if !is_more {
                return;
            }
        }
    }

    /// Finds out where those stand who have just begun or failed.
    async fn begin(&mut self) {
        let rows = self.rows;
        for member in self.folding().filter(|member| member.failures > 0) {
            if member.failures > 1 {
                pause(member.failures - 1).await;
            }
            let begun = member.work.begin(rows).await;
            member.take_note(begun);
        }
    }

    /// Folds a page for all who are at `place`; says whether there was one.
    async fn fold_page(&mut self, place: Option<Position>, until: Option<Position>) -> bool {
        let (log, rows) = (self.log, self.rows);
        let mut group: Vec<_> = self
            .folding()
            .filter(|member| member.work.reached() == place && member.failures == 0)
            .collect();
        let events = group.iter().flat_map(|member| member.work.events());
        let is_whole = |member: &&mut Member<'a, L, R>| member.work.envelope() == Envelope::Whole;
        let mut slice = Slice::after(place, PAGE).envelope(match group.iter().any(is_whole) {
            true => Envelope::Whole,
            false => Envelope::Bare,
        });
        slice.until = until;
        if group.is_empty() {
            // All of them failed for now, and begin again.
            return true;
        }
        let page: Result<LogPage, StoreError> = log.read_log(incoming::query(events), slice).await;
        match page {
            Ok(page) if page.reached.is_none() => false,
            Ok(page) => {
                let folds = group.iter_mut().map(|member| member.fold(log, rows, &page));
                join_all(folds.collect()).await;
                true
            }
            Err(error) => {
                for member in &mut group {
                    member.take_note(Err(error.clone().into()));
                }
                true
            }
        }
    }
}

impl<L: EventStore, R: RowStore> Member<'_, L, R> {
    fn fold<'f>(&'f mut self, log: &'f L, rows: &'f R, page: &'f LogPage) -> BoxFuture<'f, ()> {
        Box::pin(async move {
            let folded = self.work.take_in(log, rows, page).await;
            self.take_note(folded);
        })
    }

    /// Goes on, begins again, or ends.
    fn take_note(&mut self, outcome: Result<(), ProjectionError>) {
        match outcome {
            Ok(()) => self.failures = 0,
            Err(ProjectionError::Store(
                error @ (StoreError::Transient { .. }
                | StoreError::OutcomeUnknown { .. }
                | StoreError::RowsMoved { .. }),
            )) if self.failures < self.patience => {
                tracing::warn!(projection = self.work.name(), %error, "a projection begins again");
                self.failures = self.failures.max(1).saturating_add(1);
            }
            Err(error) => {
                tracing::error!(projection = self.work.name(), %error, "a projection does not go on");
                self.state = State::Ended(error);
            }
        }
    }
}

/// Runs all of them to their ends, side by side.
async fn join_all(mut futures: Vec<BoxFuture<'_, ()>>) {
    poll_fn(|cx| {
        futures.retain_mut(|future| Pin::as_mut(future).poll(cx).is_pending());
        if futures.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}
