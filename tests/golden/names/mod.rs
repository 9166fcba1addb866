//! Names that are hard on generated code, and the rule among them that is written by hand.

pub mod generated;

use es_runtime::Apply;
use generated::{Phase, Result, result::events};

impl Apply<events::State> for Result {
    fn apply(&mut self, event: events::State) {
        self.r#type = Phase::TwoWords;
        self.ok = Some(event.ok);
    }
}
