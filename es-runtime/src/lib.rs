//! What event-sourced applications, and the code that `es-codegen` and `es-derive` write for them, call at run time.
//!
//! The traits of the domain ([`Aggregate`], [`Event`], [`Command`]), the application that carries commands out
//! ([`App`]), and the port behind which events are kept ([`EventStore`]). No database driver and no executor.

// The derives write absolute paths, which must also hold in this crate's own tests and examples.
#[allow(unused_extern_crates, reason = "only the expansions of derives use it")]
extern crate self as es_runtime;

#[cfg(feature = "admin")]
pub mod admin;
mod aggregate;
mod any;
mod app;
mod bare;
mod begun;
mod bytes;
mod check;
mod command;
mod commit;
mod context;
#[cfg(feature = "contract")]
pub mod contract;
pub mod describe;
pub mod double_option;
mod envelope;
mod event;
#[doc(hidden)]
pub mod expansion;
mod fresh;
mod hash;
mod id;
mod json;
mod memory;
mod name;
mod projection;
mod row_store;
#[cfg(es_shuttle)]
pub mod schedules;
mod signal;
mod snapshot;
mod store;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod upcast;
mod value;

pub use aggregate::{Aggregate, Apply, Create, FoldError};
pub use any::{AnyStore, BoxFuture, Opener};
pub use app::{
    App, AppOptions, ExecuteError, ExecuteOptions, Executed, LoadError, Loaded, ReadCause,
    ReadError, Recorded, RulePanicked, SnapshotDiffers, SubscribeFrom, Subscription,
    TransactOptions, Transacted, Transaction,
};
pub use bytes::{Bytes, BytesError};
pub use check::{Checked, Invalid};
pub use command::{
    Command, Dispatch, Emit, Emits, Handle, HandleAny, HandleNew, Refusal, Target, emit,
};
pub use commit::{
    CommandRecord, Commit, EventType, Expected, Fingerprint, Guard, Positions, Query, QueryItem,
    Receipt, StreamReceipt, StreamWrite,
};
pub use context::{Context, Ids, Surroundings, SystemIds};
pub use describe::{Describe, DescribeAggregate, DescribeCommand, DescribeEvent, ProjectedEvent};
pub use envelope::{
    Codec, Envelope, Metadata, NewEvent, Origin, Page, PageRow, RawEvent, SchemaVersion,
};
#[cfg(feature = "derive")]
pub use es_derive::{Aggregate, Command, Event, Id, Projection, Value};
pub use event::{
    DecodeContext, DecodeError, Encoded, Event, EventOf, EventSet, decode_event, encode_event,
};
pub use id::{CommandId, CommitNumber, EventId, Id, Position, StreamId, Version};
pub use json::{BodyError, EncodeError, decode as decode_json, encode as encode_json};
pub use memory::MemoryStore;
pub use name::{Category, EventName, Name, Tag};
pub use projection::{
    At, Bookmark, CellError, Column, Cursor, EventContext, Filter, Find, FindError, Insert,
    MemoryRows, NewRow, OnError, Order, Progress, Project, ProjectError, ProjectRows, Projection,
    ProjectionError, ProjectionStatus, Projections, ReadModel, ReadRowsError, Rebuilt, RowError,
    Rows, RowsPage, Stopped,
};
pub use row_store::{
    Cell, ChangedRow, ColumnKind, Condition, Found, Mark, Parked, Role, RowChange, RowColumn,
    RowOrder, RowQuery, RowStore, RowTable, RowsCommit, RowsDiff, RowsOwner, Standing, Test,
    check_fingerprint, number_key,
};
pub use signal::{Listener, Signal};
pub use snapshot::{
    AsDeclared, OnDifference, Snapshot, SnapshotCheck, SnapshotPoint, SnapshotPolicy, Snapshots,
};
pub use store::{Cause, Conflict, Direction, EventStore, Limits, LogPage, Slice, StoreError};
pub use time::{Clock, Date, Duration, SystemClock, TimeError, Timestamp};
pub use upcast::{Split, Upcast};
pub use value::{Factor, Number, UnknownSymbol, Value, number};

/// What a module that writes rules by hand, or executes commands, wants to have at hand.
pub mod prelude {
    #[doc(no_inline)]
    pub use crate::{
        Aggregate, App, AppOptions, Apply, At, Bytes, Command, CommandId, Context, Create, Date,
        Decimal, Duration, Emit, Event, EventContext, EventSet, EventStore, ExecuteError,
        ExecuteOptions, Executed, Find, Handle, HandleAny, HandleNew, Id, Insert, Loaded,
        MemoryRows, Metadata, NewRow, Project, ProjectRows, Projection, Projections, ReadModel,
        RowError, Rows, Split, Timestamp, Upcast, Uuid, Value, emit,
    };
}

pub use rust_decimal::Decimal;
pub use uuid::Uuid;
