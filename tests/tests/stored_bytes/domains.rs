//! The domains whose events are read.

use es_golden_2021::{checks, names, permits, shop, values};
use es_kinds::generated as kinds;
use es_parity::{bank, names as hard};
use es_rules::generated as rules;
use es_runtime::describe::AggregateDescription;
use es_runtime::{
    Aggregate, App, DecodeError, DescribeAggregate, EventSet, LoadError, MemoryStore, RawEvent,
    Slice,
};

use super::{now, read};

/// An aggregate without its type.
pub(crate) struct Domain {
    /// The stored names of its events.
    pub(crate) names: &'static [&'static str],
    /// The key of a stream of it.
    pub(crate) key: &'static str,
    describe: fn() -> AggregateDescription,
    /// Reads an event and writes it again.
    pub(crate) read: fn(RawEvent<'_>) -> Result<Vec<u8>, DecodeError>,
    /// Loads the aggregate of that key, and its audit trail.
    pub(crate) load: fn(MemoryStore, &str),
}

impl Domain {
    const fn of<A: DescribeAggregate + Aggregate>(key: &'static str) -> Self {
        Self {
            names: A::Event::NAMES,
            key,
            describe: || A::DESCRIPTION,
            read: read::<A::Event>,
            load: load::<A>,
        }
    }

    /// What its derives know of it.
    pub(crate) fn description(&self) -> AggregateDescription {
        (self.describe)()
    }
}

const ZERO: &str = "00000000-0000-0000-0000-000000000000";

pub(crate) const DOMAINS: &[Domain] = &[
    Domain::of::<kinds::Thing>(ZERO),
    Domain::of::<rules::Counter>("0"),
    Domain::of::<values::generated::Sample>(ZERO),
    Domain::of::<permits::Permit>(ZERO),
    Domain::of::<checks::generated::Basket>(ZERO),
    Domain::of::<shop::generated::Order>(ZERO),
    Domain::of::<names::generated::Result>(ZERO),
    Domain::of::<bank::Account>(ZERO),
    Domain::of::<hard::Hard>(ZERO),
];

/// What cannot be read is told with the place of the event.
fn load<A: Aggregate>(store: MemoryStore, key: &str) {
    let Ok(id) = key.parse::<A::Id>() else {
        panic!("{key} is no id of {}", A::NAME);
    };
    let app = App::new(store);
    let told = |error: LoadError| match error {
        LoadError::Read(error) => assert_eq!(error.version.get(), 1),
        error => panic!("{error}"),
    };
    match now(app.load::<A>(&id)) {
        Ok(loaded) => assert!(loaded.state.is_some()),
        Err(error) => told(error),
    }
    match now(app.history::<A>(&id, Slice::after(None, 10))) {
        Ok(trail) => assert_eq!(trail.len(), 1),
        Err(error) => told(error),
    }
}
