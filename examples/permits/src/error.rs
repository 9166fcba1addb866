//! Everything that can stop the program, with the place and the way out.

use std::path::PathBuf;

use es_runtime::admin::AdminError;
use es_runtime::{ExecuteError, LoadError, ProjectionError, ReadRowsError, StoreError};

use crate::generated::PermitError;

/// Why the program stopped. What was imported before stays; running it again goes on from there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PermitsError {
    #[error("cannot read {path}: {cause}", path = .path.display())]
    Read {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("{path}:{line}: {reason}\nhint: the log is damaged, cut short or another one; nothing was imported from it", path = .path.display())]
    Log {
        path: PathBuf,
        line: usize,
        reason: String,
    },
    #[error("{path}: not the facts of a log: {cause}", path = .path.display())]
    Facts {
        path: PathBuf,
        cause: serde_json::Error,
    },
    #[error("{path}:{line}: {cause}", path = .path.display())]
    Refused {
        path: PathBuf,
        line: usize,
        cause: Box<ExecuteError<PermitError>>,
    },
    #[error("{0}")]
    Load(#[from] LoadError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Projection(#[from] ProjectionError),
    #[error("{0}")]
    ReadModel(#[from] ReadRowsError),
    #[error("{0}")]
    Admin(#[from] AdminError),
    #[error("what is stored is not what the log is known to hold:\n{0}")]
    Differs(String),
    #[error("a task of the import ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
}
