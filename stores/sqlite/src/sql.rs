//! The SQL of the store, one statement per file.

use rusqlite::{Connection, PrepFlags, Statement};

use crate::options::Durability;

/// Prepares a statement for as long as its connection is open.
///
/// SQLite is told so: else each would take of the small memory that a connection keeps ready for running them, and with
/// that gone an append takes half as many instructions again.
pub(crate) fn prepare<'c>(
    connection: &'c Connection,
    sql: &str,
) -> Result<Statement<'c>, rusqlite::Error> {
    connection.prepare_with_flags(sql, PrepFlags::SQLITE_PREPARE_PERSISTENT)
}

/// Has the connection sync its commits as they promise; between transactions only.
pub(crate) const fn synced(durability: Durability) -> &'static str {
    match durability {
        Durability::Full => "pragma synchronous = full; pragma wal_autocheckpoint = 1000",
        Durability::LosesLastCommitsOnPowerCut => {
            "pragma synchronous = normal; pragma wal_autocheckpoint = 1000"
        }
    }
}

pub(crate) const LAYOUT: &str = include_str!("sql/layout.sql");

pub(crate) const BEGIN: &str = "begin immediate";
pub(crate) const COMMIT: &str = "commit";
pub(crate) const ROLLBACK: &str = "rollback";
pub(crate) const SAVEPOINT: &str = "savepoint task";
pub(crate) const RELEASE: &str = "release task";
pub(crate) const ROLLBACK_TO: &str = "rollback to task";
pub(crate) const BEGIN_READ: &str = "begin";
/// Nor taken up into the file by SQLite itself, which tells nobody where a sync fails.
pub(crate) const NOT_SYNCED: &str = "pragma synchronous = normal; pragma wal_autocheckpoint = 0";
pub(crate) const LOOK_AT_LOG: &str = "pragma wal_checkpoint(noop)";
pub(crate) const TAKE_UP_LOG: &str = "pragma wal_checkpoint(passive)";
pub(crate) const BEGIN_LOG_ANEW: &str = "pragma wal_checkpoint(truncate)";
pub(crate) const DATA_VERSION: &str = "pragma data_version";

pub(crate) const LAST_EVENT: &str = include_str!("sql/last_event.sql");
pub(crate) const INSERT_CATEGORY: &str = include_str!("sql/insert_category.sql");
pub(crate) const FIND_CATEGORY: &str = include_str!("sql/find_category.sql");
pub(crate) const CATEGORY_NAME: &str = include_str!("sql/category_name.sql");
pub(crate) const INSERT_EVENT_TYPE: &str = include_str!("sql/insert_event_type.sql");
pub(crate) const FIND_EVENT_TYPE: &str = include_str!("sql/find_event_type.sql");
pub(crate) const EVENT_TYPE_NAME: &str = include_str!("sql/event_type_name.sql");
pub(crate) const LAST_VERSION: &str = include_str!("sql/last_version.sql");
pub(crate) const INSERT_EVENT: &str = include_str!("sql/insert_event.sql");
pub(crate) const HAS_EVENT_ID: &str = include_str!("sql/has_event_id.sql");
pub(crate) const INSERT_TAG_NAME: &str = include_str!("sql/insert_tag_name.sql");
pub(crate) const FIND_TAG_NAME: &str = include_str!("sql/find_tag_name.sql");
pub(crate) const INSERT_TAG: &str = include_str!("sql/insert_tag.sql");
pub(crate) const INSERT_COMMAND: &str = include_str!("sql/insert_command.sql");
pub(crate) const FIND_COMMAND: &str = include_str!("sql/find_command.sql");
pub(crate) const KEEP_SNAPSHOT: &str = include_str!("sql/keep_snapshot.sql");
pub(crate) const FIND_SNAPSHOT: &str = include_str!("sql/find_snapshot.sql");
pub(crate) const DROP_SNAPSHOT: &str = include_str!("sql/drop_snapshot.sql");
pub(crate) const INSERT_PROJECTION: &str = include_str!("sql/insert_projection.sql");
pub(crate) const FIND_PROJECTION: &str = include_str!("sql/find_projection.sql");
pub(crate) const FIND_GENERATION: &str = include_str!("sql/find_generation.sql");
pub(crate) const MOVE_PROJECTION: &str = include_str!("sql/move_projection.sql");
pub(crate) const SET_ROLE: &str = include_str!("sql/set_role.sql");
pub(crate) const SET_DEFINITION: &str = include_str!("sql/set_definition.sql");
pub(crate) const DELETE_PROJECTION: &str = include_str!("sql/delete_projection.sql");
pub(crate) const PARK: &str = include_str!("sql/park.sql");
pub(crate) const TAKE_UP: &str = include_str!("sql/take_up.sql");
pub(crate) const DELETE_PARKED: &str = include_str!("sql/delete_parked.sql");
/// Sorted when it is asked for: what is parked is little, and an index more would be paid for by all of it.
pub(crate) const READ_PARKED: &str = include_str!("sql/read_parked.sql");
pub(crate) const READ_EVENT: &str = include_str!("sql/read_event.sql");
pub(crate) const NEXT_TYPE_OF_TAG: &str = include_str!("sql/next_type_of_tag.sql");

/// A statement that ends in `order by …`, and its twin for the other direction.
pub(crate) struct BothWays {
    pub(crate) forwards: &'static str,
    pub(crate) backwards: &'static str,
}

macro_rules! both_ways {
    ($file:literal) => {
        BothWays {
            forwards: include_str!($file),
            backwards: concat!(include_str!($file), " desc"),
        }
    };
}

pub(crate) const READ_LOG: BothWays = both_ways!("sql/read_log.sql");
pub(crate) const READ_LOG_BARE: BothWays = both_ways!("sql/read_log_bare.sql");
pub(crate) const READ_STREAM_BARE: BothWays = both_ways!("sql/read_stream_bare.sql");
pub(crate) const READ_TYPE_BARE: BothWays = both_ways!("sql/read_type_bare.sql");
pub(crate) const READ_STREAM: BothWays = both_ways!("sql/read_stream.sql");
pub(crate) const READ_TYPE: BothWays = both_ways!("sql/read_type.sql");
pub(crate) const POSITIONS_OF_TYPE: BothWays = both_ways!("sql/positions_of_type.sql");
pub(crate) const POSITIONS_OF_TAG: BothWays = both_ways!("sql/positions_of_tag.sql");

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// Every statement that reads finds its rows by an index, and in the order it promises without sorting them.
    #[test]
    fn every_statement_is_driven_by_an_index() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(LAYOUT).unwrap();
        let mut statements = vec![
            FIND_CATEGORY,
            CATEGORY_NAME,
            FIND_EVENT_TYPE,
            EVENT_TYPE_NAME,
            LAST_VERSION,
            HAS_EVENT_ID,
            FIND_TAG_NAME,
            FIND_COMMAND,
            FIND_SNAPSHOT,
            DROP_SNAPSHOT,
            READ_EVENT,
            NEXT_TYPE_OF_TAG,
            FIND_PROJECTION,
            FIND_GENERATION,
            MOVE_PROJECTION,
            SET_ROLE,
            SET_DEFINITION,
            DELETE_PROJECTION,
            TAKE_UP,
            DELETE_PARKED,
        ];
        for both in [
            READ_LOG,
            READ_LOG_BARE,
            READ_STREAM,
            READ_STREAM_BARE,
            READ_TYPE,
            READ_TYPE_BARE,
            POSITIONS_OF_TYPE,
            POSITIONS_OF_TAG,
        ] {
            statements.extend([both.forwards, both.backwards]);
        }
        for sql in statements {
            let mut plan = connection
                .prepare(&format!("explain query plan {sql}"))
                .unwrap();
            let nothing = vec![rusqlite::types::Null; plan.parameter_count()];
            let steps: Vec<String> = plan
                .query_map(rusqlite::params_from_iter(nothing), |row| row.get(3))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            for step in &steps {
                let is_driven = step.starts_with("SEARCH")
                    || step.starts_with("SCALAR SUBQUERY")
                    || step.starts_with("CORRELATED SCALAR SUBQUERY")
                    || step == "SCAN CONSTANT ROW";
                assert!(is_driven, "{sql}\n{steps:#?}");
            }
        }
    }

    #[test]
    fn positions_are_found_in_the_index_alone() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(LAYOUT).unwrap();
        for (sql, index) in [
            (
                POSITIONS_OF_TYPE.forwards,
                "USING COVERING INDEX event_of_type",
            ),
            (
                POSITIONS_OF_TYPE.backwards,
                "USING COVERING INDEX event_of_type",
            ),
            (
                POSITIONS_OF_TAG.forwards,
                "USING PRIMARY KEY (tag=? AND type=? AND position>? AND position<?)",
            ),
            (
                POSITIONS_OF_TAG.backwards,
                "USING PRIMARY KEY (tag=? AND type=? AND position>? AND position<?)",
            ),
            (
                READ_TYPE.forwards,
                "event_of_type (type=? AND rowid>? AND rowid<?)",
            ),
            (
                READ_STREAM.backwards,
                "event_of_stream (category=? AND key=? AND version>? AND version<?)",
            ),
        ] {
            let step: String = connection
                .query_row(
                    &format!("explain query plan {sql}"),
                    rusqlite::params_from_iter(vec![1; sql.matches('?').count()]),
                    |row| row.get(3),
                )
                .unwrap();
            assert!(step.contains(index), "{sql}\n{step}");
        }
    }
}
