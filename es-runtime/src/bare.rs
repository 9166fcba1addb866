//! Rules over events that were read bare: whether one of them has asked for what was left out.
//!
//! Nobody has to say beforehand what a rule will ask for. Where one asks for what was not read, it does not go on, and whoever
//! runs it reads the event whole and runs it anew.

use std::cell::Cell;
use std::panic::resume_unwind;

use crate::envelope::Envelope;
use crate::store::StoreError;

/// Whether anybody on this thread wants to know of what is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Watch {
    Off,
    On,
    Asked,
}

thread_local! {
    static WATCH: Cell<Watch> = const { Cell::new(Watch::Off) };
}

/// Runs rules that are caught where they panic; nothing where one of them has asked for what was not read, whatever it has
/// made of that.
pub(crate) fn unless_asked<T>(caught: impl FnOnce() -> T) -> Option<T> {
    let outer = WATCH.replace(Watch::On);
    let done = caught();
    (WATCH.replace(outer) != Watch::Asked).then_some(done)
}

/// What is to be read of events from now on, where a rule has asked for more than was read with this.
pub(crate) fn more_than(envelope: Envelope) -> Result<Envelope, StoreError> {
    match envelope {
        Envelope::Bare => Ok(Envelope::Whole),
        Envelope::Whole => Err(left_out()),
    }
}

/// Where a store was asked for whole events, and has not given them.
pub(crate) fn left_out() -> StoreError {
    StoreError::permanent(
        "reading events",
        "the store has left out what it was asked for",
    )
}

/// Ends a rule that asks for what was not read.
pub(crate) fn refuse() -> ! {
    let refusal = format!(
        "the event was read with the envelope {:?}, which has neither an id, a commit, times nor metadata",
        Envelope::Bare
    );
    if WATCH.get() == Watch::Off {
        refuse_aloud(&refusal);
    }
    WATCH.set(Watch::Asked);
    // No hook is told of it: it is nobody's mistake.
    resume_unwind(Box::new(refusal));
}

#[expect(
    clippy::panic,
    reason = "whoever asks a store for bare events knows what they lack"
)]
fn refuse_aloud(refusal: &str) -> ! {
    panic!("{refusal}")
}
