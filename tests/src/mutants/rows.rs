//! What mutants do wrong with rows of projections.

use std::future::pending;
use std::sync::Arc;

use es_runtime::{
    Cell, Found, Mark, Parked, Position, Role, RowChange, RowQuery, RowStore, RowTable, RowsCommit,
    RowsDiff, RowsOwner, Standing, StoreError,
};

use super::{Fault, Mutant};

impl Mutant {
    /// Where a generation stands.
    async fn stands(&self, generation: u64) -> Option<Standing> {
        let all = self.rows.rows_standing(None).await.ok()?;
        all.into_iter()
            .find(|standing| standing.generation == generation)
    }

    fn kept(&self, table: &RowTable, change: RowChange) -> Option<RowChange> {
        match (self.fault, change) {
            (Fault::ForgetsRowsWithoutKeys, RowChange::Put(_)) if table.key.is_empty() => None,
            (Fault::NarrowsCells, RowChange::Put(mut cells)) => {
                for cell in &mut cells {
                    if let Cell::Bytes(bytes) = cell {
                        bytes.truncate(4);
                    }
                }
                Some(RowChange::Put(cells))
            }
            (_, change) => Some(change),
        }
    }
}

impl RowStore for Mutant {
    async fn own_rows(&self, name: String) -> Result<RowsOwner, StoreError> {
        match self.fault {
            Fault::LetsEverybodyOwn => Ok(RowsOwner::new(())),
            _ => self.rows.own_rows(name).await,
        }
    }

    async fn rows_standing(&self, projection: Option<String>) -> Result<Vec<Standing>, StoreError> {
        self.rows.rows_standing(projection).await
    }

    async fn begin_rows(&self, table: Arc<RowTable>, role: Role) -> Result<Standing, StoreError> {
        let begun = self.rows.begin_rows(table.clone(), role).await?;
        if self.fault == Fault::ShowsRowsBeingBuilt && role == Role::Building {
            let (name, to) = (table.projection.clone(), Position::new(u64::MAX));
            self.rows
                .swap_rows(name, begun.generation, begun.mark, to)
                .await?;
            return Ok(self.stands(begun.generation).await.unwrap_or(begun));
        }
        Ok(begun)
    }

    async fn commit_rows(&self, mut commit: RowsCommit) -> Result<Mark, StoreError> {
        let table = commit.table.clone();
        let changes = commit
            .changes
            .into_iter()
            .filter_map(|change| self.kept(&table, change));
        commit.changes = changes.collect();
        match self.fault {
            Fault::SkipsRows => drop(commit.changes.pop()),
            Fault::ForgetsParkedEvents => commit.park.clear(),
            Fault::TakesInTwice => {
                if let Some(there) = self.stands(commit.generation).await {
                    commit.from = there.mark;
                }
            }
            _ => {}
        }
        let refused = commit.clone();
        let answer = self.rows.commit_rows(commit).await;
        if answer.is_err()
            && self.fault == Fault::KeepsRowsOfRefusedCommits
            && let Some(there) = self.stands(refused.generation).await
        {
            let (from, to) = (there.mark, there.mark.checkpoint);
            self.rows
                .commit_rows(RowsCommit {
                    from,
                    to,
                    ..refused
                })
                .await?;
        }
        answer
    }

    async fn swap_rows(
        &self,
        projection: String,
        generation: u64,
        from: Mark,
        to: Option<Position>,
    ) -> Result<bool, StoreError> {
        let to = match self.fault {
            Fault::SwapsBack => Position::new(u64::MAX),
            _ => to,
        };
        self.rows.swap_rows(projection, generation, from, to).await
    }

    async fn drop_rows(&self, projection: String, generation: u64) -> Result<(), StoreError> {
        self.rows.drop_rows(projection, generation).await
    }

    async fn fetch_rows(
        &self,
        generation: u64,
        table: Arc<RowTable>,
        keys: Vec<Vec<Cell>>,
    ) -> Result<Vec<Option<Vec<Cell>>>, StoreError> {
        self.rows.fetch_rows(generation, table, keys).await
    }

    async fn read_rows(
        &self,
        mut table: Arc<RowTable>,
        mut query: RowQuery,
    ) -> Result<Found, StoreError> {
        match self.fault {
            Fault::FindsAllRows => query.filter.clear(),
            Fault::ForgetsCursors => query.after = None,
            Fault::ReadsOutdatedRows => {
                let all = self
                    .rows
                    .rows_standing(Some(table.projection.clone()))
                    .await?;
                if let Some(live) = all.into_iter().find(|there| there.role == Role::Live) {
                    table = live.table;
                }
            }
            _ => {}
        }
        self.rows.read_rows(table, query).await
    }

    async fn count_rows(&self, table: Arc<RowTable>, query: RowQuery) -> Result<u64, StoreError> {
        self.rows.count_rows(table, query).await
    }

    async fn parked_events(&self, generation: u64) -> Result<Vec<Parked>, StoreError> {
        self.rows.parked_events(generation).await
    }

    async fn rows_reached(
        &self,
        projection: String,
        position: Position,
    ) -> Result<Standing, StoreError> {
        match self.fault {
            Fault::WakesNobodyForRows => pending().await,
            _ => self.rows.rows_reached(projection, position).await,
        }
    }

    async fn compare_rows(
        &self,
        old: Standing,
        new: Standing,
        samples: usize,
    ) -> Result<RowsDiff, StoreError> {
        self.rows.compare_rows(old, new, samples).await
    }
}
