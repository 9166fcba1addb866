//! Who owns what over all processes: a lock file for each name, which the kernel frees when its process ends, however
//! suddenly. No lease and no clock: nobody is thought dead who is only slow.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use es_runtime::{Fingerprint, RowsOwner, StoreError};

use crate::error::{LockError, Place};
use crate::watch::Watch;

const OPERATION: &str = "own_rows";

/// Waits until nobody else owns the name.
pub(crate) async fn own(place: &Place, watch: &Watch, name: &str) -> Result<RowsOwner, StoreError> {
    let path = lock_file(place.file(), name);
    let file = open(&path)?;
    let waiter = watch.wait();
    loop {
        // Listen before looking, so that nothing is freed unseen in between.
        let tick = watch.head().ticks.listen();
        match file.try_lock() {
            Ok(()) => return Ok(RowsOwner::new(file)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(cause)) => return Err(refused(path, cause)),
        }
        if let Some(failure) = waiter.failure() {
            return Err(failure.nothing_stored(OPERATION));
        }
        tick.await;
    }
}

/// The file stays when it is not locked any more: whoever deleted it could delete the one that another has just locked.
fn open(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    let opened = options.create(true).truncate(false).write(true).open(path);
    opened.map_err(|cause| refused(path.to_owned(), cause))
}

fn refused(file: PathBuf, cause: io::Error) -> StoreError {
    StoreError::permanent(OPERATION, LockError { file, cause })
}

/// A file beside the database, with the name as far as any file system takes it.
fn lock_file(database: &Path, name: &str) -> PathBuf {
    let plain: String = name
        .chars()
        .take(40)
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let hash = Fingerprint::of(&[name.as_bytes()]).get();
    // The same for whoever comes by a link.
    let database = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
    let mut file = database.into_os_string();
    file.push(format!("-rows-{plain}-{hash:016x}.lock"));
    PathBuf::from(file)
}
