//! How a store is opened.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use es_runtime::{Clock, Limits, StoreError, SystemClock};

use crate::SqliteStore;

/// How a store is opened; begin with [`SqliteStore::options`].
///
/// ```
/// use std::time::Duration;
/// use es_sqlite::SqliteStore;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("app.db");
/// let store = SqliteStore::options()
///     .busy_timeout(Duration::from_secs(30))
///     .readers(4)
///     .open(path)?;
/// # Ok::<_, es_runtime::StoreError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct SqliteOptions {
    pub(crate) durability: Durability,
    pub(crate) busy_timeout: Duration,
    pub(crate) readers: usize,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    pub(crate) max_group: usize,
    pub(crate) max_bytes: Option<u64>,
}

/// What a commit that was acknowledged survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// Everything, a power cut included: each group of commits is synced to the disk before it is acknowledged.
    #[default]
    Full,
    /// The end of the process, however sudden. **A power cut or a crash of the machine may lose the last
    /// acknowledged commits**; what is left is consistent. Many times as fast on slow disks.
    LosesLastCommitsOnPowerCut,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            busy_timeout: Duration::from_secs(5),
            readers: 2,
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
            max_group: 512,
            max_bytes: None,
        }
    }
}

impl SqliteOptions {
    /// What a commit that was acknowledged survives; everything unless told otherwise.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How long to wait for a lock that another process holds, at most 24 days; 5 seconds unless told otherwise.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        // SQLite counts milliseconds in 31 bits.
        self.busy_timeout = timeout.min(Duration::from_millis(i32::MAX.unsigned_abs().into()));
        self
    }

    /// How many threads read, each with a connection of its own; at least 1, and 2 unless told otherwise.
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// Where `recorded_at` comes from; the machine's clock unless told otherwise.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What a commit may hold at most.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many commits share one transaction at most when many wait; 512 unless told otherwise.
    pub fn max_group(mut self, commits: usize) -> Self {
        self.max_group = commits.max(1);
        self
    }

    /// How large the file may grow. Behind that, appends are refused as on a full disk, and reading goes on.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Opens the store in this file, and creates it where there is none. Blocks while it does so.
    ///
    /// # Errors
    /// See [`SqliteStore::open`].
    pub fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_with(path.as_ref(), self)
    }
}

impl fmt::Debug for SqliteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteOptions")
            .field("durability", &self.durability)
            .field("busy_timeout", &self.busy_timeout)
            .field("readers", &self.readers)
            .field("limits", &self.limits)
            .field("max_group", &self.max_group)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}
