//! Generated files on disk: writes what changed, removes what is ours and stale, and touches nothing else.
//!
//! There is no manifest: a file is ours where its header says so and carries the hash of the rest (see
//! [`Generated`]). All refusals come before the first write, so that a run that fails has changed nothing.

use crate::{
    file_error::FileError,
    generated::{Generated, Owner, owner, same},
};
use std::{
    fmt,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process,
};

/// Writes generated files into a folder, which is made where it is missing.
///
/// Only files whose text changes are written; files of an earlier run that nothing generates any more are removed.
/// Whatever else is in the folder stays.
///
/// # Errors
/// Where the folder or a file in it is a link, where a file of that name is not ours or was edited by hand, and where the
/// operating system refuses. Nothing is changed then, unless it refuses what it has just allowed beside it.
pub fn write(generated: &Generated, folder: &Path) -> Result<Written, WriteError> {
    let plan = Plan::of(generated, folder)?;
    if !plan.edited.is_empty() {
        return Err(WriteError::Edited(plan.edited));
    }
    if !plan.changed.is_empty() {
        fs::create_dir_all(folder).map_err(FileError::of("create", folder))?;
    }
    replace_all(folder, &plan.changed)?;
    for path in &plan.stale {
        fs::remove_file(path).map_err(FileError::of("remove", path))?;
    }
    let unchanged = generated.files().count() - plan.changed.len();
    Ok(Written {
        files: plan.changed.into_iter().map(|(path, _)| path).collect(),
        removed: plan.stale,
        unchanged,
    })
}

/// What [`write()`] has done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// The files that were written.
    pub files: Vec<PathBuf>,
    /// The files of an earlier run that were removed.
    pub removed: Vec<PathBuf>,
    /// How many files were left alone because they already held what was generated.
    pub unchanged: usize,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.files.is_empty() && self.removed.is_empty() {
            return f.write_str("nothing has changed");
        }
        let counts = [
            (self.files.len(), "written"),
            (self.removed.len(), "removed"),
            (self.unchanged, "unchanged"),
        ];
        let said = counts.iter().filter(|(count, _)| *count > 0);
        let said: Vec<_> = said
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        f.write_str(&said.join(", "))
    }
}

/// Compares generated files with those in a folder, and changes nothing.
///
/// # Errors
/// As [`write()`], but a file that was edited by hand is told among the others.
pub fn compare(generated: &Generated, folder: &Path) -> Result<Vec<Drift>, WriteError> {
    let plan = Plan::of(generated, folder)?;
    let changed = plan.changed.into_iter().map(|(path, _)| {
        if path.exists() {
            Drift::Outdated(path)
        } else {
            Drift::Missing(path)
        }
    });
    let edited = plan.edited.into_iter().map(Drift::Edited);
    let stale = plan.stale.into_iter().map(Drift::Stale);
    Ok(changed.chain(edited).chain(stale).collect())
}

/// A file that is not as the schema has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Drift {
    /// It is not there.
    Missing(PathBuf),
    /// The schema has changed since it was written.
    Outdated(PathBuf),
    /// It was changed since it was written.
    Edited(PathBuf),
    /// The schema has nothing more that it would be generated from.
    Stale(PathBuf),
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "`{}` is missing", path.display()),
            Self::Outdated(path) => write!(f, "`{}` is out of date", path.display()),
            Self::Edited(path) => write!(f, "`{}` was edited by hand", path.display()),
            Self::Stale(path) => write!(f, "`{}` is not generated any more", path.display()),
        }
    }
}

/// Why generated files could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The folder, or a file in it, leads somewhere else.
    #[error("`{}` is a symbolic link, and nothing is written through one", .0.display())]
    Link(PathBuf),
    /// The folder is something else.
    #[error("`{}` is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// Generated files were changed.
    #[error("{} edited by hand, and the edit would be lost\nhint: move the edit to a file of your own, remove the generated one, and generate again", were(.0))]
    Edited(Vec<PathBuf>),
    /// A file of this name is there and was not generated.
    #[error("`{}` is in the way: a generated file is called so, and this one was not generated\nhint: move it somewhere else", .0.display())]
    Foreign(PathBuf),
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] FileError),
}

/// `` `a.rs` was `` or `` `a.rs`, `b.rs` were ``.
fn were(paths: &[PathBuf]) -> String {
    let quoted: Vec<_> = paths
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    let verb = if paths.len() == 1 { "was" } else { "were" };
    format!("{} {verb}", quoted.join(", "))
}

/// What has to be done so that a folder holds what was generated.
struct Plan<'g> {
    changed: Vec<(PathBuf, &'g str)>,
    edited: Vec<PathBuf>,
    stale: Vec<PathBuf>,
}

impl<'g> Plan<'g> {
    fn of(generated: &'g Generated, folder: &Path) -> Result<Self, WriteError> {
        let found = look(folder)?;
        let (mut changed, mut edited, mut stale) = (Vec::new(), Vec::new(), Vec::new());
        for (name, text) in generated.files() {
            let path = folder.join(name);
            match state_of(&path, text)? {
                State::Current => {}
                State::Missing | State::Old => changed.push((path, text)),
                State::Edited => edited.push(path),
            }
        }
        for path in found {
            // On some disks a name in other letters is the same file.
            let is_generated = path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| generated.file(&name.to_lowercase()).is_some());
            match owner_of(&path) {
                _ if is_generated => {}
                Owner::Untouched => stale.push(path),
                // Left alone, it would drop out of the code without a word.
                Owner::Edited => edited.push(path),
                Owner::Foreign => {}
            }
        }
        Ok(Self {
            changed,
            edited,
            stale,
        })
    }
}

/// Everything in a folder, in the order of the names; nothing where there is no folder.
fn look(folder: &Path) -> Result<Vec<PathBuf>, WriteError> {
    let kind = match fs::symlink_metadata(folder) {
        Ok(about) => about.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::of("look at", folder)(error).into()),
    };
    if kind.is_symlink() {
        return Err(WriteError::Link(folder.to_owned()));
    }
    if !kind.is_dir() {
        return Err(WriteError::NotAFolder(folder.to_owned()));
    }
    let entries = fs::read_dir(folder).map_err(FileError::of("read", folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<_> = paths
        .collect::<Result<_, _>>()
        .map_err(FileError::of("read", folder))?;
    paths.sort();
    Ok(paths)
}

/// How a file of ours stands to what it should hold.
enum State {
    Missing,
    Current,
    Old,
    Edited,
}

/// How a file stands to the text that it should hold; refuses what is not a file of ours.
fn state_of(path: &Path, text: &str) -> Result<State, WriteError> {
    let about = match fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Missing),
        Err(error) => return Err(FileError::of("look at", path)(error).into()),
    };
    if about.is_symlink() {
        return Err(WriteError::Link(path.to_owned()));
    }
    if !about.is_file() {
        return Err(WriteError::Foreign(path.to_owned()));
    }
    let bytes = fs::read(path).map_err(FileError::of("read", path))?;
    let on_disk = String::from_utf8(bytes).map_err(|_| WriteError::Foreign(path.to_owned()))?;
    if same(&on_disk, text) {
        return Ok(State::Current);
    }
    match owner(&on_disk) {
        Owner::Untouched => Ok(State::Old),
        Owner::Edited => Ok(State::Edited),
        Owner::Foreign => Err(WriteError::Foreign(path.to_owned())),
    }
}

/// Whose a file is that nothing generates any more; what cannot be read is not ours.
fn owner_of(path: &Path) -> Owner {
    let is_rust = path.extension().is_some_and(|extension| extension == "rs");
    let is_file = fs::symlink_metadata(path).is_ok_and(|about| about.is_file());
    if !is_rust || !is_file {
        return Owner::Foreign;
    }
    fs::read_to_string(path).map_or(Owner::Foreign, |text| owner(&text))
}

/// Replaces files so that whoever reads one sees the old text or the new one.
///
/// All new texts are on disk before the first old one goes: a disk that fills up changes nothing.
fn replace_all(folder: &Path, changed: &[(PathBuf, &str)]) -> Result<(), WriteError> {
    // A name of its own, since that of the file with something behind it may be too long for a name.
    let beside = |place: usize| folder.join(format!(".es-codegen-{}-{place}.tmp", process::id()));
    for place in 0..changed.len() {
        // The rest of a process that was stopped; where there is none, so much the better.
        let _ = fs::remove_file(beside(place));
    }
    let written = changed
        .iter()
        .enumerate()
        .try_for_each(|(place, (path, text))| {
            write_new(&beside(place), text).map_err(FileError::of("write", path))
        });
    let replaced = written.and_then(|()| {
        changed
            .iter()
            .enumerate()
            .try_for_each(|(place, (path, _))| {
                fs::rename(beside(place), path).map_err(FileError::of("write", path))
            })
    });
    if replaced.is_err() {
        for place in 0..changed.len() {
            // What failed is told; a rest of it would only be in the way.
            let _ = fs::remove_file(beside(place));
        }
    }
    Ok(replaced?)
}

/// Writes a file that is not there, so that nothing is written through a link.
pub(crate) fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())
}
