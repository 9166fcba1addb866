//! Stores that are wrong in one thing each, which the contract of stores must find out.

use std::collections::HashMap;
use std::future::{pending, poll_fn};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use es_runtime::contract::Subject;
use es_runtime::{
    AnyStore, Category, Clock, Codec, CommandId, Commit, CommitNumber, Direction, Envelope,
    EventId, EventName, EventStore, Expected, Fingerprint, Guard, Limits, LogPage, MemoryStore,
    Metadata, Name, NewEvent, Page, PageRow, Position, Query, Receipt, SchemaVersion, Slice,
    Snapshot, StoreError, StreamId, StreamWrite, SystemClock, Timestamp, Uuid, Version,
};

mod rows;

/// Declares the faults, and the list of them.
macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident,)*) => {
        /// What a mutant does wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault {
            /// Nothing: the mutant is a store like any other.
            None,
            $($(#[$doc])* $fault,)*
        }

        impl Fault {
            /// Every fault there is.
            pub const ALL: &[Self] = &[$(Self::$fault,)*];
        }
    };
}

faults! {
    /// Every hundredth event is never seen again.
    LosesOneInAHundred,
    /// The events of a commit are stored in reverse.
    Reorders,
    /// What anybody may append at any time is stored twice, as by a retry.
    Doubles,
    /// Each stream of a commit is stored for itself.
    HalfCommits,
    /// Where an append is dropped while it waits, half of it is stored.
    HalfCommitsWhenDropped,
    /// The last event is seen a moment later than the others of its commit.
    ShowsHalfCommits,
    /// Once in a while an event is not seen for a moment while later ones are.
    ShowsAnEventBeforeALowerPosition,
    /// Guards are not looked at.
    IgnoresTheGuard,
    /// Of a guard's query only the first item counts.
    GuardsByOneItem,
    /// A guard asks for one tag only.
    GuardsByOneTag,
    /// A guard asks for one type only.
    GuardsByOneType,
    /// A guard forbids every event behind its position, whatever it is.
    GuardsEverything,
    /// A guard also forbids what was read.
    GuardsWhatWasRead,
    /// A guard does not look at the first event behind its position.
    GuardsOneTooLate,
    /// A guard is checked first, and the commit stored a moment later.
    ChecksGuardsTooEarly,
    /// An exact version is taken for "exists".
    IgnoresTheExpectedVersion,
    /// Expectations are checked first, and the commit stored a moment later.
    ChecksExpectationsTooEarly,
    /// Writes without events are not looked at.
    IgnoresWhatWasOnlyRead,
    /// A conflict tells what was expected as what was found.
    TellsTheWrongConflict,
    /// Each commit of a chain is stored for itself.
    IgnoresTheChain,
    /// A chain goes on behind a command that was carried out before.
    GoesOnBehindARepeatedCommand,
    /// Commands are carried out as often as they are sent.
    ForgetsTheCommandRecord,
    /// Commands are forgotten when the store is closed.
    ForgetsCommandsOnRestart,
    /// Commands that stored no events are forgotten.
    ForgetsEmptyCommits,
    /// A command that was refused counts as carried out.
    RemembersRefusedCommands,
    /// Whoever asks for a receipt gets none.
    GivesNoReceipt,
    /// `append` does less than a chain of one.
    AppendsOtherwiseThanInAChain,
    /// Of fingerprints 32 bits are kept.
    NarrowsFingerprints,
    /// Versions and positions are cut to 32 bits where they are compared.
    NarrowsNumbers,
    /// Versions and positions are cut to 32 bits where they bound a reading.
    NarrowsSlices,
    /// Of schema versions 15 bits are kept.
    NarrowsSchemas,
    /// The time of an event is kept to the second.
    NarrowsTimes,
    /// Names are cut to 64 characters.
    NarrowsNames,
    /// A schema version reads as nothing but itself.
    ForgetsReadsAs,
    /// Events are stored without their tags.
    ForgetsTags,
    /// Events are stored without their metadata.
    DropsMetadata,
    /// Events without metadata get those of the commit before.
    LeaksMetadata,
    /// Bodies are kept as values and written anew.
    RewritesBodies,
    /// Bodies end at 64 KiB.
    CutsBodies,
    /// Keys of streams are compared without case.
    FoldsCase,
    /// Streams of one key are one stream, whatever their category.
    ForgetsCategories,
    /// An event id may be used again.
    TakesKnownEventIds,
    /// What is beyond a limit is cut off.
    CutsToLimits,
    /// A stream without a version stands at the first one, says the receipt.
    TellsWrongVersions,
    /// The first position of a receipt is the last one.
    TellsWrongPositions,
    /// Later commits are recorded earlier.
    RecordsBackwards,
    /// Nobody who waits is woken.
    WakesNobody,
    /// Who waits is woken by its own opening only.
    WakesOnlyItsOwn,
    /// Who waits is woken a fifth of a second later.
    WakesLate,
    /// Who waits is woken at once.
    WakesForNothing,
    /// What was acknowledged is gone when the store was closed.
    LosesAllOnRestart,
    /// Each opening is a store of its own.
    OpensApart,
    /// What bare events need not have is made up.
    MakesUpWhatIsLeftOut,
    /// Events that are to be read whole are bare.
    LeavesOutWhatIsAsked,
    /// Backwards, a limit cuts off the end and not the start.
    ReadsBackwardsFromTheStart,
    /// The last one wanted is not given.
    StopsBeforeTheLast,
    /// A page is a page, even of limit zero.
    ReadsOneAtLeast,
    /// A page of the log tells nothing where nothing matches.
    ReachesNothingWhereNothingMatches,
    /// A page of the log claims to have reached the end.
    ReachesTooFar,
    /// An empty store has a head.
    HasAHeadWhileEmpty,
    /// A commit without events has a number.
    CountsEmptyCommits,
    /// Positions are counted in each stream.
    CountsPositionsByStream,
    /// Every event is of the first shape.
    ForgetsSchemas,
    /// All events of a page have the name of the first one.
    MixesUpNames,
    /// All events of a page have the body of the first one.
    MixesUpBodies,
    /// A snapshot takes the place of a newer one.
    StaleSnapshotsWin,
    /// Which of two snapshots is newer is looked at first, and the one kept a moment later.
    ComparesSnapshotsTooEarly,
    /// A snapshot of another fingerprint is kept only where it is newer.
    SnapshotsOfAnotherFingerprintNeverWin,
    /// A snapshot of another fingerprint is kept, however old it is.
    SnapshotsOfAnotherFingerprintAlwaysWin,
    /// The fingerprint of a snapshot is not looked at.
    GivesSnapshotsToAnyFingerprint,
    /// Of fingerprints of snapshots 32 bits are compared.
    NarrowsFingerprintsOfSnapshots,
    /// A snapshot has the version of the last event of its stream.
    TellsSnapshotsAsNewAsTheirStream,
    /// Streams of one key have one snapshot, whatever their category.
    ForgetsCategoriesOfSnapshots,
    /// Snapshots end at 64 KiB.
    CutsSnapshots,
    /// Dropping takes the snapshot, whatever version it has.
    DropsWhateverSnapshotThereIs,
    /// Dropping takes nothing.
    DropsNoSnapshot,
    /// A snapshot that is not kept is said to be.
    SaysOfEachSnapshotThatItIsKept,
    /// A snapshot is an event of its stream.
    KeepsSnapshotsAsEvents,
    /// A snapshot is kept for whom waits for it only.
    KeepsNoSnapshotWhoseFutureIsDropped,
    /// Snapshots are gone when the store was closed.
    LosesSnapshotsOnRestart,
    /// Rows are written, and their checkpoint stays where it was.
    KeepsTheOldCheckpoint,
    /// Rows are of one moment, and their checkpoint is of a later one.
    ReadsRowsAndTheirCheckpointApart,
    /// Every hundredth change of a row is not made.
    LosesOneChangeInAHundred,
    /// Rows are written before their checkpoint, and stay though it is refused.
    KeepsRowsOfRefusedCommits,
    /// Rows are committed to wherever they stand.
    IgnoresTheMark,
    /// Where rows stand is looked at first, and the commit made a moment later.
    ChecksTheMarkTooEarly,
    /// A row that is there stays as it is.
    KeepsTheFirstOfARow,
    /// No row is ever deleted.
    DeletesNothing,
    /// A row that is deleted must be there.
    RefusesToDeleteNothing,
    /// Rows are fetched in another order than that of their keys.
    FetchesRowsInAnOrderOfItsOwn,
    /// Of a commit a thousand rows are written.
    WritesAThousandRowsAtMost,
    /// A row without a key is not kept.
    LosesRowsWithoutAKey,
    /// A commit without rows moves nothing.
    ForgetsCheckpointsWithoutRows,
    /// Numbers beyond 63 bits are kept as numbers with a sign.
    NarrowsNumbersInRows,
    /// Text in rows ends at its first NUL.
    EndsTextInRowsAtNul,
    /// Columns that share 63 characters are one.
    CutsNamesOfColumns,
    /// Numbers that are kept as text are compared as text.
    ComparesNumbersAsText,
    /// What is nothing stands behind everything else.
    PutsWhatIsNothingLast,
    /// Every page of rows is the first one.
    IgnoresTheCursor,
    /// Rows are counted as they are given.
    CountsUpToTheLimit,
    /// The fingerprint of rows is not looked at.
    ReadsRowsOfAnyFingerprint,
    /// Where there is no table, there are no rows in it.
    TakesMissingRowsForNone,
    /// Whoever reads is given what is being built.
    ReadsWhatIsBuilt,
    /// What was live stays so beside what is made the live one.
    SwapsWithoutRetiring,
    /// What is built is made the live one, wherever both stand.
    SwapsThoughSomebodyWasFaster,
    /// What is being built is begun anew each time.
    BuildsAnewEachTime,
    /// What is being built goes on, whatever its fingerprint.
    GoesOnWithAnyBuild,
    /// A commit to retired rows is acknowledged.
    TakesCommitsToRetiredRows,
    /// Numbers of generations come again.
    GivesNumbersOfGenerationsAgain,
    /// Rows are gone when the store was closed.
    LosesRowsOnRestart,
    /// No event is put aside.
    ForgetsParkedEvents,
    /// Of a stream everything is taken up.
    TakesUpWholeStreams,
    /// Events that were put aside are those of all generations.
    MixesParkedEvents,
    /// Why rows have stopped is not told.
    ForgetsWhyRowsStopped,
    /// Why rows have stopped is told ever after.
    KeepsWhyRowsStopped,
    /// Everybody owns.
    IgnoresTheOwner,
    /// Whoever owns one name owns all.
    OwnsAllUnderOneName,
    /// Each opening has an owner of its own.
    OwnsForEachOpening,
    /// Nobody who waits for rows is woken.
    WakesNobodyWhoWaitsForRows,
    /// Whoever waits for rows is woken by any of them.
    WakesWhoWaitsForRowsTooEarly,
    /// Whoever waits for rows that have stopped waits on.
    LeavesWhomeverWaitsForStoppedRows,
    /// The old rows are taken for the new ones.
    ComparesTheOtherWayRound,
    /// Differences are counted as they are shown.
    CountsNoMoreThanItShows,
    /// Over different keys no row differs.
    ComparesNothingOverDifferentKeys,
}

/// A place for a store with a fault. It is kept in memory, and outlives being closed.
pub struct Place {
    fault: Fault,
    kept: Mutex<Option<Mutant>>,
}

impl Place {
    /// For a store with this fault.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            kept: Mutex::default(),
        }
    }
}

impl Subject for Place {
    fn open(&self, clock: Arc<dyn Clock>) -> Result<AnyStore, StoreError> {
        let mut kept = self.kept.lock().unwrap();
        let is_open = |kept: &Mutant| Arc::strong_count(&kept.shared) > 1;
        let is_lost = match (self.fault, &*kept) {
            (_, None) | (Fault::OpensApart, _) => true,
            (Fault::LosesAllOnRestart, Some(kept)) => !is_open(kept),
            _ => false,
        };
        if is_lost {
            *kept = Some(Mutant {
                fault: self.fault,
                opening: 0,
                shared: Arc::new(MemoryStore::with_clock(clock)),
                snapshots: Arc::default(),
                rows: Arc::default(),
                keys: Arc::default(),
                changes: Arc::default(),
                own: Arc::default(),
            });
        }
        let mutant = kept.as_mut().unwrap();
        if self.fault == Fault::LosesSnapshotsOnRestart && !is_open(mutant) {
            mutant.snapshots = Arc::default();
        }
        if self.fault == Fault::LosesRowsOnRestart && !is_open(mutant) {
            mutant.rows = Arc::default();
        }
        mutant.opening += 1;
        Ok(AnyStore::new(mutant.opened()))
    }
}

/// A store that is right but for its fault.
struct Mutant {
    fault: Fault,
    /// Counted from 1.
    opening: u128,
    shared: Arc<MemoryStore>,
    snapshots: Arc<Mutex<HashMap<StreamId, Snapshot>>>,
    /// Where the rows of projections are.
    rows: Arc<MemoryStore>,
    keys: Arc<Mutex<rows::Keys>>,
    /// Changes of rows that came in.
    changes: Arc<AtomicUsize>,
    /// Chains that came in through this opening.
    own: Arc<AtomicUsize>,
}

impl Mutant {
    fn opened(&self) -> Self {
        Self {
            fault: self.fault,
            opening: self.opening,
            shared: self.shared.clone(),
            snapshots: self.snapshots.clone(),
            rows: self.rows.clone(),
            keys: self.keys.clone(),
            changes: self.changes.clone(),
            own: Arc::default(),
        }
    }

    fn stream_of_snapshot(&self, stream: &StreamId) -> StreamId {
        match self.fault {
            Fault::ForgetsCategoriesOfSnapshots => {
                StreamId::new(Category::from_static("any"), stream.key())
            }
            _ => stream.clone(),
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// The commit as the store understands it.
    fn understood(&self, mut commit: Commit) -> Commit {
        let has_events = commit.writes.iter().any(|write| !write.events.is_empty());
        match self.fault {
            Fault::IgnoresTheGuard => commit.guard = None,
            Fault::ForgetsTheCommandRecord => commit.command = None,
            Fault::ForgetsEmptyCommits if !has_events => commit.command = None,
            Fault::IgnoresWhatWasOnlyRead => {
                commit.writes.retain(|write| !write.events.is_empty());
            }
            Fault::DropsMetadata => commit.metadata = Metadata::new(),
            Fault::CutsToLimits => cut_to_limits(&mut commit),
            _ => {}
        }
        if let Some(guard) = &mut commit.guard {
            self.understand_guard(guard);
        }
        if let Some(command) = &mut commit.command {
            command.id = self.command_id(command.id);
            command.fingerprint = self.fingerprint(command.fingerprint);
        }
        for write in &mut commit.writes {
            write.stream = self.stream(&write.stream);
            write.expected = match (self.fault, write.expected) {
                (Fault::IgnoresTheExpectedVersion, Expected::At(_)) => Expected::Exists,
                (Fault::NarrowsNumbers, Expected::At(version)) => {
                    Expected::as_loaded(Version::new(narrow(version.get())))
                }
                (_, expected) => expected,
            };
            if self.has(Fault::Reorders) {
                write.events.reverse();
            }
            for event in &mut write.events {
                self.understand_event(event);
            }
        }
        commit
    }

    fn understand_event(&self, event: &mut NewEvent) {
        match self.fault {
            Fault::NarrowsSchemas => {
                event.schema = SchemaVersion::new(event.schema.get() & 0x7fff);
            }
            Fault::NarrowsTimes => {
                let seconds = event.occurred_at.micros().div_euclid(1_000_000);
                let narrowed = Timestamp::from_micros(seconds * 1_000_000);
                event.occurred_at = narrowed.unwrap();
            }
            Fault::NarrowsNames => {
                let cut: String = event.name.as_str().chars().take(64).collect();
                event.name = cut.into();
            }
            Fault::ForgetsSchemas => {
                (event.schema, event.reads_as) = (SchemaVersion::FIRST, SchemaVersion::FIRST);
            }
            Fault::ForgetsReadsAs => event.reads_as = event.schema,
            Fault::ForgetsTags => event.tags.clear(),
            Fault::CutsBodies => event.body.truncate(64 * 1024),
            Fault::RewritesBodies => {
                if let Ok(value) = serde_json::from_slice::<serde_json::Value>(&event.body) {
                    event.body = value.to_string().into_bytes();
                }
            }
            _ => {}
        }
    }

    fn understand_guard(&self, guard: &mut Guard) {
        match self.fault {
            Fault::GuardsByOneItem => guard.query.items.truncate(1),
            Fault::GuardsByOneTag => {
                for item in &mut guard.query.items {
                    item.tags.truncate(1);
                }
            }
            Fault::GuardsByOneType => {
                for item in &mut guard.query.items {
                    item.types.truncate(1);
                }
            }
            Fault::GuardsEverything => guard.query = Query::all(),
            Fault::GuardsWhatWasRead => guard.after = None,
            Fault::GuardsOneTooLate => guard.after = Some(Position::after(guard.after)),
            Fault::NarrowsNumbers => {
                guard.after = guard
                    .after
                    .and_then(|after| Position::new(narrow(after.get())));
            }
            _ => {}
        }
    }

    fn command_id(&self, id: CommandId) -> CommandId {
        match self.fault {
            Fault::ForgetsCommandsOnRestart => {
                CommandId::from(Uuid::from_u128(id.uuid().as_u128() ^ self.opening))
            }
            _ => id,
        }
    }

    fn fingerprint(&self, fingerprint: Fingerprint) -> Fingerprint {
        match self.fault {
            Fault::NarrowsFingerprints => Fingerprint::from_number(fingerprint.get() & 0xffff_ffff),
            _ => fingerprint,
        }
    }

    fn stream(&self, stream: &StreamId) -> StreamId {
        let (category, key) = (stream.category().clone(), stream.key());
        match self.fault {
            Fault::FoldsCase => StreamId::new(category, key.to_lowercase()),
            Fault::ForgetsCategories => StreamId::new(Category::from_static("all"), key),
            _ => stream.clone(),
        }
    }

    /// The answer as the store gives it.
    fn told(&self, mut answer: Result<Receipt, StoreError>) -> Result<Receipt, StoreError> {
        match &mut answer {
            Ok(receipt) => {
                for told in &mut receipt.streams {
                    if self.has(Fault::TellsWrongVersions) {
                        told.before = told.before.or(Some(Version::FIRST));
                    }
                }
                if self.has(Fault::TellsWrongPositions)
                    && let Some(positions) = &mut receipt.positions
                {
                    positions.first = positions.last;
                }
                if self.has(Fault::CountsEmptyCommits) {
                    receipt.commit = receipt.commit.or(Some(CommitNumber::FIRST));
                }
                if let Some(commit) = receipt.commit {
                    receipt.recorded_at = self.recorded_at(receipt.recorded_at, commit.get());
                }
            }
            Err(StoreError::Conflict(conflict)) if self.has(Fault::TellsTheWrongConflict) => {
                if let Expected::At(version) = conflict.expected {
                    conflict.actual = Some(version);
                }
            }
            Err(_) => {}
        }
        answer
    }

    fn recorded_at(&self, moment: Timestamp, commit: u64) -> Timestamp {
        if !self.has(Fault::RecordsBackwards) {
            return moment;
        }
        let hours = i64::try_from(commit).unwrap() * 3_600_000_000;
        Timestamp::from_micros(moment.micros() - hours).unwrap()
    }

    /// Stores one commit that stands alone.
    async fn append_one(&self, commit: Commit) -> Result<Receipt, StoreError> {
        match self.fault {
            Fault::Doubles if commit.writes.iter().all(|w| w.expected == Expected::Any) => {
                let answer = self.shared.append(commit.clone()).await;
                let _ = self.shared.append(with_new_ids(commit)).await;
                answer
            }
            Fault::HalfCommits if commit.writes.len() > 1 => {
                let mut whole = None;
                for write in &commit.writes {
                    let part = Commit {
                        writes: vec![write.clone()],
                        ..commit.clone()
                    };
                    let mut receipt = self.shared.append(part).await?;
                    match &mut whole {
                        None => whole = Some(receipt),
                        Some(whole) => whole.streams.append(&mut receipt.streams),
                    }
                }
                Ok(whole.unwrap())
            }
            Fault::HalfCommitsWhenDropped if commit.writes.iter().any(|w| w.events.len() > 1) => {
                let mut rest = commit.clone();
                let mut first = commit;
                for (first, rest) in first.writes.iter_mut().zip(&mut rest.writes) {
                    rest.events = first.events.split_off(1.min(first.events.len()));
                    rest.expected = Expected::Any;
                }
                let answer = self.shared.append(first).await;
                tokio::task::yield_now().await;
                rest.command = None;
                let _ = self.shared.append(rest).await;
                answer
            }
            Fault::ChecksExpectationsTooEarly => {
                let mut unchecked = commit.clone();
                for write in &mut unchecked.writes {
                    write.expected = Expected::Any;
                }
                self.check_and_append_later(commit, unchecked).await
            }
            Fault::ChecksGuardsTooEarly if commit.guard.is_some() => {
                let unchecked = Commit {
                    guard: None,
                    ..commit.clone()
                };
                self.check_and_append_later(commit, unchecked).await
            }
            Fault::LeaksMetadata if commit.metadata.is_empty() => {
                let log = self.shared.read_log(Query::all(), Slice::last(1)).await?;
                let last = log.events.last();
                let metadata = last.map(|event| event.metadata().unwrap());
                let metadata = metadata.unwrap_or_default();
                self.shared.append(Commit { metadata, ..commit }).await
            }
            Fault::TakesKnownEventIds => match self.shared.append(commit.clone()).await {
                Err(StoreError::DuplicateEvent { .. }) => {
                    self.shared.append(with_new_ids(commit)).await
                }
                answer => answer,
            },
            Fault::RemembersRefusedCommands => {
                let remembered = Commit {
                    command: commit.command.clone(),
                    ..Commit::default()
                };
                let answer = self.shared.append(commit).await;
                if answer.is_err() {
                    let _ = self.shared.append(remembered).await;
                }
                answer
            }
            _ => self.shared.append(commit).await,
        }
    }

    /// Checks a commit without storing it, and stores the one that is not checked any more.
    async fn check_and_append_later(
        &self,
        checked: Commit,
        unchecked: Commit,
    ) -> Result<Receipt, StoreError> {
        let mut only_check = checked;
        only_check.command = None;
        for write in &mut only_check.writes {
            write.events.clear();
        }
        self.shared.append(only_check).await?;
        std::thread::sleep(Duration::from_micros(200));
        self.shared.append(unchecked).await
    }

    /// The rows that are seen by whom reads now.
    fn seen(&self, rows: Vec<Row>, head: Option<Position>, envelope: Envelope) -> Vec<Row> {
        let now = SystemClock.now().micros();
        let is_young = |row: &Row| {
            let recorded_at = row.row.origin.map(|origin| origin.recorded_at.micros());
            recorded_at.is_some_and(|recorded_at| now - recorded_at < 10_000)
        };
        let is_seen = |row: &Row| {
            let (position, is_last) = (row.row.position, Some(row.row.position) == head);
            match self.fault {
                Fault::LosesOneInAHundred => position.get() % 100 != 0,
                Fault::ShowsHalfCommits => !(is_last && is_young(row)),
                Fault::ShowsAnEventBeforeALowerPosition => {
                    position.get() % 7 != 0 || is_last || !is_young(row)
                }
                _ => true,
            }
        };
        let mut rows: Vec<Row> = rows.into_iter().filter(is_seen).collect();
        let first = rows.first().map(|row| (row.name.clone(), row.body.clone()));
        for Row {
            row, name, body, ..
        } in &mut rows
        {
            if let Some(origin) = &mut row.origin {
                origin.recorded_at = self.recorded_at(origin.recorded_at, origin.commit.get());
                if self.has(Fault::MakesUpWhatIsLeftOut) && envelope == Envelope::Bare {
                    origin.id = EventId::from(Uuid::nil());
                }
            }
            if self.has(Fault::LeavesOutWhatIsAsked) {
                row.origin = None;
            }
            match (self.fault, &first) {
                (Fault::MixesUpNames, Some((first, _))) => name.clone_from(first),
                (Fault::MixesUpBodies, Some((_, first))) => body.clone_from(first),
                (Fault::CountsPositionsByStream, _) => {
                    row.position = Position::new(row.version.get()).unwrap();
                }
                _ => {}
            }
        }
        rows
    }

    /// Which slice is read in place of the one that was asked for.
    fn slice<T: Copy>(
        &self,
        mut slice: Slice<T>,
        get: fn(T) -> u64,
        new: fn(u64) -> Option<T>,
    ) -> Slice<T> {
        match self.fault {
            Fault::NarrowsSlices => {
                slice.after = slice.after.and_then(|after| new(narrow(get(after))));
                slice.until = slice.until.and_then(|until| new(narrow(get(until))));
            }
            Fault::StopsBeforeTheLast => {
                slice.until = slice
                    .until
                    .map(|until| new(get(until) - 1).unwrap_or(until));
            }
            Fault::ReadsOneAtLeast => slice.limit = slice.limit.max(1),
            Fault::ReadsBackwardsFromTheStart => slice.direction = Direction::Forwards,
            _ => {}
        }
        slice
    }
}

impl EventStore for Mutant {
    async fn append_chain(&self, commits: Vec<Commit>) -> Vec<Result<Receipt, StoreError>> {
        let mut commits: Vec<Commit> = commits
            .into_iter()
            .map(|commit| self.understood(commit))
            .collect();
        let answers = match self.fault {
            Fault::IgnoresTheChain => {
                let mut answers = vec![];
                for commit in commits {
                    answers.push(self.append_one(commit).await);
                }
                answers
            }
            Fault::GoesOnBehindARepeatedCommand => {
                let mut answers = vec![];
                while !commits.is_empty() {
                    let answer = self.shared.append_chain(commits.clone()).await;
                    let repeated = |answer: &Result<Receipt, _>| matches!(answer, Ok(receipt) if receipt.repeated);
                    let done = answer.iter().position(repeated);
                    let done = done.map_or(commits.len(), |index| index + 1);
                    commits.drain(..done);
                    answers.extend(answer.into_iter().take(done));
                }
                answers
            }
            _ if commits.len() == 1 => vec![self.append_one(commits.remove(0)).await],
            _ => self.shared.append_chain(commits).await,
        };
        self.own.fetch_add(1, Ordering::SeqCst);
        answers
            .into_iter()
            .map(|answer| self.told(answer))
            .collect()
    }

    async fn append(&self, mut commit: Commit) -> Result<Receipt, StoreError> {
        if self.has(Fault::AppendsOtherwiseThanInAChain) {
            commit.command = None;
        }
        self.append_chain(vec![commit]).await.remove(0)
    }

    async fn receipt(
        &self,
        id: CommandId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Receipt>, StoreError> {
        if self.has(Fault::GivesNoReceipt) {
            return Ok(None);
        }
        let (id, fingerprint) = (self.command_id(id), self.fingerprint(fingerprint));
        let receipt = self.shared.receipt(id, fingerprint).await?;
        receipt.map(|receipt| self.told(Ok(receipt))).transpose()
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        slice: Slice<Version>,
    ) -> Result<Page, StoreError> {
        let direction = slice.direction;
        let slice = self.slice(slice, Version::get, Version::new);
        let inner = self.shared.read_stream(self.stream(&stream), slice).await?;
        let mut rows = self.seen(rows(&inner), self.shared.head().await?, slice.envelope);
        if direction != slice.direction {
            rows.reverse();
        }
        for row in &mut rows {
            row.stream = stream.clone();
        }
        Ok(page(rows))
    }

    async fn read_log(&self, query: Query, slice: Slice<Position>) -> Result<LogPage, StoreError> {
        let direction = slice.direction;
        let slice = self.slice(slice, Position::get, Position::new);
        let inner = self.shared.read_log(query, slice).await?;
        let head = self.shared.head().await?;
        let mut rows = self.seen(rows(&inner.events), head, slice.envelope);
        if direction != slice.direction {
            rows.reverse();
        }
        let reached = match self.fault {
            Fault::ReachesNothingWhereNothingMatches if rows.is_empty() => None,
            Fault::ReachesTooFar if direction == Direction::Forwards => inner.reached.and(head),
            _ => inner.reached,
        };
        Ok(LogPage {
            events: page(rows),
            reached,
        })
    }

    async fn head(&self) -> Result<Option<Position>, StoreError> {
        let head = self.shared.head().await?;
        match self.fault {
            Fault::HasAHeadWhileEmpty => Ok(head.or(Some(Position::FIRST))),
            _ => Ok(head),
        }
    }

    async fn changed(&self, after: Option<Position>) -> Result<(), StoreError> {
        let is_there = self.shared.head().await? > after;
        match self.fault {
            Fault::WakesNobody if !is_there => pending().await,
            Fault::WakesForNothing => return Ok(()),
            Fault::WakesLate if !is_there => {
                self.shared.changed(after).await?;
                std::thread::sleep(Duration::from_millis(200));
            }
            Fault::WakesOnlyItsOwn if !is_there => {
                let before = self.own.load(Ordering::SeqCst);
                self.shared.changed(after).await?;
                // Its own chain is counted a moment after it is stored.
                std::thread::sleep(Duration::from_millis(5));
                if self.own.load(Ordering::SeqCst) == before {
                    pending().await
                }
            }
            _ => {}
        }
        self.shared.changed(after).await
    }

    async fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Snapshot>, StoreError> {
        let place = self.stream_of_snapshot(&stream);
        let kept = self.snapshots.lock().unwrap().get(&place).cloned();
        let Some(mut snapshot) = kept else {
            return Ok(None);
        };
        let is_asked_for = match self.fault {
            Fault::GivesSnapshotsToAnyFingerprint => true,
            Fault::NarrowsFingerprintsOfSnapshots => {
                narrow(snapshot.fingerprint.get()) == narrow(fingerprint.get())
            }
            _ => snapshot.fingerprint == fingerprint,
        };
        if self.has(Fault::TellsSnapshotsAsNewAsTheirStream) {
            let last = self.shared.read_stream(stream, Slice::last(1)).await?;
            let newest = last.last().map(|event| event.version());
            snapshot.version = newest.unwrap_or(snapshot.version);
        }
        Ok(is_asked_for.then_some(snapshot))
    }

    async fn keep_snapshot(&self, mut snapshot: Snapshot) -> Result<bool, StoreError> {
        if self.has(Fault::KeepsSnapshotsAsEvents) {
            let ids = with_new_ids(Commit {
                writes: vec![StreamWrite {
                    stream: snapshot.stream.clone(),
                    expected: Expected::Any,
                    events: vec![event_of(&snapshot)],
                }],
                ..Commit::default()
            });
            self.shared.append(ids).await?;
        }
        if self.has(Fault::KeepsNoSnapshotWhoseFutureIsDropped) {
            let mut is_polled = false;
            poll_fn(|cx| {
                cx.waker().wake_by_ref();
                match std::mem::replace(&mut is_polled, true) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            })
            .await;
        }
        if self.has(Fault::CutsSnapshots) {
            snapshot.body.truncate(64 * 1024);
        }
        let stream = self.stream_of_snapshot(&snapshot.stream);
        let replaces = |kept: &Snapshot| match self.fault {
            Fault::StaleSnapshotsWin => true,
            Fault::SnapshotsOfAnotherFingerprintNeverWin => snapshot.version > kept.version,
            Fault::SnapshotsOfAnotherFingerprintAlwaysWin => {
                snapshot.version > kept.version || snapshot.fingerprint != kept.fingerprint
            }
            _ => snapshot.replaces(kept),
        };
        let mut kept = self.snapshots.lock().unwrap();
        let mut is_kept = kept.get(&stream).is_none_or(replaces);
        if self.has(Fault::ComparesSnapshotsTooEarly) {
            drop(kept);
            std::thread::sleep(Duration::from_millis(1));
            kept = self.snapshots.lock().unwrap();
        }
        if is_kept {
            kept.insert(stream, snapshot);
        }
        is_kept |= self.has(Fault::SaysOfEachSnapshotThatItIsKept);
        Ok(is_kept)
    }

    async fn drop_snapshot(&self, stream: StreamId, version: Version) -> Result<(), StoreError> {
        let stream = self.stream_of_snapshot(&stream);
        let mut kept = self.snapshots.lock().unwrap();
        let is_meant = match self.fault {
            Fault::DropsWhateverSnapshotThereIs => true,
            Fault::DropsNoSnapshot => false,
            _ => kept
                .get(&stream)
                .is_some_and(|kept| kept.version == version),
        };
        if is_meant {
            kept.remove(&stream);
        }
        Ok(())
    }
}

fn narrow(number: u64) -> u64 {
    number & 0xffff_ffff
}

fn event_of(snapshot: &Snapshot) -> NewEvent {
    NewEvent {
        id: snapshot.event,
        name: "snapshot".into(),
        schema: SchemaVersion::FIRST,
        reads_as: SchemaVersion::FIRST,
        codec: Codec::Json,
        occurred_at: Timestamp::EPOCH,
        tags: vec![],
        body: snapshot.body.clone(),
    }
}

fn with_new_ids(mut commit: Commit) -> Commit {
    commit.command = None;
    for event in commit.writes.iter_mut().flat_map(|write| &mut write.events) {
        event.id = EventId::from(Uuid::now_v7());
    }
    commit
}

fn cut_to_limits(commit: &mut Commit) {
    let limits = Limits::default();
    let cut = |text: &str| -> String {
        let text = if text.is_empty() { "x" } else { text };
        text.chars().take(limits.name_bytes).collect()
    };
    let mut left = limits.events;
    for write in &mut commit.writes {
        let category = Category::from(cut(write.stream.category().as_str()));
        write.stream = StreamId::new(category, cut(write.stream.key()));
        write.events.truncate(left);
        left -= write.events.len();
        for event in &mut write.events {
            event.name = cut(event.name.as_str()).into();
            event.reads_as = event.reads_as.min(event.schema);
            event.body.truncate(limits.body_bytes);
            event.tags.truncate(limits.tags);
            for tag in &mut event.tags {
                *tag = cut(tag.as_str()).into();
            }
        }
    }
    if let Some(command) = &mut commit.command {
        command.name = Name::from(cut(command.name.as_str()));
    }
}

/// A row of a page, taken out.
struct Row {
    stream: StreamId,
    name: EventName,
    row: PageRow,
    metadata: Metadata,
    body: Vec<u8>,
}

fn rows(page: &Page) -> Vec<Row> {
    page.iter()
        .map(|event| Row {
            stream: event.stream().clone(),
            name: event.name().clone(),
            row: PageRow {
                version: event.version(),
                position: event.position(),
                schema: event.schema(),
                reads_as: event.reads_as(),
                codec: event.codec(),
                origin: event.origin().copied(),
            },
            metadata: event.metadata().unwrap(),
            body: event.body().to_vec(),
        })
        .collect()
}

fn page(rows: Vec<Row>) -> Page {
    let mut page = Page::default();
    for row in rows {
        let metadata = if row.metadata.is_empty() {
            vec![]
        } else {
            serde_json::to_vec(&row.metadata).unwrap()
        };
        page.push(&row.stream, &row.name, row.row, &metadata, &row.body);
    }
    page
}
