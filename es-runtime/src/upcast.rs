//! From the shapes that an event was stored in to the one that the code knows: hops from one version to the next, and
//! splits, by which one stored event is read as several.

use crate::aggregate::Aggregate;
use crate::event::Event;
use crate::projection::EventContext;

/// A hop: how what was stored as `Old` is read as the next version of the event.
///
/// Stored bytes stay as they are; the hop is made each time that the event is read.
///
/// ```
/// use es_runtime::{Event, EventContext, Upcast};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "ParcelShipped", version = 2, from(ParcelShippedV1))]
/// struct ParcelShipped {
///     carrier: Option<String>,
/// }
///
/// #[derive(Event, Serialize, Deserialize)]
/// #[event(name = "ParcelShipped", version = 1)]
/// struct ParcelShippedV1 {
///     carrier: String,
/// }
///
/// impl Upcast<ParcelShippedV1> for ParcelShipped {
///     fn upcast(event: ParcelShippedV1, _: &EventContext<'_>) -> Self {
///         let carrier = Some(event.carrier).filter(|carrier| !carrier.is_empty());
///         Self { carrier }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "there is no way from `{Old}` to `{Self}`",
    label = "no `impl Upcast<{Old}> for {Self}`",
    note = "write `impl Upcast<{Old}> for {Self} {{ fn upcast(event: {Old}, cx: &EventContext<'_>) -> Self {{ .. }} }}`"
)]
pub trait Upcast<Old>: Sized {
    /// The event in the newer shape. A panic is caught where the event is read, and is an error there.
    fn upcast(event: Old, cx: &EventContext<'_>) -> Self;
}

/// How one stored event is read as several, all of its version and its position in the store.
#[diagnostic::on_unimplemented(
    message = "nothing says which events of `{A}` become of `{Self}`",
    label = "no `impl Split<{A}> for {Self}`",
    note = "write `impl Split<{A}> for {Self} {{ fn split(event: Self, cx: &EventContext<'_>) -> Vec<<{A} as Aggregate>::Event> {{ .. }} }}`"
)]
pub trait Split<A: Aggregate>: Event {
    /// The events that it becomes, in their order. A panic is caught where the event is read, and is an error there.
    fn split(event: Self, cx: &EventContext<'_>) -> Vec<A::Event>;
}
