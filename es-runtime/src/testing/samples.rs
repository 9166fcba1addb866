//! Samples of stored events: bodies of every version that was ever published, each read as the events of today.
//!
//! What they are read as is kept beside them. A change in it is a change in the meaning of what is stored, wherever it comes
//! from: a hop, or the way in which a type of somebody else's is written.

use std::fmt::Write;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{difference, fail};
use crate::aggregate::Aggregate;
use crate::app::panic_message;
use crate::envelope::{Codec, Page, PageRow, SchemaVersion};
use crate::event::{DecodeContext, EventSet};
use crate::id::{CommitNumber, EventId, Position, StreamId, Version};
use crate::name::{Category, EventName};
use crate::time::Timestamp;

/// What the names of files end in that hold what a sample is read as.
const READS: &str = ".reads.json";

/// The variable that says that what is found is what is meant.
const ACCEPT: &str = "ES_SAMPLES";

/// Reads all samples of `A` in the folder, and compares what they are read as with what is kept beside them.
///
/// A sample is a file `<name>.json`:
///
/// ```json
/// { "aggregate": "order", "event": "OrderShipped", "version": 1, "reads_as": 1, "body": { "carrier": "DHL" } }
/// ```
///
/// What it is read as stands in `<name>.reads.json`: a list of events as they would be stored today. Where that file is
/// missing it is written, and where the variable `ES_SAMPLES` is `update` it is written anew; the test fails all the same, so
/// that what was written is looked at.
///
/// # Panics
/// Where there is no sample of `A`, one cannot be read, or one is read as something else than is kept.
#[track_caller]
pub fn read_samples<A: Aggregate>(folder: impl AsRef<Path>) {
    let is_accepted = std::env::var(ACCEPT).is_ok_and(|value| value == "update");
    if let Err(mistakes) = hold_against::<A>(folder.as_ref(), is_accepted) {
        fail(&mistakes);
    }
}

/// Says everything that is not as it should be.
fn hold_against<A: Aggregate>(folder: &Path, is_accepted: bool) -> Result<(), String> {
    let files = files(folder).map_err(|error| {
        format!(
            "the folder of samples, {}, cannot be read: {error}",
            folder.display()
        )
    })?;
    let mut mistakes = String::new();
    let mut count = 0;
    for file in &files {
        let held = match Sample::at(file) {
            Ok(sample) if sample.aggregate != A::NAME => continue,
            Ok(sample) => sample
                .read::<A>()
                .and_then(|found| compare(&kept_beside(file), &found, is_accepted)),
            Err(error) => Err(error),
        };
        count += 1;
        if let Err(mistake) = held {
            // Text can always be written to.
            let _ = writeln!(mistakes, "{}: {mistake}", file.display());
        }
    }
    if count == 0 {
        return Err(format!(
            "there is no sample of `{}` in {}: publish its events with `es-codegen lock`, which writes one of each version",
            A::NAME,
            folder.display()
        ));
    }
    if mistakes.is_empty() {
        return Ok(());
    }
    Err(mistakes)
}

/// The files of samples, in the order of their names.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".json") && !name.ends_with(READS) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The file beside a sample that holds what it is read as.
fn kept_beside(sample: &Path) -> PathBuf {
    let stem = sample.file_stem().unwrap_or_default().to_string_lossy();
    sample.with_file_name(format!("{stem}{READS}"))
}

/// Compares what a sample is read as with what is kept, and keeps it where that is wanted.
fn compare(kept: &Path, found: &str, is_accepted: bool) -> Result<(), String> {
    let name = kept.file_name().unwrap_or_default().to_string_lossy();
    let write =
        || fs::write(kept, found).map_err(|error| format!("`{name}` cannot be written: {error}"));
    let expected = match fs::read_to_string(kept) {
        // Whatever an editor or a checkout has made of the ends of its lines.
        Ok(expected) => expected.replace("\r\n", "\n"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            write()?;
            return Err(format!(
                "what it is read as was kept nowhere; it was written to `{name}`: look at it, and keep it\n{found}"
            ));
        }
        Err(error) => return Err(format!("`{name}` cannot be read: {error}")),
    };
    if expected == found {
        return Ok(());
    }
    let difference = difference(&expected, found);
    if is_accepted {
        write()?;
        return Err(format!(
            "stored events mean something else than before (-expected +found); `{name}` was written anew\n{difference}"
        ));
    }
    Err(format!(
        "stored events mean something else than before (-expected +found); where that is meant, `{ACCEPT}=update` accepts it\n{difference}"
    ))
}

/// A stored event, made up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    aggregate: String,
    event: String,
    version: SchemaVersion,
    reads_as: SchemaVersion,
    body: Box<RawValue>,
}

impl Sample {
    fn at(file: &Path) -> Result<Self, String> {
        let text =
            fs::read_to_string(file).map_err(|error| format!("it cannot be read: {error}"))?;
        serde_json::from_str(&text).map_err(|error| format!("it is no sample: {error}"))
    }

    /// The events that it is read as, as they would be stored today.
    fn read<A: Aggregate>(&self) -> Result<String, String> {
        let events =
            catch_unwind(AssertUnwindSafe(|| self.decode::<A>())).unwrap_or_else(|panic| {
                let message = panic_message(&*panic);
                Err(format!("reading it panicked: {message}"))
            })?;
        let mut all = Vec::with_capacity(events.len());
        for event in events {
            let name = event.name();
            let encoded = event.encode().map_err(|error| {
                format!("it is read as a `{name}` that cannot be stored: {error}")
            })?;
            let body = String::from_utf8_lossy(&encoded.body).into_owned();
            let (event, version) = (serde_json::Value::from(name), encoded.schema);
            all.push(format!(
                r#"{{"event":{event},"version":{version},"body":{body}}}"#
            ));
        }
        Ok(pretty(&format!("[{}]", all.join(","))))
    }

    fn decode<A: Aggregate>(&self) -> Result<Vec<A::Event>, String> {
        let row = PageRow {
            id: EventId::from(Uuid::nil()),
            version: Version::FIRST,
            position: Position::FIRST,
            commit: CommitNumber::FIRST,
            schema: self.version,
            reads_as: self.reads_as,
            codec: Codec::Json.number(),
            occurred_at: Timestamp::EPOCH,
            recorded_at: Timestamp::EPOCH,
        };
        let stream = StreamId::new(Category::from_static(A::NAME), "sample");
        let name = EventName::from(self.event.as_str());
        let mut page = Page::default();
        page.push(&stream, &name, row, &[], self.body.get().as_bytes());
        let (mut typed, earlier) = (Vec::new(), Page::default());
        for event in page.iter() {
            let cx = DecodeContext {
                event,
                earlier: &earlier,
            };
            A::Event::decode(&cx, &mut typed).map_err(|error| error.to_string())?;
        }
        Ok(typed)
    }
}

/// The JSON with a line for each item. Numbers stay as they are written: some are larger than any number of Rust.
fn pretty(json: &str) -> String {
    let mut pretty = String::new();
    let mut depth = 0;
    let mut is_text = false;
    let mut is_escaped = false;
    let new_line = |pretty: &mut String, depth: usize| {
        pretty.push('\n');
        pretty.push_str(&"  ".repeat(depth));
    };
    let mut letters = json.chars().peekable();
    while let Some(letter) = letters.next() {
        if is_text {
            pretty.push(letter);
            is_text = is_escaped || letter != '"';
            is_escaped = !is_escaped && letter == '\\';
            continue;
        }
        match letter {
            '{' | '[' => {
                pretty.push(letter);
                if let Some(close) = letters.next_if(|next| matches!(next, '}' | ']')) {
                    pretty.push(close);
                } else {
                    depth += 1;
                    new_line(&mut pretty, depth);
                }
            }
            '}' | ']' => {
                depth -= 1;
                new_line(&mut pretty, depth);
                pretty.push(letter);
            }
            ',' => {
                pretty.push(letter);
                new_line(&mut pretty, depth);
            }
            ':' => pretty.push_str(": "),
            '"' => {
                is_text = true;
                pretty.push(letter);
            }
            _ => pretty.push(letter),
        }
    }
    pretty.push('\n');
    pretty
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_laid_out_and_otherwise_stays_as_it_is() {
        let json = r#"[{"a":[],"b":{},"c":340282366920938463463374607431768211455},"x,\"{y\\",[1.50,null]]"#;
        let expected = r#"[
  {
    "a": [],
    "b": {},
    "c": 340282366920938463463374607431768211455
  },
  "x,\"{y\\",
  [
    1.50,
    null
  ]
]
"#;
        assert_eq!(pretty(json), expected);
    }

    #[test]
    fn what_is_accepted_is_written_and_told_all_the_same() {
        let folder = std::env::temp_dir().join(format!("es-samples-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let kept = folder.join("a.reads.json");
        fs::write(&kept, "[1]\n").unwrap();
        let refused = compare(&kept, "[2]\n", false).unwrap_err();
        assert!(refused.contains("ES_SAMPLES=update"), "{refused}");
        assert_eq!(fs::read_to_string(&kept).unwrap(), "[1]\n");
        let accepted = compare(&kept, "[2]\n", true).unwrap_err();
        assert!(accepted.contains("- [1]\n+ [2]"), "{accepted}");
        assert_eq!(compare(&kept, "[2]\n", false), Ok(()));
        fs::remove_dir_all(&folder).unwrap();
    }
}
