//! Errors of SQLite, turned into errors of a store that name the file and say what to do.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use es_runtime::StoreError;
use rusqlite::ErrorCode;

/// Why a file cannot be opened as an event store; the cause inside the [`StoreError`] of opening.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The path is a folder.
    Folder {
        /// The path as an absolute one.
        file: PathBuf,
    },
    /// The folder in which the file would stand does not exist.
    NoFolder {
        /// The path as an absolute one.
        file: PathBuf,
    },
    /// The path cannot name a file.
    NotAFile {
        /// The path as it was given.
        file: PathBuf,
    },
    /// The file is not an SQLite database. Nothing was written to it.
    NotADatabase {
        /// The path as an absolute one.
        file: PathBuf,
    },
    /// The file is an SQLite database of another program. Nothing was written to it.
    Foreign {
        /// The path as an absolute one.
        file: PathBuf,
        /// What it says it belongs to; zero where it says nothing.
        application_id: i32,
    },
    /// The file was written by a newer release.
    Newer {
        /// The path as an absolute one.
        file: PathBuf,
        /// The layout of the file.
        found: i32,
        /// The newest layout of this release.
        known: i32,
    },
    /// The file was written before the first release, in a layout that no release reads.
    Older {
        /// The path as an absolute one.
        file: PathBuf,
        /// The layout of the file.
        found: i32,
        /// The layout of this release.
        known: i32,
    },
    /// The file cannot be written to.
    ReadOnly {
        /// The path as an absolute one.
        file: PathBuf,
    },
    /// There is no file, or an empty one, and a write-ahead log of it that holds something. Nothing was written.
    LogWithoutFile {
        /// The path as an absolute one.
        file: PathBuf,
    },
    /// The file system cannot share memory between processes, without which there is no write-ahead log.
    NoWriteAheadLog {
        /// The path as an absolute one.
        file: PathBuf,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { file } => write!(f, "{} is a folder; name a file in it", file.display()),
            Self::NoFolder { file } => write!(
                f,
                "{} cannot be created, since its folder does not exist; create the folder first",
                file.display()
            ),
            Self::NotAFile { file } => write!(
                f,
                "`{}` does not name a file; for a store in memory use `memory:` of the runtime",
                file.display()
            ),
            Self::NotADatabase { file } => write!(
                f,
                "{} is not an SQLite database, or is encrypted; choose another path",
                file.display()
            ),
            Self::Foreign {
                file,
                application_id,
            } => write!(
                f,
                "{} is an SQLite database of another program (application id {application_id:#010x}); choose another path",
                file.display()
            ),
            Self::Newer { file, found, known } => write!(
                f,
                "{} has layout {found}, and this release knows layouts up to {known}; use the release that wrote it, or a newer one",
                file.display()
            ),
            Self::Older { file, found, known } => write!(
                f,
                "{} has layout {found} of a time before the first release, which knows layout {known}; choose another path",
                file.display()
            ),
            Self::ReadOnly { file } => write!(
                f,
                "{} is read-only; a store needs to write to the file and to its folder",
                file.display()
            ),
            Self::LogWithoutFile { file } => write!(
                f,
                "{0} is missing or empty, and {0}-wal beside it holds what was written to it; put the file back, or take the log away to begin anew",
                file.display()
            ),
            Self::NoWriteAheadLog { file } => write!(
                f,
                "{} is on a file system without a write-ahead log (a network drive?); use a local disk",
                file.display()
            ),
        }
    }
}

impl Error for OpenError {}

/// Why nobody can own the rows of a projection; the cause inside the [`StoreError`] of owning them.
#[derive(Debug)]
#[non_exhaustive]
pub struct LockError {
    /// The file that is locked by whoever owns them.
    pub file: PathBuf,
    /// What the system says.
    pub cause: std::io::Error,
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cannot be locked: {}; a store needs to write to its folder, on a file system that locks",
            self.file.display(),
            self.cause
        )
    }
}

impl Error for LockError {}

/// What SQLite reported, for which file, and what can be done about it; the cause inside a [`StoreError`].
#[derive(Debug)]
pub struct SqliteError {
    file: PathBuf,
    trouble: Trouble,
    advice: String,
}

impl fmt::Display for SqliteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}; {}",
            self.file.display(),
            self.trouble,
            self.advice
        )
    }
}

impl Error for SqliteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.trouble {
            Trouble::Sqlite(error) => Some(error),
            Trouble::Damaged(_) | Trouble::Moved => None,
        }
    }
}

/// What goes wrong below the store: SQLite refuses, or a row holds what no store writes.
#[derive(Debug)]
pub(crate) enum Trouble {
    Sqlite(rusqlite::Error),
    Damaged(String),
    /// Whatever is written from now on, nobody would find.
    Moved,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(error) => error.fmt(f),
            Self::Damaged(what) => f.write_str(what),
            Self::Moved => f.write_str("the file was moved or deleted while it was open"),
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Trouble {
    /// Others read the log, which has to begin anew before anything can be acknowledged.
    pub(crate) fn log_is_read() -> Self {
        let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        Self::Sqlite(rusqlite::Error::SqliteFailure(busy, None))
    }

    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code(),
            Self::Damaged(_) | Self::Moved => None,
        }
    }

    pub(crate) fn is_busy(&self) -> bool {
        matches!(
            self.code(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        )
    }

    pub(crate) fn is_constraint(&self) -> bool {
        self.code() == Some(ErrorCode::ConstraintViolation)
    }

    /// Whether a `commit` that ended like this has certainly stored nothing.
    ///
    /// A full disk or a lock is met before the frame that makes a transaction count is in the log. Anything else may
    /// come behind it, from the sync say, and such a frame can be found valid when the log is recovered after a crash.
    pub(crate) fn leaves_commit_undone(&self) -> bool {
        self.is_busy() || matches!(self.code(), Some(ErrorCode::DiskFull | ErrorCode::ReadOnly))
    }

    /// Whether it may go away by itself.
    fn is_transient(&self) -> bool {
        self.is_busy()
            || matches!(
                self.code(),
                Some(
                    ErrorCode::OutOfMemory
                        | ErrorCode::OperationInterrupted
                        | ErrorCode::FileLockingProtocolFailed
                        | ErrorCode::SchemaChanged
                )
            )
    }

    fn advice(&self, busy_timeout: Duration) -> String {
        let advice = match self.code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                return format!(
                    "another connection has held the lock for longer than {busy_timeout:?}; try again"
                );
            }
            Some(ErrorCode::DiskFull) => {
                "the disk is full, or the file has reached its `max_bytes`; make room"
            }
            Some(ErrorCode::ReadOnly) => "the file and its folder must be writable",
            Some(ErrorCode::CannotOpen) => {
                "the file and its folder must exist and be writable, and files left to open"
            }
            Some(ErrorCode::SystemIoFailure) => {
                "the disk or its file system reports a failure; look there"
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => DAMAGED,
            None if matches!(self, Self::Damaged(_)) => DAMAGED,
            None if matches!(self, Self::Moved) => {
                "nothing is written to it any more; put it back, with `-wal` beside it, or open the store anew"
            }
            _ => "the cause has to be mended before it can work",
        };
        advice.to_owned()
    }
}

const DAMAGED: &str = "the file is damaged; restore a backup, with `-wal` and `-shm` beside the file taken away first, or save what can be read with `.recover` of the sqlite3 shell";

/// The file of a store, as its errors name it.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) file: PathBuf,
    pub(crate) busy_timeout: Duration,
    /// Which file stood there when it was opened.
    pub(crate) identity: Option<Identity>,
}

/// What tells a file from another one at the same path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    number: u64,
}

impl Identity {
    /// That of the file at the path; nothing where there is none, or the system does not tell.
    #[cfg(unix)]
    pub(crate) fn of(file: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = std::fs::metadata(file).ok()?;
        let (device, number) = (metadata.dev(), metadata.ino());
        Some(Self { device, number })
    }

    #[cfg(not(unix))]
    pub(crate) fn of(_: &Path) -> Option<Self> {
        None
    }
}

impl Place {
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Makes sure that the file that is open is the one at its path.
    pub(crate) fn check_in_place(&self) -> Result<(), Trouble> {
        match Identity::of(&self.file) == self.identity {
            true => Ok(()),
            false => Err(Trouble::Moved),
        }
    }

    pub(crate) fn failure(&self, trouble: impl Into<Trouble>) -> Failure {
        let trouble = trouble.into();
        Failure {
            is_transient: trouble.is_transient(),
            cause: Arc::new(SqliteError {
                file: self.file.clone(),
                advice: trouble.advice(self.busy_timeout),
                trouble,
            }),
        }
    }
}

/// One failure that may have to be told to everybody in a group.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    is_transient: bool,
    cause: Arc<SqliteError>,
}

impl Failure {
    /// Nothing was stored.
    pub(crate) fn nothing_stored(&self, operation: &'static str) -> StoreError {
        let cause = self.cause.clone();
        if self.is_transient {
            StoreError::Transient { operation, cause }
        } else {
            StoreError::Permanent { operation, cause }
        }
    }

    /// Nobody knows whether it was stored.
    pub(crate) fn outcome_unknown(&self, operation: &'static str) -> StoreError {
        let cause = self.cause.clone();
        StoreError::OutcomeUnknown { operation, cause }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}
