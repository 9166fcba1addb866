//! Stored events on their way into the rows: which of the projection's each is, and what reading it takes.

use super::error::ProjectError;
use super::{EventContext, Projection, Rows};
use crate::aggregate::Aggregate;
use crate::app::{Earlier, NoEarlier};
use crate::commit::Query;
use crate::describe::ProjectedEvent;
use crate::envelope::{Page, RawEvent, SchemaVersion};
use crate::event::{DecodeContext, EventSet};
use crate::name::{Category, EventName};
use crate::store::EventStore;

/// How a projection reads what it does not read as the one event that it is: by the set of all events of an aggregate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SetReader {
    needs_earlier: fn(&str, SchemaVersion) -> bool,
    read_parts: fn(&DecodeContext<'_>, &mut Page) -> Result<(), ProjectError>,
    #[cfg(feature = "testing")]
    example_key: fn() -> Option<&'static str>,
}

impl SetReader {
    pub(crate) const fn of<A: Aggregate>() -> Self {
        Self {
            needs_earlier: <A::Event as EventSet>::needs_earlier,
            read_parts: read_parts::<A>,
            #[cfg(feature = "testing")]
            example_key: crate::testing::example_key::<A>,
        }
    }

    /// A key of a stream of the aggregate, where an example of one is known.
    #[cfg(feature = "testing")]
    pub(crate) fn example_key(&self) -> Option<&'static str> {
        (self.example_key)()
    }
}

/// Reads a stored event as the several that it is, and puts each into `parts` as it would be stored today.
fn read_parts<A: Aggregate>(cx: &DecodeContext<'_>, parts: &mut Page) -> Result<(), ProjectError> {
    let mut typed = Vec::new();
    A::Event::decode(cx, &mut typed)?;
    for part in typed {
        let part = part.encode().map_err(ProjectError::Part)?;
        parts.push_part(&cx.event, &part);
    }
    Ok(())
}

/// An event of the projection's, as it is stored.
pub(super) struct Incoming<'a> {
    pub(super) event: RawEvent<'a>,
    kind: Kind,
}

/// What a stored event is to a projection.
#[derive(Clone, Copy)]
enum Kind {
    /// The one at this place in its list.
    One(usize),
    /// Several, which may be in its list.
    Several(SetReader),
    /// Nothing, though the log was asked for events of its name: it is of a shape that is not read as several any more.
    Nothing,
}

impl<'a> Incoming<'a> {
    /// Nothing where it is none of those that the log is asked for.
    pub(super) fn of<P: Projection>(event: RawEvent<'a>) -> Option<Self> {
        let place = place(P::EVENTS, &event);
        let kind = match place {
            Some(place) if event.schema() >= P::EVENTS[place].version => Kind::One(place),
            // What is split may have the name of an event that is in the list in a later shape.
            _ => match (split(P::EVENTS, &event), place) {
                (Some((set, last)), _) if event.schema() <= last => Kind::Several(set),
                (_, Some(place)) => Kind::One(place),
                (Some(_), None) => Kind::Nothing,
                (None, None) => return None,
            },
        };
        Some(Self { event, kind })
    }

    /// Whether there is anything to be taken in.
    #[cfg(feature = "testing")]
    pub(super) fn is_anything(&self) -> bool {
        !matches!(self.kind, Kind::Nothing)
    }

    /// Whether it cannot be read without the events before it in its stream.
    fn needs_earlier<P: Projection>(&self) -> bool {
        let (name, schema) = (self.event.name().as_str(), self.event.schema());
        let set = match self.kind {
            Kind::One(place) if schema >= P::EVENTS[place].version => None,
            Kind::One(place) => P::EVENTS[place].set,
            Kind::Several(set) => Some(set),
            Kind::Nothing => None,
        };
        set.is_some_and(|set| (set.needs_earlier)(name, schema))
    }

    /// The events before it in its stream, where it cannot be read without.
    pub(super) async fn earlier<'e, P: Projection, L: EventStore>(
        &self,
        log: &L,
        earlier: &'e mut Earlier,
    ) -> Result<&'e Page, NoEarlier> {
        match self.needs_earlier::<P>() {
            true => earlier.before(log, self.event).await,
            false => Ok(earlier.none()),
        }
    }

    /// Takes it in: one after the other what it is read as.
    pub(super) fn take_in<P: Projection>(
        &self,
        earlier: &Page,
        rows: &mut Rows<'_, P>,
    ) -> Result<(), ProjectError> {
        let cx = |event| DecodeContext { event, earlier };
        let set = match self.kind {
            Kind::One(place) => return P::take_in(place, rows, &EventContext::new(cx(self.event))),
            Kind::Several(set) => set,
            Kind::Nothing => return Ok(()),
        };
        let mut parts = Page::default();
        (set.read_parts)(&cx(self.event), &mut parts)?;
        for part in parts.iter() {
            if let Some(place) = place(P::EVENTS, &part) {
                P::take_in(place, rows, &EventContext::new(cx(part)))?;
            }
        }
        Ok(())
    }
}

/// The place of the event's type among those of the projection.
fn place(events: &[ProjectedEvent], event: &RawEvent<'_>) -> Option<usize> {
    let (category, name) = (event.stream().category().as_str(), event.name().as_str());
    let is_it = |known: &ProjectedEvent| {
        (known.name == name || known.was.contains(&name)) && known.category == category
    };
    events.iter().position(is_it)
}

/// What reads the events of that name which are read as several, and the last shape that is, where there are such.
fn split(events: &[ProjectedEvent], event: &RawEvent<'_>) -> Option<(SetReader, SchemaVersion)> {
    let (category, name) = (event.stream().category().as_str(), event.name().as_str());
    let of_aggregate =
        |known: &&ProjectedEvent| !known.split.is_empty() && known.category == category;
    let known = events.iter().find(of_aggregate)?;
    let of_name = known.split.iter().filter(|(split, _)| *split == name);
    let last = of_name.map(|(_, last)| *last).max()?;
    Some((known.set?, last))
}

/// The events of projections, as the log is asked for them: under all their names, and those that they may be parts of.
pub(super) fn query<'a>(events: impl IntoIterator<Item = &'a ProjectedEvent>) -> Query {
    let mut types: Vec<(&str, &str)> = Vec::new();
    for event in events {
        let split = event.split.iter().map(|(name, _)| *name);
        let names = [event.name].into_iter().chain(event.was.iter().copied());
        types.extend(names.chain(split).map(|name| (event.category, name)));
    }
    types.sort_unstable();
    types.dedup();
    Query::types(types.into_iter().map(|(category, name)| {
        (
            Category::from_static(category),
            EventName::from_static(name),
        )
    }))
}
