//! A sample: one stored event, made up, in a file of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::example_key;
use super::kept::is_kept;
use crate::aggregate::Aggregate;
use crate::envelope::{Codec, Origin, Page, PageRow, SchemaVersion};
use crate::event::{DecodeContext, EventSet};
use crate::id::{CommitNumber, EventId, Position, StreamId, Version};
use crate::name::{Category, EventName};
use crate::time::Timestamp;

/// The key of a stream whose aggregate has ids of which no example is known.
pub(super) const UNKNOWN_KEY: &str = "example";

/// A stored event, made up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    pub(super) aggregate: String,
    pub(super) event: String,
    pub(super) version: SchemaVersion,
    reads_as: SchemaVersion,
    body: Box<RawValue>,
}

/// A file that should hold a sample.
pub(super) struct SampleFile {
    pub(super) path: PathBuf,
    /// The sample, or why there is none.
    pub(super) sample: Result<Sample, String>,
}

impl SampleFile {
    /// All that there are in the folder, in the order of their names.
    pub(super) fn all(folder: &Path) -> Result<Vec<Self>, String> {
        let mut paths = paths(folder).map_err(|error| {
            format!(
                "the folder of samples, {}, cannot be read: {error}",
                folder.display()
            )
        })?;
        paths.sort();
        let files = paths.into_iter().map(|path| {
            let sample = Sample::at(&path);
            Self { path, sample }
        });
        Ok(files.collect())
    }

    /// What the sample is called: its file without the ending.
    pub(super) fn stem(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }
}

fn paths(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".json") && !is_kept(&name) {
            paths.push(path);
        }
    }
    Ok(paths)
}

impl Sample {
    fn at(path: &Path) -> Result<Self, String> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("it cannot be read: {error}"))?;
        serde_json::from_str(&text).map_err(|error| format!("it is no sample: {error}"))
    }

    /// The sample as a store would show it: in the stream of that key, behind these events.
    pub(super) fn stored(&self, key: &str, earlier: &Page) -> Page {
        // A page is never so long that its events cannot be counted.
        let count = u64::try_from(earlier.len()).unwrap_or(u64::MAX);
        let row = PageRow {
            version: Version::after(Version::new(count)),
            position: Position::after(Position::new(count)),
            schema: self.version,
            reads_as: self.reads_as,
            codec: Codec::Json.number(),
            origin: Some(Origin {
                id: EventId::from(Uuid::from_u128(count.into())),
                commit: CommitNumber::after(CommitNumber::new(count)),
                occurred_at: Timestamp::EPOCH,
                recorded_at: Timestamp::EPOCH,
            }),
        };
        let stream = StreamId::new(Category::from(self.aggregate.as_str()), key);
        let name = EventName::from(self.event.as_str());
        let mut page = Page::default();
        page.push(&stream, &name, row, &[], self.body.get().as_bytes());
        page
    }
}

/// The events that samples of `A` are read as, as if they stood one behind the other in a stream.
pub(super) fn decode<A: Aggregate>(samples: &[&Sample]) -> Result<Vec<A::Event>, String> {
    let key = example_key::<A>().unwrap_or(UNKNOWN_KEY);
    let (mut typed, mut earlier) = (Vec::new(), Page::default());
    for sample in samples {
        let stored = sample.stored(key, &earlier);
        for event in stored.iter() {
            let cx = DecodeContext {
                event,
                earlier: &earlier,
            };
            A::Event::decode(&cx, &mut typed).map_err(|error| error.to_string())?;
        }
        earlier.append(stored);
    }
    Ok(typed)
}
