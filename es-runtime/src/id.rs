//! Identities and numbers that a store gives or keeps: streams, versions, positions, events, commands.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::check::Invalid;
use crate::fresh;
use crate::name::{Category, Name};

/// One stream of events: the history of one aggregate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId {
    category: Category,
    key: Name,
}

impl StreamId {
    /// The stream of the aggregate `key` in `category`.
    pub fn new(category: Category, key: impl Into<Name>) -> Self {
        Self {
            category,
            key: key.into(),
        }
    }

    /// The kind of aggregate.
    #[must_use]
    pub fn category(&self) -> &Category {
        &self.category
    }

    /// The aggregate's id as text.
    #[must_use]
    pub fn key(&self) -> &str {
        self.key.as_str()
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.category, self.key)
    }
}

/// Declares a counter that starts at one; "none yet" is an `Option`, not a zero.
macro_rules! counter {
    ($(#[$doc:meta])* $kind:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $kind(NonZeroU64);

        impl $kind {
            /// The first one.
            pub const FIRST: Self = Self(NonZeroU64::MIN);

            /// The number, or nothing for zero, which means "none yet".
            #[must_use]
            pub const fn new(number: u64) -> Option<Self> {
                match NonZeroU64::new(number) {
                    Some(number) => Some(Self(number)),
                    None => None,
                }
            }

            /// The number itself, at least 1.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0.get()
            }

            /// The one after this one; stays at the end of the range, which no store reaches.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }

            /// The number behind `last`: the first one where there is none yet.
            #[must_use]
            pub const fn after(last: Option<Self>) -> Self {
                match last {
                    Some(last) => last.next(),
                    None => Self::FIRST,
                }
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

counter! {
    /// The number of an event in its stream: 1, 2, 3 without a gap.
    Version
}

counter! {
    /// The place of an event in the whole store: strictly increasing, the one order there is.
    Position
}

counter! {
    /// The number of the commit that stored an event; events of one commit share it.
    CommitNumber
}

/// The identity of one stored event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(Uuid);

impl EventId {
    /// The id as a UUID.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for EventId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The caller's name for one wish: a command repeated under its id is carried out once. Scope: the store.
///
/// ```
/// use es_runtime::CommandId;
///
/// // Whoever imports a log names each command after the row it comes from, so that a second run does no harm.
/// assert_eq!(CommandId::from_name("task-42933"), CommandId::from_name("task-42933"));
/// assert_ne!(CommandId::from_name("task-42933"), CommandId::from_name("task-42934"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(Uuid);

/// The namespace of [`CommandId::from_name`]; written down, since changing it would rename every command.
const COMMAND_NAMES: Uuid = Uuid::from_u128(0x6b1f_2d4c_9a35_4c0e_8f27_51d0_c3e8_7a96);

impl CommandId {
    /// A fresh id, ordered by time.
    #[must_use]
    pub fn generate() -> Self {
        Self(fresh::uuid())
    }

    /// The id that belongs to a name of the caller's: the same name gives the same id on every machine, for ever.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self(Uuid::new_v5(&COMMAND_NAMES, name.as_bytes()))
    }

    /// The id as a UUID.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for CommandId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an aggregate's id must be able to do: be written as the key of a stream, and read back.
///
/// Derive it on a newtype; `String`, `Uuid` and the integers are ids as they are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an id of an aggregate",
    note = "derive `Id` on a newtype: `#[derive(Id)] pub struct AccountId(Uuid);`"
)]
pub trait Id:
    Clone + Eq + std::hash::Hash + fmt::Debug + fmt::Display + FromStr + Send + Sync + 'static
{
    /// A fresh id, for use outside rules; inside a rule ask the context: `cx.new_id()`.
    #[must_use]
    fn generate() -> Self
    where
        Self: From<Uuid>,
    {
        Self::from(fresh::uuid())
    }

    /// Whether an aggregate may be made under this id: asked before a command that may make one is decided.
    ///
    /// # Errors
    /// The invalid value, and where in the id it stands.
    fn check_id(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

macro_rules! ids {
    ($($ty:ty)*) => { $(impl Id for $ty {})* };
}

ids! { String Uuid u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 }
