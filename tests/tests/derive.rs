//! What `Aggregate`, `Event` and `Command` write, as an application uses it.

use std::fmt::Debug;
use std::sync::Arc;

use es_runtime::{
    Aggregate, Apply, Codec, Command, CommitNumber, Context, Create, DecodeContext, DecodeError,
    Dispatch, Emit, Event, EventId, EventSet, FoldError, Handle, HandleAny, HandleNew, Id,
    Metadata, Origin, Page, PageRow, Position, Refusal, SchemaVersion, Surroundings, Target,
    Timestamp, Uuid, Version, emit,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Aggregate)]
#[aggregate(
    name = "lamp",
    id = LampId,
    events(LampBought: create, events::LampSwitched, self::LampSold),
    commands(BuyLamp: new, SwitchLamp: existing, SellLamp: any),
    error = LampError,
)]
struct Lamp {
    dealer: String,
    on: bool,
}

#[derive(Id)]
struct LampId(Uuid);

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("it is as it should be already")]
struct LampError;

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "Lamp Bought", tags(dealer))]
struct LampBought {
    dealer: String,
}

mod events {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
    #[event(name = "LampSwitched")]
    pub(super) struct LampSwitched {
        pub(super) on: bool,
    }
}

/// Without `Debug`, `Clone` and `PartialEq`, of which nobody needs any.
#[derive(Event, Serialize, Deserialize)]
#[event(name = "lamp:sold")]
struct LampSold {}

#[derive(Clone, Command, Serialize)]
#[command(emits(LampBought))]
struct BuyLamp {
    dealer: String,
}

#[derive(Clone, Command, Serialize)]
#[command(emits(events::LampSwitched), name = "switch lamp")]
struct SwitchLamp {
    on: bool,
}

#[derive(Clone, Command, Serialize)]
#[command(emits(LampSold))]
struct SellLamp;

impl Create<LampBought> for Lamp {
    fn create(event: LampBought) -> Self {
        Self {
            dealer: event.dealer,
            on: false,
        }
    }
}

impl Apply<events::LampSwitched> for Lamp {
    fn apply(&mut self, event: events::LampSwitched) {
        self.on = event.on;
    }
}

impl Apply<LampSold> for Lamp {
    fn apply(&mut self, _: LampSold) {
        self.dealer.clear();
    }
}

impl HandleNew<BuyLamp> for Lamp {
    fn handle_new(command: BuyLamp, _: &Context<Self>) -> Result<Emit<BuyLamp>, LampError> {
        let dealer = command.dealer;
        Ok(emit(LampBought { dealer }))
    }
}

impl Handle<SwitchLamp> for Lamp {
    fn handle(
        &self,
        command: SwitchLamp,
        _: &Context<Self>,
    ) -> Result<Emit<SwitchLamp>, LampError> {
        if command.on == self.on {
            return Err(LampError);
        }
        Ok(emit(events::LampSwitched { on: command.on }))
    }
}

impl HandleAny<SellLamp> for Lamp {
    fn handle_any(
        state: Option<&Self>,
        _: SellLamp,
        _: &Context<Self>,
    ) -> Result<Emit<SellLamp>, LampError> {
        Ok(state.map_or_else(Emit::nothing, |_| emit(LampSold {})))
    }
}

fn bought() -> LampBought {
    let dealer = String::from("Ada");
    LampBought { dealer }
}

fn lamp(on: bool) -> Lamp {
    let dealer = String::from("Ada");
    Lamp { dealer, on }
}

fn context() -> Context<Lamp> {
    let metadata = Arc::new(Metadata::new());
    Context::new(
        LampId::generate(),
        None,
        None,
        metadata,
        &Surroundings::default(),
    )
}

/// The names of the events that grant the command, or the refusal.
fn decide<C: Dispatch<Aggregate = Lamp>>(
    state: Option<&Lamp>,
    command: C,
) -> Result<Vec<&'static str>, Refusal<LampError>> {
    let events = command.dispatch(state, &context())?.into_events();
    Ok(events.iter().map(EventSet::name).collect())
}

fn stored(name: &str, body: &[u8]) -> Page {
    let row = PageRow {
        version: Version::FIRST,
        position: Position::FIRST,
        schema: SchemaVersion::FIRST,
        reads_as: SchemaVersion::FIRST,
        codec: Codec::Json.number(),
        origin: Some(Origin {
            id: EventId::from(Uuid::nil()),
            commit: CommitNumber::FIRST,
            occurred_at: Timestamp::EPOCH,
            recorded_at: Timestamp::EPOCH,
        }),
    };
    let mut page = Page::default();
    let stream = Lamp::stream(&LampId::generate());
    page.push(&stream, &name.into(), row, b"", body);
    page
}

fn decode(name: &str, body: &[u8]) -> Result<Vec<LampEvent>, DecodeError> {
    let page = stored(name, body);
    let mut events = Vec::new();
    for event in page.iter() {
        let earlier = &Page::default();
        LampEvent::decode(&DecodeContext { event, earlier }, &mut events)?;
    }
    Ok(events)
}

#[test]
fn the_stored_names_are_those_written_in_the_attributes() {
    assert_eq!(Lamp::NAME, "lamp");
    assert_eq!(
        LampEvent::NAMES,
        ["Lamp Bought", "LampSwitched", "lamp:sold"]
    );
    assert_eq!(LampEvent::from(LampSold {}).name(), "lamp:sold");
    assert_eq!(SellLamp.name(), "SellLamp");
    assert_eq!(SwitchLamp { on: true }.name(), "switch lamp");
}

#[test]
fn a_creating_event_makes_the_aggregate_and_the_others_change_it() {
    let created = Lamp::fold(None, bought().into());
    assert_eq!(created, Ok(lamp(false)));
    let switched = Lamp::fold(Some(lamp(false)), events::LampSwitched { on: true }.into());
    assert_eq!(switched, Ok(lamp(true)));
}

#[test]
fn a_sequence_that_makes_no_sense_is_an_error() {
    let twice = Lamp::fold(Some(lamp(true)), bought().into());
    assert_eq!(twice, Err(FoldError::CreatedTwice));
    let too_early = Lamp::fold(None, LampSold {}.into());
    assert_eq!(too_early, Err(FoldError::NotCreated));
}

#[test]
fn a_command_is_decided_only_on_what_it_is_for() {
    let on = SwitchLamp { on: true };
    let dealer = String::from("Ada");
    let buy = BuyLamp { dealer };
    assert_eq!(
        [buy.target(), on.target(), SellLamp.target()],
        [Target::New, Target::Existing, Target::Any]
    );

    assert_eq!(decide(None, buy.clone()), Ok(vec!["Lamp Bought"]));
    assert_eq!(decide(Some(&lamp(false)), buy), Err(Refusal::Exists));
    assert_eq!(
        decide(Some(&lamp(false)), on.clone()),
        Ok(vec!["LampSwitched"])
    );
    assert_eq!(decide(None, on.clone()), Err(Refusal::Missing));
    assert_eq!(
        decide(Some(&lamp(true)), on),
        Err(Refusal::Rejected(LampError))
    );
    assert_eq!(decide(None, SellLamp), Ok(vec![]));
    assert_eq!(decide(Some(&lamp(true)), SellLamp), Ok(vec!["lamp:sold"]));
}

#[test]
fn the_enum_of_commands_is_decided_as_the_command_in_it() {
    let command = LampCommand::from(SwitchLamp { on: true });
    assert_eq!(command.name(), "switch lamp");
    assert_eq!(command.target(), Target::Existing);
    assert_eq!(command.encode(), SwitchLamp { on: true }.encode());
    assert_eq!(
        decide(Some(&lamp(false)), command.clone()),
        Ok(vec!["LampSwitched"])
    );
    assert_eq!(decide(None, command), Err(Refusal::Missing));
}

#[test]
fn an_event_reads_back_as_it_was_written() {
    let written = LampEvent::from(events::LampSwitched { on: true })
        .encode()
        .expect("it can be written");
    assert_eq!(written.name, "LampSwitched");
    assert_eq!(written.body, br#"{"on":true}"#);

    let read = decode(written.name, &written.body).expect("it can be read");
    assert!(matches!(
        read.as_slice(),
        [LampEvent::LampSwitched(events::LampSwitched { on: true })]
    ));
}

#[test]
fn what_is_stored_but_no_event_of_the_aggregate_is_an_error() {
    let error = |name, body| decode(name, body).err().map(|error| error.to_string());
    assert_eq!(
        error("LampBroken", b"{}").as_deref(),
        Some("no event of that name is known")
    );
    assert_eq!(
        error("LampSwatched", br#"{"on":true}"#).as_deref(),
        Some("no event of that name is known")
    );
    // The name of the Rust type is not the stored name.
    assert_eq!(
        error("LampBought", b"{}").as_deref(),
        Some("no event of that name is known")
    );
    assert_eq!(
        error("LampSwitched", b"{}").as_deref(),
        Some("its body does not fit: missing field `on` at line 1 column 2")
    );
}

#[test]
fn tags_travel_with_the_encoded_event() {
    let encoded = LampEvent::from(bought()).encode().expect("it is written");
    assert_eq!(encoded.tags, ["dealer:Ada".into()]);
}

#[test]
fn tags_are_called_what_their_fields_are_called_in_the_body() {
    #[derive(Event, Serialize, Deserialize)]
    #[event(
        name = "LampShipped",
        tags(carrier, parcel_number, r#type, weight, "heavy one" = event.weight > Some(30), twice = self.weight.map(|w| w * 2))
    )]
    #[serde(rename_all = "camelCase")]
    struct LampShipped {
        #[serde(rename(serialize = "by", deserialize = "courier"), alias = "by")]
        carrier: String,
        parcel_number: u64,
        r#type: Option<String>,
        weight: Option<u32>,
    }

    let shipped = |weight| LampShipped {
        carrier: "DHL".into(),
        parcel_number: 7,
        r#type: Some("lamp".into()),
        weight,
    };
    let tags = |event: LampShipped| -> Vec<String> {
        event.tags().iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        tags(shipped(Some(31))),
        [
            "by:DHL",
            "parcelNumber:7",
            "type:lamp",
            "weight:31",
            "heavy one:true",
            "twice:62"
        ]
    );
    assert_eq!(
        tags(shipped(None)),
        ["by:DHL", "parcelNumber:7", "type:lamp", "heavy one:false"]
    );
}

#[test]
fn the_enums_can_do_what_all_their_contents_can() {
    mod all {
        use super::*;

        #[derive(Aggregate)]
        #[aggregate(name = "bulb", id = u8, events(super::LampBought: create), error = std::fmt::Error)]
        pub(super) struct Bulb;

        impl Create<LampBought> for Bulb {
            fn create(_: LampBought) -> Self {
                Self
            }
        }
    }
    fn check<T: Debug + Clone + PartialEq>(value: &T) {
        assert_eq!(*value, value.clone());
        assert_eq!(format!("{value:?}"), r#"LampBought { dealer: "Ada" }"#);
    }
    check(&all::BulbEvent::from(bought()));
}
