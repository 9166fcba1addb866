//! What every event store promises, as cases that any store can be held to.
