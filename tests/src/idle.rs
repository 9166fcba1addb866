//! Stores that do nothing, which no case of the contract of stores may pass.

use std::sync::Arc;

use es_runtime::contract::Subject;
use es_runtime::{
    AnyStore, Clock, CommandId, Commit, EventStore, Fingerprint, LogPage, Page, Position, Query,
    Receipt, Slice, Snapshot, StoreError, StreamId, Timestamp, Version,
};

/// A store that does nothing.
#[derive(Clone, Copy, Debug)]
pub enum Idle {
    /// It acknowledges everything.
    SaysYes,
    /// It refuses everything that is appended.
    SaysNo,
}

impl Subject for Idle {
    fn open(&self, _: Arc<dyn Clock>) -> Result<AnyStore, StoreError> {
        Ok(AnyStore::new(*self))
    }
}

impl es_runtime::RowStore for Idle {}

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
