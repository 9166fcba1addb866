//! What all rows work on: parcels, whose events have bodies of about 115 bytes.

use es_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Id)]
pub struct ParcelId(Uuid);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Aggregate)]
#[aggregate(name = "parcel", id = ParcelId, error = ParcelError)]
#[aggregate(events(ParcelPosted: create, ParcelScanned))]
#[aggregate(commands(PostParcel: new, ScanParcel, ScanOften))]
#[aggregate(snapshot(every = 9_900))]
pub struct Parcel {
    pub scans: u64,
    pub last: String,
}

#[derive(Debug, Clone, Event, Serialize, Deserialize)]
#[event(name = "ParcelPosted")]
pub struct ParcelPosted {
    pub sender: String,
    pub text: String,
    pub grams: u64,
}

#[derive(Debug, Clone, Event, Serialize, Deserialize)]
#[event(name = "ParcelScanned")]
pub struct ParcelScanned {
    pub place: String,
    pub text: String,
    pub belt: u64,
}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(ParcelPosted))]
pub struct PostParcel {}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(ParcelScanned))]
pub struct ScanParcel {}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(ParcelScanned))]
pub struct ScanOften {
    pub times: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum ParcelError {}

/// An event of the usual size: its body has 115 bytes.
pub fn posted() -> ParcelPosted {
    ParcelPosted {
        sender: "0190f5e0-aaaa-7bbb-8ccc-0123456789ab".into(),
        text: "leave it with the neighbour".into(),
        grams: 1_250,
    }
}

/// An event of the usual size: its body has 115 bytes.
pub fn scanned() -> ParcelScanned {
    ParcelScanned {
        place: "0190f5e0-aaaa-7bbb-8ccc-0123456789ab".into(),
        text: "sorted for the evening round".into(),
        belt: 12,
    }
}

impl Create<ParcelPosted> for Parcel {
    fn create(event: ParcelPosted) -> Self {
        Self {
            scans: 0,
            last: event.sender,
        }
    }
}

impl Apply<ParcelScanned> for Parcel {
    fn apply(&mut self, event: ParcelScanned) {
        self.scans += 1;
        self.last = event.place;
    }
}

type Answer<C> = Result<Emit<C>, ParcelError>;

impl es_runtime::HandleNew<PostParcel> for Parcel {
    fn handle_new(_: PostParcel, _: &Context<Self>) -> Answer<PostParcel> {
        Ok(emit(posted()))
    }
}

impl Handle<ScanParcel> for Parcel {
    fn handle(&self, _: ScanParcel, _: &Context<Self>) -> Answer<ScanParcel> {
        Ok(emit(scanned()))
    }
}

impl Handle<ScanOften> for Parcel {
    fn handle(&self, command: ScanOften, _: &Context<Self>) -> Answer<ScanOften> {
        let mut events = Emit::nothing();
        for _ in 0..command.times {
            events = events.and(scanned());
        }
        Ok(events)
    }
}
