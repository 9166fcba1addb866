//! Samples of stored events: bodies of every version that was ever published, each read as the events of today.
//!
//! What they are read as is kept beside them. A change in it is a change in the meaning of what is stored, wherever it comes
//! from: a hop, or the way in which a type of somebody else's is written.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::fail;
use super::json::pretty;
use super::kept::{self, Making, Thing, compare_reads, kept_beside};
use super::sample::{Sample, SampleFile, decode};
use super::states;
use crate::aggregate::Aggregate;
use crate::app::panic_message;
use crate::event::EventSet;

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
/// Where the states of `A` can be serialized, the samples are folded as well: those that create an aggregate, and each of the
/// others behind the first of these. Hashes of the states stand in `<aggregate>.states.json`, beside the `revision` and the
/// generated rules under which they were made. Under others it is written anew, and the test fails once; under the same, other
/// states are a rule that was changed without a new `revision`, by which snapshots are told from those of older rules.
///
/// # Panics
/// Where there is no sample of `A`, one cannot be read, one is read as something else than is kept, or makes another state.
#[track_caller]
pub fn read_samples<A: Aggregate>(folder: impl AsRef<Path>) {
    if let Err(mistakes) = hold_samples::<A>(folder.as_ref()) {
        fail(&mistakes);
    }
}

/// Says everything that is not as it should be.
pub(crate) fn hold_samples<A: Aggregate>(folder: &Path) -> Result<(), String> {
    let is_accepted = kept::is_accepted();
    let mut files = SampleFile::all(folder)?;
    let is_of_another = |file: &SampleFile| {
        let sample = file.sample.as_ref();
        sample.is_ok_and(|sample| sample.aggregate != A::NAME)
    };
    files.retain(|file| !is_of_another(file));
    if files.is_empty() {
        return Err(format!(
            "there is no sample of `{}` in {}: publish its events with `es-codegen lock`, which writes one of each version",
            A::NAME,
            folder.display()
        ));
    }
    let mut mistakes = String::new();
    let mut samples = Vec::new();
    for file in &files {
        let read = file.sample.as_ref().map_err(Clone::clone);
        let read = read.and_then(|sample| Ok((sample, read_as::<A>(sample)?)));
        let held = read.and_then(|(sample, found)| {
            samples.push((file.stem(), sample));
            compare_reads(&kept_beside(&file.path), &found, is_accepted)
        });
        if let Err(mistake) = held {
            // Text can always be written to.
            let _ = writeln!(mistakes, "{}: {mistake}", file.path.display());
        }
    }
    // Without the others, those that can be read would be taken for all there are.
    if samples.len() == files.len()
        && let Err(mistake) = hold_states::<A>(folder, &samples, is_accepted)
    {
        // Text can always be written to.
        let _ = writeln!(mistakes, "{}: {mistake}", folder.display());
    }
    if mistakes.is_empty() {
        return Ok(());
    }
    Err(mistakes)
}

fn hold_states<A: Aggregate>(
    folder: &Path,
    samples: &[(String, &Sample)],
    is_accepted: bool,
) -> Result<(), String> {
    let Some(states) = A::STATES else {
        return Ok(());
    };
    let making = Making {
        thing: Thing::State,
        name: A::NAME,
        revision: states.revision(),
        rules: states.rules(),
    };
    making.compare(folder, &states::outcomes(&states, samples), is_accepted)
}

/// The events that it is read as, as they would be stored today.
fn read_as<A: Aggregate>(sample: &Sample) -> Result<String, String> {
    let events =
        catch_unwind(AssertUnwindSafe(|| decode::<A>(&[sample]))).unwrap_or_else(|panic| {
            let message = panic_message(&*panic);
            Err(format!("reading it panicked: {message}"))
        })?;
    let mut all = Vec::with_capacity(events.len());
    for event in events {
        let name = event.name();
        let encoded = event
            .encode()
            .map_err(|error| format!("it is read as a `{name}` that cannot be stored: {error}"))?;
        let body = String::from_utf8_lossy(&encoded.body).into_owned();
        let (event, version) = (serde_json::Value::from(name), encoded.schema);
        all.push(format!(
            r#"{{"event":{event},"version":{version},"body":{body}}}"#
        ));
    }
    Ok(pretty(&format!("[{}]", all.join(","))))
}
