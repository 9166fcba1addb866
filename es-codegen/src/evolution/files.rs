//! The files of a history on disk: the lock, and the samples beside it.

use super::{lock::lock_path, sample::Sample};
use crate::{FileError, write::write_new};
use std::{
    fs,
    path::{self, Path, PathBuf},
    process,
};

/// The folder of the samples: `history` beside the lock.
#[must_use]
pub fn samples_folder(schema: &Path) -> PathBuf {
    lock_path(schema).with_file_name("history")
}

/// The way to the samples from the package that code is generated into, as a test of it says it after the folder of its
/// manifest.
#[must_use]
pub fn samples_from(out: &Path, schema: &Path) -> String {
    let way = || {
        let out = path::absolute(out).ok()?;
        let samples = path::absolute(samples_folder(schema)).ok()?;
        let root = out
            .ancestors()
            .find(|folder| folder.join("Cargo.toml").is_file())?;
        let shared = root
            .components()
            .zip(samples.components())
            .take_while(|(one, other)| one == other)
            .count();
        let up = root.components().skip(shared).map(|_| "..".to_owned());
        let down = samples.components().skip(shared);
        let down = down.map(|part| part.as_os_str().to_string_lossy().into_owned());
        Some(up.chain(down).collect::<Vec<_>>().join("/"))
    };
    // Outside of any package nobody runs the test.
    way().unwrap_or_else(|| "history".to_owned())
}

/// Writes a lock, and says whether it was another one. Whoever reads it sees the old text or the new one.
///
/// # Errors
/// Where the operating system refuses.
pub fn write_lock(path: &Path, text: &str) -> Result<bool, FileError> {
    if fs::read_to_string(path).is_ok_and(|before| before.replace("\r\n", "\n") == text) {
        return Ok(false);
    }
    let beside = path.with_file_name(format!(".es-lock-{}.tmp", process::id()));
    // The rest of a process that was stopped; where there is none, so much the better.
    let _ = fs::remove_file(&beside);
    write_new(&beside, text).map_err(FileError::of("write", path))?;
    fs::rename(&beside, path).map_err(FileError::of("write", path))?;
    Ok(true)
}

/// Writes a sample, unless there is a file of its name: what was published once stays.
///
/// # Errors
/// Where the operating system refuses.
pub fn write_sample(folder: &Path, sample: &Sample) -> Result<(), FileError> {
    fs::create_dir_all(folder).map_err(FileError::of("create", folder))?;
    let path = folder.join(&sample.file);
    if path.exists() {
        return Ok(());
    }
    write_new(&path, &sample.text).map_err(FileError::of("write", &path))
}
