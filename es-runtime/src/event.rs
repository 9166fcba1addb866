//! Events: one type each, and the typed set of all events of an aggregate.

use std::error::Error;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::aggregate::Aggregate;
use crate::envelope::{Codec, Page, RawEvent, SchemaVersion};
use crate::json::{self, BodyError, EncodeError};
use crate::name::Tag;
use crate::projection::EventContext;

/// Something that happened: a plain struct whose JSON is stored for ever.
///
/// ```
/// use es_runtime::Event;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "MoneyWithdrawn")]
/// pub struct MoneyWithdrawn {
///     pub amount: u64,
/// }
///
/// assert_eq!(MoneyWithdrawn::NAME, "MoneyWithdrawn");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    note = "derive `Event` on it, with `Serialize` and `Deserialize`"
)]
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The stored name: the identity of this kind of event on disk, whatever the Rust type is called.
    const NAME: &'static str;
    /// The shape that this type writes.
    const VERSION: SchemaVersion = SchemaVersion::FIRST;
    /// The oldest shape whose code may still read what this type writes.
    const READS_AS: SchemaVersion = Self::VERSION;
    /// The names that it was stored under before.
    const WAS: &'static [&'static str] = &[];
    /// Whether what was stored in the shape before is read as several events, which the aggregate lists.
    const IS_SPLIT_BEFORE: bool = false;

    /// Marks by which the event is found and guarded across streams.
    fn tags(&self) -> Vec<Tag> {
        Vec::new()
    }

    /// Whether what is stored in the shape `schema` cannot be read without the events before it in its stream.
    #[must_use]
    fn needs_earlier(_schema: SchemaVersion) -> bool {
        false
    }

    /// Reads what is stored in a shape before [`VERSION`](Self::VERSION).
    ///
    /// # Errors
    /// Where there is no way from it, or its body is not what the type of its shape says.
    fn read_older(_cx: &EventContext<'_>) -> Result<Self, DecodeError> {
        Err(DecodeError::OlderThanCode {
            known: Self::VERSION,
        })
    }
}

/// An event that belongs to the aggregate `A`: `derive(Aggregate)` writes it for each event that it lists.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of `{A}`",
    label = "not listed in `events(..)` of `{A}`, or listed as only read",
    note = "list it in `#[aggregate(events(..))]`, and neither as `retired` nor as `split`: such an event is only read"
)]
pub trait EventOf<A: Aggregate>: Event {
    /// The event as one of the aggregate's set.
    fn into_set(self) -> A::Event;
}

/// All events of one aggregate as one enum; `derive(Aggregate)` writes it.
pub trait EventSet: Sized + Send + Sync + 'static {
    /// The stored names that can be read, those that were in use before included.
    const NAMES: &'static [&'static str];

    /// The stored name of this event.
    fn name(&self) -> &'static str;

    /// The event as it will be stored.
    ///
    /// # Errors
    /// Where a value cannot be written so that it reads back the same.
    fn encode(&self) -> Result<Encoded, EncodeError>;

    /// Turns one stored event into typed ones, all of its version and position, and puts them behind the others in `out`.
    ///
    /// # Errors
    /// Where the event is unknown, newer than this code, or its body is not what its type says.
    fn decode(cx: &DecodeContext<'_>, out: &mut Vec<Self>) -> Result<(), DecodeError>;

    /// Whether reading this kind of event needs the events before it in its stream.
    #[must_use]
    fn needs_earlier(_name: &str, _schema: SchemaVersion) -> bool {
        false
    }

    /// The stored names of events that are read as several, each with the last shape that is.
    const SPLIT: &'static [(&'static str, SchemaVersion)] = &[];

    /// Under which name the event is written today that was ever stored under `name`; nothing where it is none of the
    /// typed ones.
    #[must_use]
    fn name_today(name: &str) -> Option<&'static str> {
        Self::NAMES.iter().copied().find(|known| *known == name)
    }
}

/// An event in the form in which it goes into a store.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "each field is the one of the same name on `NewEvent`"
)]
pub struct Encoded {
    pub name: &'static str,
    pub schema: SchemaVersion,
    pub reads_as: SchemaVersion,
    pub codec: Codec,
    pub tags: Vec<Tag>,
    pub body: Vec<u8>,
}

/// What reading one stored event may look at.
#[derive(Clone, Copy, Debug)]
pub struct DecodeContext<'a> {
    /// The event.
    pub event: RawEvent<'a>,
    /// The events before it in its stream; empty unless [`EventSet::needs_earlier`] asked for them.
    pub earlier: &'a Page,
}

/// Why a stored event is not one of the typed ones.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// No event of that name belongs to the aggregate.
    UnknownEvent,
    /// It was written by a later release, in a shape that this one cannot read.
    NewerThanCode {
        /// The shape it is stored in.
        stored: SchemaVersion,
        /// The oldest shape whose code may read it.
        reads_as: SchemaVersion,
        /// The newest shape this code knows.
        known: SchemaVersion,
    },
    /// It was written by an earlier release, in a shape that this code has no way from.
    OlderThanCode {
        /// The only shape this code knows.
        known: SchemaVersion,
    },
    /// It was written in a codec that this release does not know.
    UnknownCodec {
        /// The stored number of the codec.
        codec: u8,
    },
    /// Its body is not what its type says.
    Body(BodyError),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownEvent => f.write_str("no event of that name is known"),
            Self::NewerThanCode {
                stored,
                reads_as,
                known,
            } => write!(
                f,
                "it is newer than this code: schema version {stored} is read by code that knows version {reads_as}, and this code knows {known}"
            ),
            Self::OlderThanCode { known } => write!(
                f,
                "it is older than this code, which knows only schema version {known}"
            ),
            Self::UnknownCodec { codec } => write!(f, "its codec {codec} is not known"),
            Self::Body(error) => write!(f, "its body does not fit: {error}"),
        }
    }
}

impl Error for DecodeError {}

impl From<BodyError> for DecodeError {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

/// Writes an event down. Called by what `derive(Aggregate)` writes.
///
/// # Errors
/// Where a value cannot be written so that it reads back the same.
pub fn encode_event<E: Event>(event: &E) -> Result<Encoded, EncodeError> {
    encode_with((E::NAME, E::VERSION, E::READS_AS), event.tags(), event)
}

/// Apart, so that it is not compiled for each event.
fn encode_with(
    (name, schema, reads_as): (&'static str, SchemaVersion, SchemaVersion),
    tags: Vec<Tag>,
    event: &dyn json::Written,
) -> Result<Encoded, EncodeError> {
    Ok(Encoded {
        name,
        schema,
        reads_as,
        codec: Codec::Json,
        tags,
        body: json::encode_as(name, event)?,
    })
}

/// Reads a stored event of the type `E`, by the way from its shape to that of the type. Called by what
/// `derive(Aggregate)` writes.
///
/// # Errors
/// Where it is newer than the type, or there is no way from its shape, or its body does not fit.
pub fn decode_event<E: Event>(cx: &DecodeContext<'_>) -> Result<E, DecodeError> {
    if cx.event.schema() < E::VERSION {
        return E::read_older(&EventContext::new(*cx));
    }
    decode_current::<E, E>(cx)
}

/// Reads of a stored event of the type `E` what `Part` holds of it: alone where it is stored in the shape of the type, and
/// else out of the event.
pub(crate) fn decode_part<E, Part>(cx: &DecodeContext<'_>) -> Result<Part, DecodeError>
where
    E: Event,
    Part: From<E> + DeserializeOwned,
{
    if cx.event.schema() < E::VERSION {
        return E::read_older(&EventContext::new(*cx)).map(Part::from);
    }
    decode_current::<E, Part>(cx)
}

/// As [`decode_event`], inside of which it is one step of the way.
pub(crate) fn decode_step<E: Event>(cx: &EventContext<'_>) -> Result<E, DecodeError> {
    if cx.decode().event.schema() < E::VERSION {
        return E::read_older(cx);
    }
    decode_current::<E, E>(cx.decode())
}

/// Reads an event, or a part of it, whose shape is that of the type, or a later one that may be read as it.
fn decode_current<E: Event, Part: DeserializeOwned>(
    cx: &DecodeContext<'_>,
) -> Result<Part, DecodeError> {
    Ok(json::decode(json_body(cx, E::VERSION)?)?)
}

/// The JSON of an event, where code that knows the version `known` can read it.
pub(crate) fn json_body<'a>(
    cx: &DecodeContext<'a>,
    known: SchemaVersion,
) -> Result<&'a [u8], DecodeError> {
    let event = cx.event;
    check_not_newer(cx, known)?;
    match Codec::from_number(event.codec()) {
        Some(Codec::Json) => Ok(event.body()),
        None => Err(DecodeError::UnknownCodec {
            codec: event.codec(),
        }),
    }
}

/// Refuses an event that only code which knows a later version can read.
pub(crate) fn check_not_newer(
    cx: &DecodeContext<'_>,
    known: SchemaVersion,
) -> Result<(), DecodeError> {
    let event = cx.event;
    if event.reads_as() > known {
        return Err(DecodeError::NewerThanCode {
            stored: event.schema(),
            reads_as: event.reads_as(),
            known,
        });
    }
    Ok(())
}
