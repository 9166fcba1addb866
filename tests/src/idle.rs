//! Stores that do nothing, which no case of the contract of stores may pass.

use std::sync::Arc;

use es_runtime::contract::Subject;
use es_runtime::describe::{Content, RowsDescription};
use es_runtime::{
    AnyStore, Cell, Clock, CommandId, Commit, EventStore, Fingerprint, Found, LogPage, Mark, Page,
    Parked, Position, Query, Receipt, Role, RowQuery, RowStore, RowTable, RowsCommit, RowsDiff,
    RowsOwner, Slice, Snapshot, Standing, StoreError, StreamId, Timestamp, Version,
};

/// A store that does nothing.
#[derive(Clone, Copy, Debug)]
pub enum Idle {
    /// It acknowledges everything.
    SaysYes,
    /// It refuses everything that is appended, and whatever it is asked about rows.
    SaysNo,
}

impl Subject for Idle {
    fn open(&self, _: Arc<dyn Clock>) -> Result<AnyStore, StoreError> {
        Ok(AnyStore::new(*self))
    }
}

/// It keeps nothing, and says that all is done; or says of everything that it cannot do it.
impl RowStore for Idle {
    async fn own_rows(&self, _: String) -> Result<RowsOwner, StoreError> {
        self.says(RowsOwner::new(()))
    }

    async fn rows_standing(&self, _: Option<String>) -> Result<Vec<Standing>, StoreError> {
        self.says(vec![])
    }

    async fn begin_rows(&self, table: Arc<RowTable>, role: Role) -> Result<Standing, StoreError> {
        self.says(Standing {
            generation: 1,
            table,
            role,
            mark: Mark::default(),
            parked: 0,
            stopped: None,
        })
    }

    async fn commit_rows(&self, commit: RowsCommit) -> Result<Mark, StoreError> {
        self.says(Mark {
            checkpoint: commit.to,
            commits: commit.from.commits + 1,
        })
    }

    async fn swap_rows(
        &self,
        _: String,
        _: u64,
        _: Mark,
        _: Option<Position>,
    ) -> Result<bool, StoreError> {
        self.says(true)
    }

    async fn drop_rows(&self, _: String, _: u64) -> Result<(), StoreError> {
        self.says(())
    }

    async fn fetch_rows(
        &self,
        _: u64,
        _: Arc<RowTable>,
        keys: Vec<Vec<Cell>>,
    ) -> Result<Vec<Option<Vec<Cell>>>, StoreError> {
        self.says(vec![None; keys.len()])
    }

    async fn read_rows(&self, _: Arc<RowTable>, _: RowQuery) -> Result<Found, StoreError> {
        self.says(Found::default())
    }

    async fn count_rows(&self, _: Arc<RowTable>, _: RowQuery) -> Result<u64, StoreError> {
        self.says(0)
    }

    async fn parked_events(&self, _: u64) -> Result<Vec<Parked>, StoreError> {
        self.says(vec![])
    }

    async fn rows_reached(&self, name: String, position: Position) -> Result<Standing, StoreError> {
        let description = RowsDescription::new("", Content::Fields(&[]), &[], &[], &[], "", 1);
        let mut table = RowTable::of(&description);
        table.projection = name;
        let mut standing = self.begin_rows(Arc::new(table), Role::Live).await?;
        standing.mark.checkpoint = Some(position);
        Ok(standing)
    }

    async fn compare_rows(
        &self,
        old: Standing,
        new: Standing,
        _: usize,
    ) -> Result<RowsDiff, StoreError> {
        self.says(RowsDiff::between(&old, &new))
    }
}

impl Idle {
    fn says<T>(self, yes: T) -> Result<T, StoreError> {
        match self {
            Self::SaysYes => Ok(yes),
            Self::SaysNo => Err(StoreError::permanent("rows", "it does nothing")),
        }
    }
}

impl EventStore for Idle {
    async fn append_chain(&self, commits: Vec<Commit>) -> Vec<Result<Receipt, StoreError>> {
        let answer = |_| match self {
            Self::SaysYes => Ok(Receipt {
                commit: None,
                streams: vec![],
                positions: None,
                recorded_at: Timestamp::EPOCH,
                repeated: false,
            }),
            Self::SaysNo => Err(StoreError::permanent("append", "it does nothing")),
        };
        commits.into_iter().map(answer).collect()
    }

    async fn receipt(&self, _: CommandId, _: Fingerprint) -> Result<Option<Receipt>, StoreError> {
        Ok(None)
    }

    async fn read_stream(&self, _: StreamId, _: Slice<Version>) -> Result<Page, StoreError> {
        Ok(Page::default())
    }

    async fn read_log(&self, _: Query, _: Slice<Position>) -> Result<LogPage, StoreError> {
        Ok(LogPage::default())
    }

    async fn head(&self) -> Result<Option<Position>, StoreError> {
        Ok(None)
    }

    async fn changed(&self, _: Option<Position>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn snapshot(&self, _: StreamId, _: Fingerprint) -> Result<Option<Snapshot>, StoreError> {
        Ok(None)
    }

    async fn keep_snapshot(&self, _: Snapshot) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn drop_snapshot(&self, _: StreamId, _: Version) -> Result<(), StoreError> {
        Ok(())
    }
}
