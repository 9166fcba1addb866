//! Given, when, then: what an aggregate does with a command, told as an example, without a store.
//!
//! ```
//! # use es_runtime::*;
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Aggregate, Debug)]
//! # #[aggregate(name = "lamp", id = String, events(Lit: create), commands(Light: new), error = std::convert::Infallible)]
//! # struct Lamp;
//! # #[derive(Event, Serialize, Deserialize, Debug)]
//! # #[event(name = "lit")]
//! # struct Lit {}
//! # #[derive(Command, Clone, Serialize, Deserialize, Debug)]
//! # #[command(emits(Lit))]
//! # struct Light {}
//! # impl Create<Lit> for Lamp { fn create(_: Lit) -> Self { Lamp } }
//! # impl HandleNew<Light> for Lamp {
//! #     fn handle_new(_: Light, _: &Context<Self>) -> Result<Emit<Light>, Self::Error> { Ok(emit(Lit {})) }
//! # }
//! use es_runtime::testing::given;
//!
//! given::<Lamp>([]).when(Light {}).then([Lit {}.into()]);
//! given::<Lamp>([Lit {}.into()]).when(Light {}).then_exists();
//! ```

mod json;
mod kept;
mod rows;
mod sample;
mod samples;
mod states;

use std::fmt::{Debug, Display};
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use similar::{ChangeTag, TextDiff};
use uuid::Uuid;

use crate::aggregate::Aggregate;
use crate::check::Invalid;
use crate::command::{self, Dispatch, Emit, Refusal};
use crate::context::{Context, Ids, Surroundings};
use crate::describe::HoldFn;
use crate::envelope::Metadata;
use crate::event::EventSet;
use crate::id::Version;
use crate::sync::lock;
use crate::time::{Clock, Duration, Timestamp};

pub(crate) use rows::hold_rows;
pub use rows::read_rows;
pub(crate) use samples::hold_samples;
pub use samples::read_samples;

/// An aggregate with this past. No events: it does not exist.
///
/// # Panics
/// Where the events make no sense in this order.
#[track_caller]
pub fn given<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let (state, version) = fold::<A>(None, None, events);
    Given {
        state,
        version,
        id: None,
        now: Timestamp::EPOCH,
        metadata: Metadata::default(),
    }
}

#[track_caller]
fn fold<A: Aggregate>(
    mut state: Option<A>,
    mut version: Option<Version>,
    events: impl IntoIterator<Item = A::Event>,
) -> (Option<A>, Option<Version>) {
    for event in events {
        let name = event.name();
        version = Some(Version::after(version));
        state = match A::fold(state, event) {
            Ok(state) => Some(state),
            Err(error) => fail(&format!(
                "event `{name}` does not fit behind the events before it: {error}"
            )),
        };
    }
    (state, version)
}

/// The past of an aggregate.
#[must_use]
pub struct Given<A: Aggregate> {
    state: Option<A>,
    version: Option<Version>,
    id: Option<A::Id>,
    now: Timestamp,
    metadata: Metadata,
}

impl<A: Aggregate> Given<A> {
    /// The same with an id that the rules ask for, and that is checked. Without it the id is the first that reads from the
    /// nil UUID, from `1`, from an example's name, from a date or from a moment.
    pub fn id(mut self, id: A::Id) -> Self {
        self.id = Some(id);
        self
    }

    /// The same at a moment: what `cx.now()` answers. Without it, it is 1970-01-01T00:00:00Z.
    ///
    /// # Panics
    /// Where the text is not a moment.
    #[track_caller]
    pub fn now(mut self, moment: &str) -> Self {
        self.now = parse(moment);
        self
    }

    /// The same, asked by whom `metadata` says.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Asks the aggregate for a command. Fresh ids are counted: the first is `00000000-0000-0000-0000-000000000001`.
    #[track_caller]
    pub fn when<C: Dispatch<Aggregate = A>>(self, command: C) -> Answered<A> {
        let checked = command::check(&command, self.id.as_ref());
        let id = self
            .id
            .or_else(example_id::<A>)
            .unwrap_or_else(|| fail("no example of this id is known: give one with `.id(..)`"));
        let surroundings = Surroundings {
            clock: Arc::new(ManualClock::at(self.now)),
            ids: Arc::new(CountedIds::default()),
        };
        let cx = Context::new(
            id,
            self.version,
            None,
            Arc::new(self.metadata),
            &surroundings,
        );
        let answer = match checked {
            Ok(()) => command
                .dispatch(self.state.as_ref(), &cx)
                .map(Emit::into_events)
                .map_err(No::Refused),
            Err(invalid) => Err(No::Invalid(invalid)),
        };
        Answered {
            state: self.state,
            version: self.version,
            answer,
        }
    }
}

fn example_id<A: Aggregate>() -> Option<A::Id> {
    example_key::<A>()?.parse().ok()
}

/// What an id of `A` may look like; nothing where none of these is one.
pub(crate) fn example_key<A: Aggregate>() -> Option<&'static str> {
    const EXAMPLES: &[&str] = &[
        "00000000-0000-0000-0000-000000000000",
        "1",
        "example",
        "2024-02-29",
        "2024-02-29T12:00:00Z",
    ];
    let is_id = |text: &&str| text.parse::<A::Id>().is_ok();
    EXAMPLES.iter().copied().find(is_id)
}

/// What an aggregate has answered to a command.
#[must_use]
pub struct Answered<A: Aggregate> {
    state: Option<A>,
    version: Option<Version>,
    answer: Result<Vec<A::Event>, No<A::Error>>,
}

/// Why a command is not granted.
enum No<R> {
    /// It holds an invalid value, so that the aggregate was not even asked.
    Invalid(Invalid),
    /// The aggregate refuses.
    Refused(Refusal<R>),
}

impl<A: Aggregate> Answered<A> {
    /// It grants the command with these events, in this order.
    ///
    /// # Panics
    /// Where it does not; shows how the events differ.
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = A::Event>) -> Settled<A>
    where
        A::Event: Debug,
    {
        let events = match self.answer {
            Ok(events) => events,
            Err(no) => fail(&format!("expected events, but {}", tell(&no))),
        };
        let expected = expected
            .into_iter()
            .map(|event| show(&event))
            .collect::<Vec<_>>()
            .join("\n");
        let actual = events.iter().map(show).collect::<Vec<_>>().join("\n");
        if expected != actual {
            fail(&format!(
                "the events differ (- expected, + actual)\n{}",
                difference(&expected, &actual)
            ));
        }
        let (state, _) = fold::<A>(self.state, self.version, events);
        Settled { state }
    }

    /// It grants the command, and nothing happens.
    ///
    /// # Panics
    /// Where something does.
    #[track_caller]
    pub fn then_nothing(self) -> Settled<A>
    where
        A::Event: Debug,
    {
        self.then([])
    }

    /// It grants the command, whatever happens; the state is looked at next.
    ///
    /// # Panics
    /// Where it does not.
    #[track_caller]
    pub fn then_granted(self) -> Settled<A> {
        let events = match self.answer {
            Ok(events) => events,
            Err(no) => fail(&format!(
                "expected the command to be granted, but {}",
                tell(&no)
            )),
        };
        let (state, _) = fold::<A>(self.state, self.version, events);
        Settled { state }
    }

    /// It refuses the command for this reason.
    ///
    /// # Panics
    /// Where it does not, or for another reason.
    #[track_caller]
    pub fn then_rejected(self, expected: A::Error) -> Settled<A>
    where
        A::Event: Debug,
        A::Error: PartialEq,
    {
        let what = format!("{expected:?}");
        self.then_rejected_as(&what, |actual| *actual == expected)
    }

    /// It refuses the command for a reason that `is_expected`; `what` names it in the message.
    ///
    /// # Panics
    /// Where it does not, or for another reason.
    #[track_caller]
    pub fn then_rejected_as(
        self,
        what: &str,
        is_expected: impl FnOnce(&A::Error) -> bool,
    ) -> Settled<A>
    where
        A::Event: Debug,
    {
        match &self.answer {
            Err(No::Refused(Refusal::Rejected(reason))) if is_expected(reason) => {
                Settled { state: self.state }
            }
            _ => self.otherwise(what),
        }
    }

    /// It does not exist, and the command needs it to.
    ///
    /// # Panics
    /// Where that is not the answer.
    #[track_caller]
    pub fn then_missing(self) -> Settled<A>
    where
        A::Event: Debug,
    {
        match &self.answer {
            Err(No::Refused(Refusal::Missing)) => Settled { state: self.state },
            _ => self.otherwise("that it does not exist"),
        }
    }

    /// It exists, and the command needs it not to.
    ///
    /// # Panics
    /// Where that is not the answer.
    #[track_caller]
    pub fn then_exists(self) -> Settled<A>
    where
        A::Event: Debug,
    {
        match &self.answer {
            Err(No::Refused(Refusal::Exists)) => Settled { state: self.state },
            _ => self.otherwise("that it exists already"),
        }
    }

    /// The command holds an invalid value in this field, such as `items[2].price`.
    ///
    /// # Panics
    /// Where it does not, or in another field.
    #[track_caller]
    pub fn then_invalid(self, field: &str) -> Settled<A>
    where
        A::Event: Debug,
    {
        match &self.answer {
            Err(No::Invalid(invalid)) if invalid.field == field => Settled { state: self.state },
            _ => self.otherwise(&format!("of an invalid `{field}`")),
        }
    }

    /// The command holds an invalid value, in whichever field.
    ///
    /// # Panics
    /// Where it does not.
    #[track_caller]
    pub fn then_invalid_somewhere(self) -> Settled<A>
    where
        A::Event: Debug,
    {
        match &self.answer {
            Err(No::Invalid(_)) => Settled { state: self.state },
            _ => self.otherwise("of an invalid value"),
        }
    }

    #[track_caller]
    fn otherwise(self, expected: &str) -> !
    where
        A::Event: Debug,
    {
        match self.answer {
            Ok(events) => {
                let events = events.iter().map(show).collect::<Vec<_>>().join("\n");
                fail(&format!(
                    "expected the refusal {expected}, but the command was granted with\n{events}"
                ))
            }
            Err(no) => fail(&format!(
                "expected the refusal {expected}, but {}",
                tell(&no)
            )),
        }
    }
}

/// An aggregate after the answer.
pub struct Settled<A> {
    state: Option<A>,
}

impl<A> Settled<A> {
    /// Looks at the state, as the events have left it.
    ///
    /// # Panics
    /// Where the aggregate does not exist, or `look` does.
    #[track_caller]
    pub fn then_state(self, look: impl FnOnce(&A)) -> Self {
        match &self.state {
            Some(state) => look(state),
            None => fail("expected a state, but the aggregate does not exist"),
        }
        self
    }
}

fn tell<R: Display + Debug>(no: &No<R>) -> String {
    match no {
        No::Invalid(invalid) => format!("the command holds an invalid value: {invalid}"),
        No::Refused(Refusal::Rejected(reason)) => {
            format!("the command was rejected: {reason} ({reason:?})")
        }
        No::Refused(Refusal::Missing) => "the aggregate does not exist".to_owned(),
        No::Refused(Refusal::Exists) => "the aggregate exists already".to_owned(),
    }
}

fn show(event: &impl Debug) -> String {
    format!("{event:#?}")
}

fn difference(expected: &str, actual: &str) -> String {
    let mut shown = String::new();
    for change in TextDiff::from_lines(expected, actual).iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        shown.push(sign);
        shown.push(' ');
        shown.push_str(change.value().trim_end_matches('\n'));
        shown.push('\n');
    }
    shown
}

/// Holds the samples in the folder against what is kept of what the aggregate or projection of that name makes of them.
#[track_caller]
pub(crate) fn hold(name: &str, hold: Option<HoldFn>, folder: &Path) {
    let held = match hold {
        Some(hold) => hold(folder),
        None => Err(format!(
            "the description of `{name}` was put together by hand and does not say how its samples are held: say so by `held_by`"
        )),
    };
    if let Err(mistakes) = held {
        fail(&mistakes);
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "this is how a test fails")]
fn fail(message: &str) -> ! {
    panic!("{message}")
}

/// A value from its text.
///
/// # Panics
/// Where the text is no such value; names both.
#[track_caller]
#[must_use]
pub fn parse<T: FromStr>(text: &str) -> T
where
    T::Err: Display,
{
    match text.parse() {
        Ok(value) => value,
        Err(error) => fail(&format!(
            "`{text}` is not a {}: {error}",
            std::any::type_name::<T>()
        )),
    }
}

/// A value from its JSON.
///
/// # Panics
/// Where the text is no such value; names both.
#[track_caller]
#[must_use]
pub fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> T {
    match crate::json::decode(text.as_bytes()) {
        Ok(value) => value,
        Err(error) => fail(&format!(
            "`{text}` is not a {}: {error}",
            std::any::type_name::<T>()
        )),
    }
}

/// A clock that stands still until it is moved. Clones share the time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl ManualClock {
    /// A clock that shows `moment`.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(moment)))
    }

    /// Moves it on, or back by a negative span.
    ///
    /// # Panics
    /// Beyond the years that there are.
    pub fn advance(&self, by: Duration) {
        *lock(&self.0) += by;
    }

    /// Sets it.
    pub fn set(&self, moment: Timestamp) {
        *lock(&self.0) = moment;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *lock(&self.0)
    }
}

/// Ids counted from 1: `00000000-0000-0000-0000-000000000001`, and so on.
#[derive(Debug, Default)]
pub struct CountedIds(AtomicU64);

impl Ids for CountedIds {
    fn new_uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}
