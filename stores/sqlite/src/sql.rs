//! The SQL of the store, one statement per file.

pub(crate) const LAYOUT: &str = include_str!("sql/layout.sql");

pub(crate) const BEGIN: &str = "begin immediate";
pub(crate) const COMMIT: &str = "commit";
pub(crate) const ROLLBACK: &str = "rollback";
pub(crate) const BEGIN_READ: &str = "begin";
pub(crate) const DATA_VERSION: &str = "pragma data_version";

pub(crate) const LAST_EVENT: &str = include_str!("sql/last_event.sql");
pub(crate) const INSERT_CATEGORY: &str = include_str!("sql/insert_category.sql");
pub(crate) const FIND_CATEGORY: &str = include_str!("sql/find_category.sql");
pub(crate) const CATEGORY_NAME: &str = include_str!("sql/category_name.sql");
pub(crate) const INSERT_EVENT_TYPE: &str = include_str!("sql/insert_event_type.sql");
pub(crate) const FIND_EVENT_TYPE: &str = include_str!("sql/find_event_type.sql");
pub(crate) const EVENT_TYPE_NAME: &str = include_str!("sql/event_type_name.sql");
pub(crate) const INSERT_STREAM: &str = include_str!("sql/insert_stream.sql");
pub(crate) const FIND_STREAM: &str = include_str!("sql/find_stream.sql");
pub(crate) const STREAM_NAME: &str = include_str!("sql/stream_name.sql");
pub(crate) const INSERT_EVENT: &str = include_str!("sql/insert_event.sql");
pub(crate) const HAS_EVENT_ID: &str = include_str!("sql/has_event_id.sql");
pub(crate) const INSERT_TAG_NAME: &str = include_str!("sql/insert_tag_name.sql");
pub(crate) const FIND_TAG_NAME: &str = include_str!("sql/find_tag_name.sql");
pub(crate) const INSERT_TAG: &str = include_str!("sql/insert_tag.sql");
pub(crate) const INSERT_COMMAND: &str = include_str!("sql/insert_command.sql");
pub(crate) const FIND_COMMAND: &str = include_str!("sql/find_command.sql");
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
pub(crate) const READ_STREAM: BothWays = both_ways!("sql/read_stream.sql");
pub(crate) const READ_TYPE: BothWays = both_ways!("sql/read_type.sql");
pub(crate) const POSITIONS_OF_TYPE: BothWays = both_ways!("sql/positions_of_type.sql");
pub(crate) const POSITIONS_OF_TAG: BothWays = both_ways!("sql/positions_of_tag.sql");
