//! The domain of the cases that need one: units that are counted, and never fewer than none. By hand, since the derives
//! are another feature.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, FoldError};
use crate::command::{Command, Dispatch, Emit, Emits, Refusal, Target, emit};
use crate::context::Context;
use crate::envelope::SchemaVersion;
use crate::event::{
    DecodeContext, DecodeError, Encoded, Event, EventOf, EventSet, decode_event, encode_event,
};
use crate::json::{self, EncodeError};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counter {
    pub(super) units: i64,
}

/// In its third shape, which code for the second one may still read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Moved {
    pub(super) by: i64,
}

/// Moves units to or from a counter, and makes it where there is none.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Move {
    pub(super) by: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct TooFew {
    pub(super) units: i64,
}

impl fmt::Display for TooFew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there are {}", self.units)
    }
}

impl Error for TooFew {}

impl Event for Moved {
    const NAME: &'static str = "moved";
    const VERSION: SchemaVersion = SchemaVersion::new(3);
    const READS_AS: SchemaVersion = SchemaVersion::new(2);
}

/// The only event is the set of all.
impl EventSet for Moved {
    const NAMES: &'static [&'static str] = &[Self::NAME];

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn encode(&self) -> Result<Encoded, EncodeError> {
        encode_event(self)
    }

    fn decode(cx: &DecodeContext<'_>, out: &mut Vec<Self>) -> Result<(), DecodeError> {
        if cx.event.name().as_str() != Self::NAME {
            return Err(DecodeError::UnknownEvent);
        }
        out.push(decode_event(cx)?);
        Ok(())
    }
}

impl EventOf<Counter> for Moved {
    fn into_set(self) -> Self {
        self
    }
}

impl Aggregate for Counter {
    const NAME: &'static str = "counter";
    type Id = String;
    type Event = Moved;
    type Error = TooFew;

    fn fold(state: Option<Self>, event: Moved) -> Result<Self, FoldError> {
        let before = state.map_or(0, |counter| counter.units);
        Ok(Self {
            units: before.saturating_add(event.by),
        })
    }
}

impl Command for Move {
    fn name(&self) -> &'static str {
        "Move"
    }

    fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        json::encode(self)
    }
}

impl Emits<Moved> for Move {}

impl Dispatch for Move {
    type Aggregate = Counter;

    fn target(&self) -> Target {
        Target::Any
    }

    fn dispatch(
        self,
        state: Option<&Counter>,
        _: &Context<Counter>,
    ) -> Result<Emit<Self>, Refusal<TooFew>> {
        let units = state.map_or(0, |counter| counter.units);
        if units.saturating_add(self.by) < 0 {
            return Err(Refusal::Rejected(TooFew { units }));
        }
        Ok(emit(Moved { by: self.by }))
    }
}
