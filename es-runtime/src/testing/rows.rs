//! The rows that samples of stored events make.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::fail;
use super::kept::{self, Making, Outcome, Thing, outcome};
use super::sample::{Sample, SampleFile, UNKNOWN_KEY};
use crate::envelope::Page;
use crate::json;
use crate::projection::{MemoryRows, ProjectError, Projection};

/// Has the projection `P` take in all samples in the folder of events that it is folded from, and compares the rows with what
/// is kept of them.
///
/// The samples are those of [`read_samples`](super::read_samples). Each is taken in without any rows, where that makes one;
/// else behind the first of these with which it can be. Where it can be with none, the reason stands for the rows. Hashes of
/// the rows stand in `<projection>.rows.json`, beside the `revision` and the generated rules under which they were made. Under
/// others it is written anew, and the test fails once; under the same, other rows are a rule that was changed without a new
/// `revision`, by which stored rows are told from those of older rules. Where the variable `ES_SAMPLES` is `update` they are
/// accepted, and the test fails once.
///
/// # Panics
/// Where there is no sample of such an event, one is not taken in, or makes other rows than is kept.
#[track_caller]
pub fn read_rows<P: Projection>(folder: impl AsRef<Path>) {
    if let Err(mistakes) = hold_rows::<P>(folder.as_ref()) {
        fail(&mistakes);
    }
}

/// Says everything that is not as it should be.
pub(crate) fn hold_rows<P: Projection>(folder: &Path) -> Result<(), String> {
    let files = SampleFile::all(folder)?;
    let mut mistakes = String::new();
    let mut samples = Vec::new();
    for file in &files {
        match &file.sample {
            Ok(sample) if reads::<P>(sample) => samples.push((file.stem(), sample)),
            Ok(_) => {}
            Err(mistake) => {
                // Text can always be written to.
                let _ = writeln!(mistakes, "{}: {mistake}", file.path.display());
            }
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    if samples.is_empty() {
        return Err(format!(
            "there is no sample of an event that `{}` is folded from in {}: publish the events with `es-codegen lock`, which \
             writes one of each version",
            P::NAME,
            folder.display()
        ));
    }
    let description = P::description();
    let making = Making {
        thing: Thing::Row,
        name: P::NAME,
        revision: description.revision,
        rules: description.rules,
    };
    making
        .compare(folder, &outcomes::<P>(&samples), kept::is_accepted())
        .map_err(|mistake| format!("{}: {mistake}\n", folder.display()))
}

/// What has become of each of these samples, by their names.
fn outcomes<P: Projection>(samples: &[(String, &Sample)]) -> BTreeMap<String, Outcome> {
    let makers = makers::<P>(samples);
    let outcomes = samples.iter().map(|(name, sample)| {
        let past = past::<P>(&makers, sample);
        (name.clone(), outcome(|| make::<P>(&past)))
    });
    outcomes.collect()
}

/// The sample, behind the first that makes a row which it needs.
fn past<'s, P: Projection>(makers: &[&'s Sample], sample: &'s Sample) -> Vec<&'s Sample> {
    let alone = vec![sample];
    if makes_row::<P>(sample) {
        return alone;
    }
    let mut behind = makers.iter().map(|maker| vec![*maker, sample]);
    let fits = |past: &Vec<&Sample>| match take_in::<P>(past).1 {
        Ok(()) => true,
        Err(error) => !is_refusal(&error),
    };
    behind.find(fits).unwrap_or(alone)
}

/// Whether that is nothing to be mended: what was made up need not fit other things that were.
fn is_refusal(error: &ProjectError) -> bool {
    matches!(error, ProjectError::Row(_) | ProjectError::Id { .. })
}

/// The samples that make a row where there is none, of each event the newest version.
fn makers<'s, P: Projection>(samples: &[(String, &'s Sample)]) -> Vec<&'s Sample> {
    let mut makers: Vec<&Sample> = Vec::new();
    for (_, sample) in samples {
        if !makes_row::<P>(sample) {
            continue;
        }
        let is_same_event = |maker: &&mut &Sample| {
            (&maker.aggregate, &maker.event) == (&sample.aggregate, &sample.event)
        };
        match makers.iter_mut().find(is_same_event) {
            Some(maker) if sample.version > maker.version => *maker = sample,
            Some(_) => {}
            None => makers.push(sample),
        }
    }
    makers
}

fn makes_row<P: Projection>(sample: &Sample) -> bool {
    let (rows, taken) = take_in::<P>(&[sample]);
    taken.is_ok() && !rows.is_empty()
}

/// The rows behind these samples as JSON.
fn make<P: Projection>(past: &[&Sample]) -> Result<String, Outcome> {
    let (rows, taken) = take_in::<P>(past);
    taken.map_err(|error| match is_refusal(&error) {
        true => Outcome::Refused(error.to_string()),
        false => Outcome::Failed(error.to_string()),
    })?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows.iter() {
        let json = json::encode(row)
            .map_err(|error| Outcome::Failed(format!("a row that it makes {error}")))?;
        all.push(String::from_utf8_lossy(&json).into_owned());
    }
    // Rows have no order.
    all.sort_unstable();
    Ok(format!("[{}]", all.join(",")))
}

/// Whether the projection takes in events such as the sample.
fn reads<P: Projection>(sample: &Sample) -> bool {
    let stored = sample.stored(UNKNOWN_KEY, &Page::default());
    stored.iter().any(|event| MemoryRows::<P>::reads(event))
}

/// The rows behind these samples, and whether the last of them could be taken in.
fn take_in<P: Projection>(past: &[&Sample]) -> (MemoryRows<P>, Result<(), ProjectError>) {
    let mut rows = MemoryRows::new();
    let mut taken = Ok(());
    let mut earlier: BTreeMap<&str, Page> = BTreeMap::new();
    for sample in past {
        let earlier = earlier.entry(&sample.aggregate).or_default();
        let stored = sample.stored(key::<P>(sample), earlier);
        for event in stored.iter() {
            taken = rows.try_to_take(event, earlier);
        }
        earlier.append(stored);
    }
    (rows, taken)
}

/// A key that is an id of the sample's aggregate, where one is known.
fn key<P: Projection>(sample: &Sample) -> &'static str {
    let mut events = P::EVENTS.iter();
    let event = events.find(|event| event.category == sample.aggregate);
    event
        .and_then(|event| event.example_key())
        .unwrap_or(UNKNOWN_KEY)
}
