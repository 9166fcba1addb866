//! Time as it is stored: [`Timestamp`], [`Date`] and [`Duration`], written to the wire as ISO 8601 text.
//!
//! They are types of our own so that stored bytes and public signatures outlive the calendar crates of the day.

mod date;
mod duration;
mod text;
mod timestamp;

pub use date::Date;
pub use duration::Duration;
pub use text::TimeError;
pub use timestamp::Timestamp;

/// Where "now" comes from. Rules never ask the machine: they ask `cx.now()`, which asks this.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from(std::time::SystemTime::now())
    }
}

/// Implements the wire form of a type that is read by `FromStr` and written by `Display`.
macro_rules! as_text {
    ($ty:ident, $what:literal) => {
        impl serde::Serialize for $ty {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $ty {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl serde::de::Visitor<'_> for Text {
                    type Value = $ty;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$ty, E> {
                        text.parse().map_err(E::custom)
                    }
                }

                deserializer.deserialize_str(Text)
            }
        }
    };
}

use as_text;
