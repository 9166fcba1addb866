//! A schema as it was loaded: its files, each with its text, the path that messages show, and where its lines begin.

use std::{
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

/// The largest schema that is read, in bytes, all its files together.
///
/// Spans keep their offsets in 32 bits and a schema is written by people; what is larger is another kind of file.
pub const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// Reads a file that is text, and no larger than `limit`.
///
/// # Errors
/// Where it is not there, or something else than such a file: a pipe, say, which might never end.
pub fn read_text(path: &Path, limit: u64) -> Result<String, LoadError> {
    let fail = |kind| LoadError::of(path, kind);
    let about = fs::metadata(path).map_err(LoadError::io(path))?;
    if !about.is_file() {
        return Err(fail(LoadErrorKind::NotAFile));
    }
    if about.len() > limit {
        return Err(fail(LoadErrorKind::TooLarge { limit }));
    }
    let bytes = fs::read(path).map_err(LoadError::io(path))?;
    String::from_utf8(bytes).map_err(|error| {
        fail(LoadErrorKind::NotUtf8 {
            offset: error.utf8_error().valid_up_to(),
        })
    })
}

/// The rest of the line behind `start`, but no more than so many bytes of it: a line may be as long as the text.
pub(crate) fn line_from(text: &str, start: usize, limit: usize) -> &str {
    let rest = text.get(start..).unwrap_or_default();
    let end = (0..=rest.len().min(limit))
        .rev()
        .find(|end| rest.is_char_boundary(*end));
    let rest = &rest[..end.unwrap_or(0)];
    rest.lines().next().unwrap_or_default()
}

/// Which of the files of a [`Source`] a [`Span`] points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// A place in a schema file: the bytes from `start` up to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The part of it that lies so many bytes behind its start.
    #[must_use]
    pub fn part(self, part: Range<usize>) -> Self {
        let at = |offset: usize| {
            self.start
                .saturating_add(u32::try_from(offset).unwrap_or(u32::MAX))
        };
        Self {
            file: self.file,
            start: at(part.start),
            end: at(part.end.max(part.start)),
        }
    }
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

/// A schema: one file, or all that lie in a folder; none where a model came from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Source {
    name: String,
    files: Vec<File>,
    /// What is no part of the schema, and is pointed at.
    beside: Vec<File>,
}

impl Source {
    /// Reads the schema at `path`; messages show the path as it is given here.
    ///
    /// Of a folder all files are read whose names end in `.yaml` or `.yml`, in the order of the names. Folders in it are
    /// left alone, and so is what a dot hides.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let about = fs::metadata(path).map_err(LoadError::io(path))?;
        if !about.is_dir() {
            return Ok(Self {
                name: name_of(path),
                files: vec![File::load(path, FileId(0))?],
                beside: Vec::new(),
            });
        }
        let paths = schemas_in(path)?;
        let mut files = Vec::with_capacity(paths.len());
        let mut size = 0;
        for (id, file) in (0..).zip(&paths) {
            let file = File::load(file, FileId(id))?;
            size += file.text.len() as u64;
            if size > SIZE_LIMIT {
                let kind = LoadErrorKind::TooLarge { limit: SIZE_LIMIT };
                return Err(LoadError::of(path, kind));
            }
            files.push(file);
        }
        Ok(Self {
            name: format!("{}/", name_of(path)),
            files,
            beside: Vec::new(),
        })
    }

    /// A schema of one file that is already in memory; messages show `name` as its path.
    pub fn from_text(name: impl Into<String>, text: impl Into<String>) -> Result<Self, LoadError> {
        let file = File::from_text(name.into(), text.into(), FileId(0))?;
        Ok(Self {
            name: name_of(Path::new(&file.name)),
            files: vec![file],
            beside: Vec::new(),
        })
    }

    /// A schema of several files that are already in memory, each a path and a text; `name` is that of their folder.
    pub fn from_texts<N: Into<String>, T: Into<String>>(
        name: impl Into<String>,
        texts: impl IntoIterator<Item = (N, T)>,
    ) -> Result<Self, LoadError> {
        let files: Result<Vec<File>, LoadError> = (0..)
            .zip(texts)
            .map(|(id, (name, text))| File::from_text(name.into(), text.into(), FileId(id)))
            .collect();
        Ok(Self {
            name: name.into(),
            files: files?,
            beside: Vec::new(),
        })
    }

    /// Takes in a file that is no part of the schema, so that what is wrong can be shown in it as well.
    pub fn add_beside(
        &mut self,
        name: impl Into<String>,
        text: String,
    ) -> Result<&File, LoadError> {
        let place = self.beside.len();
        let id = u32::try_from(self.files.len() + place).unwrap_or(u32::MAX);
        let file = File::from_text(name.into(), text, FileId(id))?;
        self.beside.push(file);
        Ok(&self.beside[place])
    }

    /// The name of the file or, with a slash behind it, of the folder; without the folders above it, which differ from
    /// machine to machine.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The files, in the order in which they are read.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The file that a span points into, also one beside the schema.
    #[must_use]
    pub fn file(&self, id: FileId) -> Option<&File> {
        self.files.iter().chain(&self.beside).nth(id.0 as usize)
    }

    /// The text at `span`; empty where the span does not belong to this schema.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.file(span.file).map_or("", |file| file.slice(span))
    }
}

/// The last part of a path, also where the path does not say it: that of `.` say.
fn name_of(path: &Path) -> String {
    let said = path.file_name().map(ToOwned::to_owned);
    let name = said.or_else(|| Some(fs::canonicalize(path).ok()?.file_name()?.to_owned()));
    name.map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// The schema files in a folder, in the order of their names.
fn schemas_in(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(LoadError::io(folder))? {
        let path = entry.map_err(LoadError::io(folder))?.path();
        let is_yaml = path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml");
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if is_yaml && !is_hidden && !path.is_dir() {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(LoadError::of(folder, LoadErrorKind::NoSchemas));
    }
    paths.sort();
    Ok(paths)
}

/// A schema file.
#[derive(Debug, Clone)]
pub struct File {
    id: FileId,
    name: String,
    text: String,
    lines: Vec<u32>,
    /// How many characters stand before each [`BLOCK`] of bytes.
    characters: Vec<u32>,
}

/// Characters are counted anew from the last multiple of so many bytes, since a line may be as long as the text.
const BLOCK: usize = 1024;

impl File {
    fn load(path: &Path, id: FileId) -> Result<Self, LoadError> {
        let text = read_text(path, SIZE_LIMIT)?;
        Self::from_text(path.display().to_string(), text, id)
    }

    fn from_text(name: String, mut text: String, id: FileId) -> Result<Self, LoadError> {
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Self::without_mark(name, text, id)
    }

    /// A file whose text has its byte order mark taken away already.
    pub(crate) fn without_mark(name: String, text: String, id: FileId) -> Result<Self, LoadError> {
        if u32::try_from(text.len()).is_err() || text.len() as u64 > SIZE_LIMIT {
            let kind = LoadErrorKind::TooLarge { limit: SIZE_LIMIT };
            return Err(LoadError::of(Path::new(&name), kind));
        }
        let ends = text
            .bytes()
            .zip(1_u32..)
            .filter(|(byte, _)| *byte == b'\n')
            .map(|(_, behind)| behind);
        let lines = std::iter::once(0).chain(ends).collect();
        let blocks = text.as_bytes().chunks(BLOCK).scan(0, |sum, block| {
            *sum += characters_in(block);
            Some(*sum)
        });
        let characters = std::iter::once(0).chain(blocks).collect();
        Ok(Self {
            id,
            name,
            text,
            lines,
            characters,
        })
    }

    /// The id that the spans of this file carry.
    #[must_use]
    pub fn id(&self) -> FileId {
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
            file: self.id,
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
        let column = self.characters_before(offset) - self.characters_before(self.lines[index]);
        Place {
            line: index + 1,
            column: column as usize + 1,
        }
    }

    fn characters_before(&self, offset: u32) -> u32 {
        let offset = self.text.len().min(offset as usize);
        let block = offset / BLOCK;
        let rest = self.text.as_bytes().get(block * BLOCK..offset);
        self.characters[block] + rest.map_or(0, characters_in)
    }

    /// The rest of the line behind `start`, but no more than so many bytes of it.
    pub(crate) fn line_from(&self, start: usize, limit: usize) -> &str {
        line_from(&self.text, start, limit)
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

/// How many characters begin in these bytes of a text.
fn characters_in(bytes: &[u8]) -> u32 {
    let first_bytes = bytes.iter().filter(|byte| !matches!(byte, 0x80..=0xbf));
    u32::try_from(first_bytes.count()).unwrap_or(u32::MAX)
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

impl LoadError {
    fn of(path: &Path, kind: LoadErrorKind) -> Self {
        Self {
            path: path.to_owned(),
            kind,
        }
    }

    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::of(&path, LoadErrorKind::Io(error))
    }
}

/// Why a schema file could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadErrorKind {
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is a pipe, a device or the like.
    #[error("it is not a file")]
    NotAFile,
    /// There is no schema file in the folder.
    #[error("no file in this folder ends in `.yaml` or `.yml`")]
    NoSchemas,
    /// The file is not text.
    #[error("it is not UTF-8: the first byte that is not stands at offset {offset}")]
    NotUtf8 {
        /// How many bytes are in order.
        offset: usize,
    },
    /// It is larger than what is read.
    #[error("it is larger than {} MiB", limit / (1024 * 1024))]
    TooLarge {
        /// The most that is read, in bytes.
        limit: u64,
    },
}
