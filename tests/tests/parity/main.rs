//! A domain in YAML and the same domain with derives are one domain: the same stored bytes, the same behaviour, and each
//! reads what the other has written.

mod bank;
mod describe;
mod hard;
mod names;

/// The bank with derives is the one of the examples.
#[path = "../../../examples/bank/src/account.rs"]
mod bank_by_hand;

use es_runtime::{
    Aggregate, App, CommandId, Dispatch, EventSet, EventStore, ExecuteOptions, Query, Receipt,
    Slice, Timestamp,
};

/// What a caller is told about a command: its events as they are stored, the receipt, how often it was decided.
type Told = Result<(Vec<String>, Receipt, u32), String>;

/// Carries a command out, and keeps of the answer what both sides can be compared by.
async fn told<S: EventStore, C: Dispatch>(
    app: &App<S>,
    id: &<C::Aggregate as Aggregate>::Id,
    command: C,
    command_id: Option<CommandId>,
) -> Told {
    let mut options = ExecuteOptions::new().occurred_at(Timestamp::EPOCH);
    options.command_id = command_id;
    let executed = app
        .execute_with(id, command, options)
        .await
        .map_err(|refusal| refusal.to_string())?;
    let events = executed.events.iter().map(encoded);
    let mut receipt = executed.receipt;
    // The machine's clock, and the only part of it that is not decided by the commands.
    receipt.recorded_at = Timestamp::EPOCH;
    Ok((events.collect(), receipt, executed.attempts))
}

/// Everything in a store, byte by byte, apart from the clock of the store and the ids of the events.
async fn stored<S: EventStore>(store: &S) -> Vec<String> {
    let log = store
        .read_log(Query::all(), Slice::after(None, 100_000))
        .await
        .unwrap();
    let row = |event: es_runtime::RawEvent<'_>| {
        format!(
            "{} {} {} {} {:?} v{} r{} c{} {} {:?} {}",
            event.position(),
            event.commit(),
            event.stream(),
            event.version(),
            event.name(),
            event.schema(),
            event.reads_as(),
            event.codec(),
            event.occurred_at(),
            event.metadata().unwrap(),
            String::from_utf8_lossy(event.body()),
        )
    };
    log.events.iter().map(row).collect()
}

/// The events of an aggregate as one side reads them, and would write them again, tags included.
async fn read_again<A: Aggregate, S: EventStore + Clone>(store: &S, id: &A::Id) -> Vec<String> {
    let app = App::new(store.clone());
    let trail = app
        .history::<A>(id, Slice::after(None, 100_000))
        .await
        .unwrap();
    trail
        .iter()
        .map(|recorded| encoded(&recorded.event))
        .collect()
}

/// An event as it is stored, tags included, to be compared and looked at.
fn encoded(event: &impl EventSet) -> String {
    let event = event.encode().unwrap();
    let (schema, reads_as, body) = (event.schema, event.reads_as, event.body);
    let body = String::from_utf8(body).unwrap();
    format!(
        "{:?} v{schema} r{reads_as} {:?} {:?} {body}",
        event.name, event.codec, event.tags
    )
}
