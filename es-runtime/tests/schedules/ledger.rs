//! A ledger of marks in which every event says on which state it was decided.

use es_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Id)]
pub(crate) struct LedgerId(String);

#[derive(Debug, Clone, PartialEq, Aggregate)]
#[aggregate(
    name = "ledger",
    id = LedgerId,
    events(Begun: create, Noted),
    commands(Note: any, NoteUnless: any),
    error = There,
)]
pub(crate) struct Ledger {
    /// One bit for each.
    pub(crate) marks: u64,
}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "begun")]
pub(crate) struct Begun {
    pub(crate) mark: u64,
}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "noted")]
pub(crate) struct Noted {
    pub(crate) mark: u64,
    /// Those that were there when it was decided.
    pub(crate) before: u64,
}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Begun, Noted))]
pub(crate) struct Note {
    pub(crate) mark: u64,
}

/// Is refused where another mark is there already.
#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Begun, Noted))]
pub(crate) struct NoteUnless {
    pub(crate) mark: u64,
    pub(crate) unless: u64,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("there already: {0:b}")]
pub(crate) struct There(pub(crate) u64);

impl Create<Begun> for Ledger {
    fn create(event: Begun) -> Self {
        Self { marks: event.mark }
    }
}

impl Apply<Noted> for Ledger {
    fn apply(&mut self, event: Noted) {
        self.marks |= event.mark;
    }
}

impl HandleAny<Note> for Ledger {
    fn handle_any(
        state: Option<&Self>,
        command: Note,
        _: &Context<Self>,
    ) -> Result<Emit<Note>, There> {
        let mark = command.mark;
        Ok(match state {
            None => emit(Begun { mark }),
            Some(ledger) => emit(Noted {
                mark,
                before: ledger.marks,
            }),
        })
    }
}

impl HandleAny<NoteUnless> for Ledger {
    fn handle_any(
        state: Option<&Self>,
        command: NoteUnless,
        _: &Context<Self>,
    ) -> Result<Emit<NoteUnless>, There> {
        let NoteUnless { mark, unless } = command;
        match state {
            None => Ok(emit(Begun { mark })),
            Some(ledger) if ledger.marks & unless != 0 => Err(There(unless)),
            Some(ledger) => Ok(emit(Noted {
                mark,
                before: ledger.marks,
            })),
        }
    }
}
