//! The rules of `Some` that the schema leaves to Rust.

use super::generated::{AccountId, Some, account, r#type};
use es_runtime::{EventContext, Insert, Project, ProjectRows, RowError, Rows};

impl Insert<account::events::Opened> for Some {
    fn insert(account_id: AccountId, _: account::events::Opened, _: &EventContext<'_>) -> Self {
        Self {
            account_id,
            seen: 0,
        }
    }
}

impl Project<account::events::Moved> for Some {
    fn project(&mut self, _: account::events::Moved, _: &EventContext<'_>) {
        self.seen += 1;
    }
}

impl Project<account::events::Looked> for Some {
    fn project(&mut self, _: account::events::Looked, _: &EventContext<'_>) {
        self.seen += 1;
    }
}

impl ProjectRows<account::events::Closed> for Some {
    fn project_rows(
        rows: &mut Rows<'_, Self>,
        _: account::events::Closed,
        cx: &EventContext<'_>,
    ) -> Result<(), RowError> {
        rows.delete(&cx.id())
    }
}

/// Nothing: a row is of an account.
impl ProjectRows<r#type::events::Opened> for Some {
    fn project_rows(
        _: &mut Rows<'_, Self>,
        _: r#type::events::Opened,
        _: &EventContext<'_>,
    ) -> Result<(), RowError> {
        Ok(())
    }
}
