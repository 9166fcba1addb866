use std::convert::Infallible;

use es_runtime::{Aggregate, Apply, Create, Event, EventContext, Id, Insert, Project, Projection};
use serde::{Deserialize, Serialize};

#[derive(Aggregate)]
#[aggregate(
    name = "lamp",
    id = LampId,
    events(LampBought: create, LampSwitched),
    error = Infallible,
)]
struct Lamp;

#[derive(Id)]
struct LampId(u32);

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampBought")]
struct LampBought {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "LampSwitched")]
struct LampSwitched {}

impl Create<LampBought> for Lamp {
    fn create(_: LampBought) -> Self {
        Self
    }
}

impl Apply<LampSwitched> for Lamp {
    fn apply(&mut self, _: LampSwitched) {}
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Quoted", key("lamp"), events(LampBought: insert, LampSwitched))]
struct Quoted {
    lamp: LampId,
}

impl Insert<LampBought> for Quoted {
    fn insert(lamp: LampId, _: LampBought, _: &EventContext<'_>) -> Self {
        Self { lamp }
    }
}

impl Project<LampSwitched> for Quoted {
    fn project(&mut self, _: LampSwitched, _: &EventContext<'_>) {}
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Numbered", key(1), events(LampBought: insert))]
struct Numbered {
    lamp: LampId,
}

impl Insert<LampBought> for Numbered {
    fn insert(lamp: LampId, _: LampBought, _: &EventContext<'_>) -> Self {
        Self { lamp }
    }
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Assigned", key = lamp, events(LampBought: insert))]
struct Assigned {
    lamp: LampId,
}

impl Insert<LampBought> for Assigned {
    fn insert(lamp: LampId, _: LampBought, _: &EventContext<'_>) -> Self {
        Self { lamp }
    }
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Parted", key(lamp); events(LampBought: insert))]
struct Parted {
    lamp: LampId,
}

impl Insert<LampBought> for Parted {
    fn insert(lamp: LampId, _: LampBought, _: &EventContext<'_>) -> Self {
        Self { lamp }
    }
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Marked", key(lamp), events(LampBought = insert, LampSwitched(upsert)))]
struct Marked {
    lamp: LampId,
}

impl Insert<LampBought> for Marked {
    fn insert(lamp: LampId, _: LampBought, _: &EventContext<'_>) -> Self {
        Self { lamp }
    }
}

#[derive(Clone, Projection, Serialize, Deserialize)]
#[projection(name = "Tuple", key(lamp), events(LampBought: insert))]
struct Tuple(LampId);

impl Insert<LampBought> for Tuple {
    fn insert(lamp: LampId, _: LampBought, _: &EventContext<'_>) -> Self {
        Self(lamp)
    }
}

fn main() {}
