//! A schema file as it was loaded: its text, the path that messages show, and where its lines begin.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The largest schema file that is read.
///
/// Spans keep their offsets in 32 bits and a schema is written by people; what is larger is another kind of file.
pub const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// Which of the loaded files a [`Span`] points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SourceId(pub u32);

/// A place in a schema file: the bytes from `start` up to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

/// A value together with the place it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// Line and column of an offset, both counted from one, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A schema file.
#[derive(Debug, Clone)]
pub struct Source {
    id: SourceId,
    name: String,
    text: String,
    lines: Vec<u32>,
}

impl Source {
    /// Reads the file at `path`; messages show the path as it is given here.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let fail = |kind| LoadError {
            path: path.to_owned(),
            kind,
        };
        let about = fs::metadata(path).map_err(|error| fail(LoadErrorKind::Io(error)))?;
        if about.is_dir() {
            return Err(fail(LoadErrorKind::Directory));
        }
        if about.len() > SIZE_LIMIT {
            return Err(fail(LoadErrorKind::TooLarge));
        }
        let bytes = fs::read(path).map_err(|error| fail(LoadErrorKind::Io(error)))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            fail(LoadErrorKind::NotUtf8 {
                offset: error.utf8_error().valid_up_to(),
            })
        })?;
        Self::from_text(path.display().to_string(), text).map_err(|error| fail(error.kind))
    }

    /// A schema that is already in memory; messages show `name` as its path.
    pub fn from_text(name: impl Into<String>, text: impl Into<String>) -> Result<Self, LoadError> {
        let (name, mut text) = (name.into(), text.into());
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        if u32::try_from(text.len()).is_err() || text.len() as u64 > SIZE_LIMIT {
            return Err(LoadError {
                path: name.into(),
                kind: LoadErrorKind::TooLarge,
            });
        }
        let ends = text
            .bytes()
            .zip(1_u32..)
            .filter(|(byte, _)| *byte == b'\n')
            .map(|(_, behind)| behind);
        let lines = std::iter::once(0).chain(ends).collect();
        Ok(Self {
            id: SourceId::default(),
            name,
            text,
            lines,
        })
    }

    /// The id that the spans of this file carry.
    #[must_use]
    pub fn id(&self) -> SourceId {
        self.id
    }

    /// The path as it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text, without a byte order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The span of the bytes from `start` up to `end`.
    #[must_use]
    pub fn span(&self, start: usize, end: usize) -> Span {
        // The text is smaller than the limit, so that what does not fit is behind its end.
        let at = |offset: usize| u32::try_from(offset.min(self.text.len())).unwrap_or(u32::MAX);
        Span {
            source: self.id,
            start: at(start),
            end: at(end.max(start)),
        }
    }

    /// The text at `span`; empty where the span does not belong to this file.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    /// Line and column of a byte offset.
    #[must_use]
    pub fn place(&self, offset: u32) -> Place {
        let index = self.line_index(offset);
        let before = self
            .text
            .get(self.lines[index] as usize..offset as usize)
            .unwrap_or_default();
        Place {
            line: index + 1,
            column: before.chars().count() + 1,
        }
    }

    /// The bytes of the lines that `start` and `end` are in, and the number of the first.
    #[must_use]
    pub fn lines_around(&self, start: u32, end: u32) -> (std::ops::Range<usize>, usize) {
        let (first, last) = (self.line_index(start), self.line_index(end.max(start)));
        let behind = self
            .lines
            .get(last + 1)
            .map_or(self.text.len(), |next| *next as usize);
        (self.lines[first] as usize..behind, first + 1)
    }

    fn line_index(&self, offset: u32) -> usize {
        self.lines
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }
}

/// A schema file that could not be loaded.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the schema `{}`", path.display())]
pub struct LoadError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub kind: LoadErrorKind,
}

/// Why a schema file could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadErrorKind {
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The path is that of a directory.
    #[error("it is a directory")]
    Directory,
    /// The file is not text.
    #[error("it is not UTF-8: the first byte that is not stands at offset {offset}")]
    NotUtf8 {
        /// How many bytes are in order.
        offset: usize,
    },
    /// The file is larger than [`SIZE_LIMIT`].
    #[error("it is larger than {} MiB", SIZE_LIMIT / (1024 * 1024))]
    TooLarge,
}
