//! What a store did otherwise: which promise, what was expected, what was found.

use std::fmt::{self, Debug, Display};
use std::panic::Location;

use super::Case;
use crate::commit::{Expected, Receipt};
use crate::id::Version;
use crate::store::{Conflict, StoreError};

use super::make::stream;

/// How many characters of a value are shown.
const SHOWN: usize = 400;

/// A promise that a store has not kept.
#[derive(Clone)]
pub struct Failure {
    case: Option<Case>,
    what: String,
    expected: String,
    found: String,
    place: &'static Location<'static>,
}

/// Whether a store behaves.
pub(super) type Verdict = Result<(), Failure>;

impl Failure {
    #[track_caller]
    pub(super) fn new(what: impl Display, expected: impl Display, found: impl Debug) -> Self {
        Self {
            case: None,
            what: what.to_string(),
            expected: expected.to_string(),
            found: shown(&found),
            place: Location::caller(),
        }
    }

    pub(super) fn of(mut self, case: &Case) -> Self {
        self.case = Some(*case);
        self
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(case) = &self.case {
            write!(f, "{case:?}: ")?;
        }
        let Self {
            what,
            expected,
            found,
            place,
            ..
        } = self;
        write!(
            f,
            "{what}\n  expected: {expected}\n     found: {found}\n        at: {place}"
        )
    }
}

/// As its text, since that is what a test shows which returns it.
impl Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}

impl From<StoreError> for Failure {
    #[track_caller]
    fn from(error: StoreError) -> Self {
        Self::new("the store fails", "an answer", error)
    }
}

/// Makes sure that something is as expected.
#[track_caller]
pub(super) fn same<T: PartialEq + Debug>(what: impl Display, found: T, expected: T) -> Verdict {
    if found == expected {
        Ok(())
    } else {
        Err(Failure::new(what, shown(&expected), found))
    }
}

/// Makes sure that something holds.
#[track_caller]
pub(super) fn holds(what: impl Display, holds: bool) -> Verdict {
    same(what, holds, true)
}

/// Makes sure that an append is refused, and how.
#[track_caller]
pub(super) fn refused<T: Debug>(
    what: impl Display,
    answer: Result<T, StoreError>,
    expected: &str,
    is_expected: impl FnOnce(&StoreError) -> bool,
) -> Verdict {
    match answer {
        Err(error) if is_expected(&error) => Ok(()),
        other => Err(Failure::new(what, expected, other)),
    }
}

/// Makes sure that an append is refused for where a stream stands, and that the error tells it.
#[track_caller]
pub(super) fn conflict(
    answer: Result<Receipt, StoreError>,
    key: &str,
    expected: Expected,
    actual: u64,
) -> Verdict {
    let conflict = Conflict {
        stream: stream(key),
        expected,
        actual: Version::new(actual),
    };
    let told = format!("{conflict:?}");
    refused(
        "an expectation that does not hold",
        answer,
        &told,
        |error| matches!(error, StoreError::Conflict(found) if *found == conflict),
    )
}

/// Makes sure that a commit is refused since it stands behind one that was not carried out.
#[track_caller]
pub(super) fn behind(answer: Option<Result<Receipt, StoreError>>) -> Verdict {
    match answer {
        Some(Err(StoreError::Behind)) => Ok(()),
        other => Err(Failure::new(
            "a commit behind one that was not carried out",
            "Behind",
            other,
        )),
    }
}

/// A value as text, cut where nobody reads on.
fn shown(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}
