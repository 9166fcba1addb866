//! What a mutant does with the rows of projections.

use std::collections::HashMap;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::Duration;

use es_runtime::{
    Cell, ColumnKind, Found, Mark, Parked, Position, Role, RowChange, RowColumn, RowQuery,
    RowStore, RowTable, RowsCommit, RowsDiff, RowsOwner, Standing, StoreError, Version,
};

use super::{Fault, Mutant};

/// The keys of the rows that were written to each generation.
pub(super) type Keys = HashMap<u64, Vec<Vec<Cell>>>;

impl Mutant {
    /// The commit as the store understands it.
    fn understood_rows(&self, mut commit: RowsCommit) -> RowsCommit {
        match self.fault {
            Fault::KeepsTheOldCheckpoint => commit.to = commit.from.checkpoint,
            Fault::LosesOneChangeInAHundred => commit.changes.retain(|_| {
                let before = self.changes.fetch_add(1, Ordering::SeqCst);
                before % 100 != 99
            }),
            Fault::WritesAThousandRowsAtMost => commit.changes.truncate(1_000),
            Fault::DeletesNothing => {
                let puts = |change: &RowChange| matches!(change, RowChange::Put(_));
                commit.changes.retain(puts);
            }
            Fault::LosesRowsWithoutAKey if commit.table.key.is_empty() => commit.changes.clear(),
            Fault::ForgetsParkedEvents => commit.park.clear(),
            Fault::TakesUpWholeStreams => {
                for (_, version) in &mut commit.take_up {
                    *version = Version::new(u64::MAX).unwrap();
                }
            }
            Fault::ForgetsWhyRowsStopped => commit.stopped = None,
            _ => {}
        }
        for change in &mut commit.changes {
            if let RowChange::Put(row) = change {
                self.understand_row(&commit.table, row);
            }
        }
        commit
    }

    fn understand_row(&self, table: &RowTable, row: &mut [Cell]) {
        match self.fault {
            Fault::NarrowsNumbersInRows => {
                for cell in row {
                    if let Cell::Bytes(bytes) = cell {
                        let bytes = bytes.as_slice().try_into().unwrap();
                        *cell = Cell::Integer(i64::from_be_bytes(bytes));
                    }
                }
            }
            Fault::EndsTextInRowsAtNul => {
                for cell in row {
                    if let Cell::Text(text) = cell {
                        text.truncate(text.find('\0').unwrap_or(text.len()));
                    }
                }
            }
            Fault::CutsNamesOfColumns => {
                let cut = |column: &RowColumn| column.field.chars().take(63).collect::<String>();
                for (place, column) in table.columns.iter().enumerate() {
                    let is_same = |other: &RowColumn| cut(other) == cut(column);
                    let first = table.columns.iter().position(is_same).unwrap();
                    row[place] = row[first].clone();
                }
            }
            _ => {}
        }
    }

    /// Makes a commit wherever the generation stands.
    async fn commit_anywhere(&self, mut commit: RowsCommit) -> Result<Mark, StoreError> {
        loop {
            let standing = self.standing_of(commit.generation).await?;
            let Some(standing) = standing.filter(|standing| standing.role != Role::Retired) else {
                return self.rows.commit_rows(commit).await;
            };
            commit.from = standing.mark;
            match self.rows.commit_rows(commit.clone()).await {
                Err(StoreError::RowsMoved { .. }) => {}
                answer => return answer,
            }
        }
    }

    /// The changes of a commit without those that the row of its key forbids, by whether there is one.
    async fn without(
        &self,
        mut commit: RowsCommit,
        is_left: impl Fn(&RowChange, bool) -> bool,
    ) -> Result<RowsCommit, StoreError> {
        let (generation, table) = (commit.generation, commit.table.clone());
        let keys = commit.changes.iter().map(|change| match change {
            RowChange::Put(row) => table.key_of(row),
            RowChange::Delete(key) => key.clone(),
        });
        let keys = keys.collect();
        let rows = self.rows.fetch_rows(generation, table, keys).await?;
        let mut rows = rows.into_iter();
        commit
            .changes
            .retain(|change| is_left(change, rows.next().flatten().is_some()));
        Ok(commit)
    }

    async fn standing_of(&self, generation: u64) -> Result<Option<Standing>, StoreError> {
        let mut all = self.rows.rows_standing(None).await?.into_iter();
        Ok(all.find(|standing| standing.generation == generation))
    }

    async fn standing_as(
        &self,
        projection: &str,
        role: Role,
    ) -> Result<Option<Standing>, StoreError> {
        let of_it = self.rows.rows_standing(Some(projection.to_owned())).await?;
        Ok(of_it.into_iter().find(|standing| standing.role == role))
    }

    fn note_keys(&self, commit: &RowsCommit) {
        let mut keys = self.keys.lock().unwrap();
        let keys = keys.entry(commit.generation).or_default();
        for change in &commit.changes {
            if let RowChange::Put(row) = change {
                let key = commit.table.key_of(row);
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
    }

    /// All rows of a generation, whatever it is there for.
    async fn rows_of(&self, standing: &Standing) -> Result<Vec<Vec<Cell>>, StoreError> {
        let keys = self.keys.lock().unwrap().get(&standing.generation).cloned();
        let (generation, table) = (standing.generation, standing.table.clone());
        let rows = self
            .rows
            .fetch_rows(generation, table, keys.unwrap_or_default());
        Ok(rows.await?.into_iter().flatten().collect())
    }

    /// The rows of the live generation, as the store finds them.
    async fn found(&self, table: Arc<RowTable>, query: RowQuery) -> Result<Found, StoreError> {
        match self.fault {
            Fault::ReadsWhatIsBuilt => {
                let built = self.standing_as(&table.projection, Role::Building).await?;
                let Some(built) = built else {
                    return self.rows.read_rows(table, query).await;
                };
                let rows = self.rows_of(&built).await?;
                let answer = query.answer(&table, rows.iter());
                Ok(Found {
                    rows: answer.into_iter().cloned().collect(),
                    checkpoint: built.mark.checkpoint,
                })
            }
            Fault::ComparesNumbersAsText => {
                let all = self.rows.read_rows(table.clone(), RowQuery::default());
                let found = all.await?;
                let mut table = RowTable::clone(&table);
                for column in &mut table.columns {
                    if column.kind == ColumnKind::Number {
                        column.kind = ColumnKind::Text;
                    }
                }
                let answer = query.answer(&table, found.rows.iter());
                let rows = answer.into_iter().cloned().collect();
                Ok(Found { rows, ..found })
            }
            Fault::PutsWhatIsNothingLast => {
                let first = query.order.first().map(|order| order.column);
                let mut found = self.rows.read_rows(table, query).await?;
                if let Some(first) = first {
                    found.rows.sort_by_key(|row| row[first] == Cell::Null);
                }
                Ok(found)
            }
            Fault::IgnoresTheCursor => {
                let after = None;
                let query = RowQuery { after, ..query };
                self.rows.read_rows(table, query).await
            }
            Fault::ReadsRowsAndTheirCheckpointApart => {
                let rows = self.rows.read_rows(table.clone(), query.clone()).await?;
                sleep(Duration::from_millis(1));
                let later = self.rows.read_rows(table, query).await?;
                let checkpoint = later.checkpoint;
                Ok(Found { checkpoint, ..rows })
            }
            Fault::TakesMissingRowsForNone => match self.rows.read_rows(table, query).await {
                Err(StoreError::NoRows { .. }) => Ok(Found::default()),
                answer => answer,
            },
            _ => self.rows.read_rows(table, query).await,
        }
    }

    /// The table by which the rows are read.
    async fn read_by(&self, table: Arc<RowTable>) -> Result<Arc<RowTable>, StoreError> {
        let live = self.standing_as(&table.projection, Role::Live).await?;
        Ok(match live {
            Some(live) if self.has(Fault::ReadsRowsOfAnyFingerprint) => live.table,
            _ => table,
        })
    }
}

impl RowStore for Mutant {
    async fn own_rows(&self, name: String) -> Result<RowsOwner, StoreError> {
        match self.fault {
            Fault::IgnoresTheOwner => Ok(RowsOwner::new(())),
            Fault::OwnsAllUnderOneName => self.rows.own_rows(String::new()).await,
            Fault::OwnsForEachOpening => {
                let name = format!("{name} {}", self.opening);
                self.rows.own_rows(name).await
            }
            _ => self.rows.own_rows(name).await,
        }
    }

    async fn rows_standing(&self, projection: Option<String>) -> Result<Vec<Standing>, StoreError> {
        let mut all = self.rows.rows_standing(projection).await?;
        for standing in &mut all {
            if standing.role == Role::Retired && self.has(Fault::SwapsWithoutRetiring) {
                standing.role = Role::Live;
            }
        }
        Ok(all)
    }

    async fn begin_rows(&self, table: Arc<RowTable>, role: Role) -> Result<Standing, StoreError> {
        if role == Role::Building
            && let Some(built) = self.standing_as(&table.projection, role).await?
        {
            match self.fault {
                Fault::GoesOnWithAnyBuild => return Ok(built),
                Fault::BuildsAnewEachTime => {
                    let projection = table.projection.clone();
                    self.rows.drop_rows(projection, built.generation).await?;
                }
                _ => {}
            }
        }
        let mut standing = self.rows.begin_rows(table, role).await?;
        if self.has(Fault::GivesNumbersOfGenerationsAgain) {
            standing.generation %= 2;
        }
        Ok(standing)
    }

    async fn commit_rows(&self, commit: RowsCommit) -> Result<Mark, StoreError> {
        let commit = self.understood_rows(commit);
        if self.has(Fault::ReadsWhatIsBuilt) {
            self.note_keys(&commit);
        }
        let standing = self.standing_of(commit.generation).await?;
        let role = standing.as_ref().map(|standing| standing.role);
        match self.fault {
            Fault::IgnoresTheMark => self.commit_anywhere(commit).await,
            Fault::ChecksTheMarkTooEarly => {
                if standing.is_none_or(|standing| standing.mark != commit.from) {
                    return self.rows.commit_rows(commit).await;
                }
                sleep(Duration::from_millis(1));
                self.commit_anywhere(commit).await
            }
            Fault::KeepsRowsOfRefusedCommits => {
                let answer = self.rows.commit_rows(commit.clone()).await;
                if let (Err(_), Some(standing)) = (&answer, standing) {
                    let changes = RowsCommit {
                        to: standing.mark.checkpoint,
                        park: vec![],
                        take_up: vec![],
                        stopped: standing.stopped,
                        ..commit
                    };
                    let _ = self.commit_anywhere(changes).await;
                }
                answer
            }
            Fault::TakesCommitsToRetiredRows if role == Some(Role::Retired) => Ok(commit.from),
            Fault::ForgetsCheckpointsWithoutRows if commit.changes.is_empty() => Ok(Mark {
                checkpoint: commit.to,
                commits: commit.from.commits + 1,
            }),
            Fault::KeepsTheFirstOfARow => {
                let is_left = |change: &RowChange, is_there| {
                    !(is_there && matches!(change, RowChange::Put(_)))
                };
                let commit = self.without(commit, is_left).await?;
                self.rows.commit_rows(commit).await
            }
            Fault::RefusesToDeleteNothing => {
                let is_left =
                    |change: &RowChange, is_there| is_there || matches!(change, RowChange::Put(_));
                let changes = commit.changes.len();
                let left = self.without(commit, is_left).await?;
                if left.changes.len() < changes {
                    return Err(StoreError::permanent("commit_rows", "there is no such row"));
                }
                self.rows.commit_rows(left).await
            }
            Fault::KeepsWhyRowsStopped => {
                let before = standing.and_then(|standing| standing.stopped);
                let stopped = commit.stopped.clone().or(before);
                self.rows
                    .commit_rows(RowsCommit { stopped, ..commit })
                    .await
            }
            _ => self.rows.commit_rows(commit).await,
        }
    }

    async fn swap_rows(
        &self,
        projection: String,
        generation: u64,
        mut from: Mark,
        mut to: Option<Position>,
    ) -> Result<bool, StoreError> {
        if self.has(Fault::SwapsThoughSomebodyWasFaster) {
            if let Some(built) = self.standing_of(generation).await? {
                from = built.mark;
            }
            if let Some(live) = self.standing_as(&projection, Role::Live).await? {
                to = to.max(live.mark.checkpoint);
            }
        }
        self.rows.swap_rows(projection, generation, from, to).await
    }

    async fn drop_rows(&self, projection: String, generation: u64) -> Result<(), StoreError> {
        self.rows.drop_rows(projection, generation).await
    }

    async fn fetch_rows(
        &self,
        generation: u64,
        table: Arc<RowTable>,
        mut keys: Vec<Vec<Cell>>,
    ) -> Result<Vec<Option<Vec<Cell>>>, StoreError> {
        if self.has(Fault::FetchesRowsInAnOrderOfItsOwn) {
            keys.sort_by_key(|key| format!("{key:?}"));
        }
        self.rows.fetch_rows(generation, table, keys).await
    }

    async fn read_rows(&self, table: Arc<RowTable>, query: RowQuery) -> Result<Found, StoreError> {
        let table = self.read_by(table).await?;
        self.found(table, query).await
    }

    async fn count_rows(&self, table: Arc<RowTable>, query: RowQuery) -> Result<u64, StoreError> {
        let table = self.read_by(table).await?;
        if self.has(Fault::CountsUpToTheLimit) {
            let found = self.rows.read_rows(table, query).await?;
            return Ok(found.rows.len() as u64);
        }
        self.rows.count_rows(table, query).await
    }

    async fn parked_events(&self, generation: u64) -> Result<Vec<Parked>, StoreError> {
        if !self.has(Fault::MixesParkedEvents) {
            return self.rows.parked_events(generation).await;
        }
        let mut parked = vec![];
        for standing in self.rows.rows_standing(None).await? {
            parked.extend(self.rows.parked_events(standing.generation).await?);
        }
        Ok(parked)
    }

    async fn rows_reached(
        &self,
        projection: String,
        position: Position,
    ) -> Result<Standing, StoreError> {
        match self.fault {
            Fault::WakesNobodyWhoWaitsForRows => pending().await,
            Fault::WakesWhoWaitsForRowsTooEarly => {
                self.rows.rows_reached(projection, Position::FIRST).await
            }
            Fault::LeavesWhomeverWaitsForStoppedRows => {
                let standing = self.rows.rows_reached(projection, position).await?;
                match standing.mark.checkpoint >= Some(position) {
                    true => Ok(standing),
                    false => pending().await,
                }
            }
            _ => self.rows.rows_reached(projection, position).await,
        }
    }

    async fn compare_rows(
        &self,
        old: Standing,
        new: Standing,
        samples: usize,
    ) -> Result<RowsDiff, StoreError> {
        match self.fault {
            Fault::ComparesTheOtherWayRound => self.rows.compare_rows(new, old, samples).await,
            Fault::CountsNoMoreThanItShows => {
                let mut diff = self.rows.compare_rows(old, new, samples).await?;
                diff.added = diff.added_samples.len() as u64;
                diff.changed = diff.changed_samples.len() as u64;
                Ok(diff)
            }
            Fault::ComparesNothingOverDifferentKeys => {
                if RowsDiff::has_comparable_keys(&old.table, &new.table) {
                    return self.rows.compare_rows(old, new, samples).await;
                }
                Ok(RowsDiff::between(&old, &new))
            }
            _ => self.rows.compare_rows(old, new, samples).await,
        }
    }
}
