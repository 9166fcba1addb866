//! The lock: everything that was published, in the file `es.lock` beside the schema.
//!
//! It is written by a machine and read back by one, but kept in git and looked at by people: what is published later
//! adds lines and changes none.

mod format;
mod lines;

pub(super) use format::step_text;

use super::{fingerprint::Fingerprints, history::History};
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics},
    source::{File, LoadError, SIZE_LIMIT, Source, Span, read_text},
};
use format::LockFile;
use lines::Lines;
use std::path::{Path, PathBuf};

/// The name of the file.
const FILE: &str = "es.lock";

/// The first line of the file.
const HEAD: &str = "# Every shape of every event that was published, by `es-codegen lock`. Keep it in git, and do not edit it.\n";

/// What was published.
#[derive(Debug, Clone)]
pub struct Lock {
    /// The history up to now; its places are lines of the lock.
    pub history: History,
    /// Where it begins.
    pub place: Span,
}

/// The lock of a schema: the file `es.lock` in the folder that the schema is, or lies in.
#[must_use]
pub fn lock_path(schema: &Path) -> PathBuf {
    if schema.is_dir() {
        schema.join(FILE)
    } else {
        schema.with_file_name(FILE)
    }
}

impl Lock {
    /// Reads a lock; what is wrong with it is reported.
    pub fn read(cx: &mut Diagnostics, file: &File) -> Option<Self> {
        // Git may have turned the ends of the lines into those of Windows.
        let text = file.text().replace("\r\n", "\n");
        let unreadable = |span: Span, message: String| {
            Diagnostic::new(Code::LockUnreadable, span, message)
                .hint("take back what was edited, by `git checkout` say; `es-codegen lock` writes this file")
        };
        match serde_yaml::from_str::<format::Head>(&text) {
            Ok(head) if head.lock > format::NUMBER => {
                let span = line_with(file, "lock:");
                let message = format!(
                    "this lock is written as number {}, and number {} is the newest that is known here",
                    head.lock,
                    format::NUMBER
                );
                cx.report(
                    Diagnostic::new(Code::LockUnreadable, span, message)
                        .hint("a newer release of es-codegen has written it; use that one"),
                );
                return None;
            }
            _ => {}
        }
        let read = match serde_yaml::from_str::<LockFile>(&text) {
            Ok(read) => read,
            Err(error) => {
                let at = error.location().map_or(0, |location| location.index());
                let message = format!("the lock cannot be read: {error}");
                cx.report(unreadable(file.span(at, at + 1), message));
                return None;
            }
        };
        let lines = Lines::of(file);
        let history = match read.into_history(&lines) {
            Ok(history) => history,
            Err((span, message)) => {
                cx.report(unreadable(span, message));
                return None;
            }
        };
        let is_whole = history.is_whole(cx) && untouched(cx, &history, &text, &lines);
        is_whole.then_some(Self {
            history,
            place: lines.start(),
        })
    }

    /// Reads the lock of a schema, and takes it into the source beside it. Where there is none, nothing was published.
    ///
    /// # Errors
    /// Where the file cannot be read; what is wrong in it is reported.
    pub fn beside(
        cx: &mut Diagnostics,
        source: &mut Source,
        schema: &Path,
    ) -> Result<Option<Self>, LoadError> {
        Self::at(cx, source, &lock_path(schema))
    }

    /// Reads the lock at a path, and takes it into the source. Where there is none, nothing was published.
    ///
    /// # Errors
    /// As [`beside`](Self::beside).
    pub fn at(
        cx: &mut Diagnostics,
        source: &mut Source,
        path: &Path,
    ) -> Result<Option<Self>, LoadError> {
        if !path.exists() {
            return Ok(None);
        }
        let text = read_text(path, SIZE_LIMIT)?;
        let file = source.add_beside(path.display().to_string(), text)?;
        Ok(Self::read(cx, file))
    }

    /// Whether it is what a publication would write.
    #[must_use]
    pub fn is_current(&self, text: &str) -> bool {
        Self::write(&self.history) == text
    }

    /// The text of a lock.
    #[must_use]
    pub fn write(history: &History) -> String {
        // Text, numbers, lists and tables of them can always be written.
        let body = serde_yaml::to_string(&LockFile::of(history)).unwrap_or_default();
        format!("{HEAD}{body}")
    }
}

impl History {
    /// Whether each version follows the one before it.
    fn is_whole(&self, cx: &mut Diagnostics) -> bool {
        let events = self
            .aggregates
            .iter()
            .flat_map(|aggregate| &aggregate.events);
        let events = events.map(|event| {
            let numbers = event.versions.iter().map(|version| version.number);
            (&event.name, event.place, numbers.collect::<Vec<_>>())
        });
        let types = self.types.iter().map(|ty| {
            let numbers = ty.versions.iter().map(|version| version.number);
            (&ty.name, ty.place, numbers.collect())
        });
        let mut is_whole = true;
        for (name, place, numbers) in events.chain(types) {
            let gap = (1..)
                .zip(&numbers)
                .find(|(wanted, number)| wanted != *number);
            let Some((wanted, number)) = gap else {
                continue;
            };
            is_whole = false;
            let message =
                format!("version {number} of `{name}` stands where version {wanted} belongs");
            cx.report(
                Diagnostic::new(Code::VersionGap, place, message)
                    .label("versions are numbered from 1 on, without a gap")
                    .hint("take back what was edited; no published version can be taken away"),
            );
        }
        is_whole
    }
}

/// Whether every fingerprint is that of what it stands beside.
fn untouched(cx: &mut Diagnostics, history: &History, text: &str, lines: &Lines<'_>) -> bool {
    // Read above, so that it can be read again.
    let Ok(read) = serde_yaml::from_str::<LockFile>(text) else {
        return false;
    };
    let fingerprints = Fingerprints::of(history);
    let mut is_untouched = true;
    let mut edited = |name: &str, number: u16, span: Span| {
        is_untouched = false;
        let message = format!("version {number} of `{name}` was edited in the lock");
        cx.report(
            Diagnostic::new(Code::HistoryRewritten, span, message)
                .label("its fingerprint is that of something else")
                .hint("take back what was edited, by `git checkout` say: events are stored in this shape, whatever stands here"),
        );
    };
    for (a, (aggregate, found)) in read.aggregates.iter().zip(&history.aggregates).enumerate() {
        for (e, (event, found)) in aggregate.events.iter().zip(&found.events).enumerate() {
            for (v, (version, found_version)) in
                event.versions.iter().zip(&found.versions).enumerate()
            {
                if version.fingerprint != fingerprints.event(found_version) {
                    edited(&found.name, found_version.number, lines.version(a, e, v));
                }
            }
        }
    }
    for (t, (ty, found)) in read.types.iter().zip(&history.types).enumerate() {
        for (v, (version, found_version)) in ty.versions.iter().zip(&found.versions).enumerate() {
            if version.fingerprint != fingerprints.ty(found_version) {
                edited(&found.name, found_version.number, lines.type_version(t, v));
            }
        }
    }
    is_untouched
}

/// The first line that begins so.
fn line_with(file: &File, beginning: &str) -> Span {
    let mut start = 0;
    for line in file.text().split_inclusive('\n') {
        if line.starts_with(beginning) {
            return file.span(start, start + line.trim_end().len());
        }
        start += line.len();
    }
    file.span(0, 0)
}
