//! A ledger in several releases: the same stored names, other states or rules. Its fold is not idempotent, and order counts
//! in it: an event that is folded twice, or not at all, or in another place, shows.

use es_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Id)]
pub struct LedgerId(String);

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "begun")]
pub struct Begun {}

#[derive(Debug, Clone, PartialEq, Event, Serialize, Deserialize)]
#[event(name = "entered")]
pub struct Entered {
    pub amount: i64,
}

/// What a ledger does with an entry.
pub type Rule = fn(u64, i64) -> u64;

/// The rule of most releases.
pub fn thrice_and(balance: u64, amount: i64) -> u64 {
    balance.wrapping_mul(3).wrapping_add_signed(amount)
}

/// Another one, as by somebody who mended the rule.
pub fn five_times_and(balance: u64, amount: i64) -> u64 {
    balance.wrapping_mul(5).wrapping_add_signed(amount)
}

macro_rules! release {
    ($(#[doc = $doc:literal])* $release:ident, $rule:expr, [$($attribute:tt)*], { $($more:ident: $ty:ty),* }) => {
        $(#[doc = $doc])*
        pub mod $release {
            use super::*;

            #[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
            #[aggregate(
                name = "ledger",
                id = LedgerId,
                events(Begun: create, Entered),
                commands(Begin: new, Enter, Refuse),
                error = Refused,
                $($attribute)*
            )]
            pub struct Ledger {
                pub balance: u64,
                pub entries: u64,
                $(pub $more: $ty,)*
            }

            #[derive(Debug, Clone, Command, Serialize, Deserialize)]
            #[command(emits(Begun))]
            pub struct Begin {}

            /// Enters each of these.
            #[derive(Debug, Clone, Command, Serialize, Deserialize)]
            #[command(emits(Entered))]
            pub struct Enter {
                pub amounts: Vec<i64>,
            }

            /// Is refused.
            #[derive(Debug, Clone, Command, Serialize, Deserialize)]
            #[command(emits(Entered))]
            pub struct Refuse {}

            impl Create<Begun> for Ledger {
                fn create(_: Begun) -> Self {
                    Self {
                        balance: 1,
                        entries: 0,
                        $($more: Default::default(),)*
                    }
                }
            }

            impl Apply<Entered> for Ledger {
                fn apply(&mut self, event: Entered) {
                    let rule: Rule = $rule;
                    self.balance = rule(self.balance, event.amount);
                    self.entries += 1;
                }
            }

            impl HandleNew<Begin> for Ledger {
                fn handle_new(_: Begin, _: &Context<Self>) -> Result<Emit<Begin>, Refused> {
                    Ok(emit(Begun {}))
                }
            }

            impl Handle<Enter> for Ledger {
                fn handle(&self, command: Enter, _: &Context<Self>) -> Result<Emit<Enter>, Refused> {
                    let events = command.amounts.into_iter().map(|amount| Entered { amount });
                    Ok(events.fold(Emit::nothing(), Emit::and))
                }
            }

            impl Handle<Refuse> for Ledger {
                fn handle(&self, _: Refuse, _: &Context<Self>) -> Result<Emit<Refuse>, Refused> {
                    Err(Refused)
                }
            }
        }
    };
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("refused")]
pub struct Refused;

release! {
    /// The first release.
    first, thrice_and, [snapshot(every = 10)], {}
}
release! {
    /// The rule was changed, and nobody thought of the revision.
    careless, five_times_and, [snapshot(every = 10)], {}
}
release! {
    /// The rule was changed, and the revision says so.
    revised, five_times_and, [snapshot(every = 10), revision = 2], {}
}
release! {
    /// The rule was generated, and so was its hash.
    generated, five_times_and, [snapshot(every = 10), rules = "5f3c"], {}
}
release! {
    /// The state has one field more, which the stored ones lack.
    wider, thrice_and, [snapshot(every = 10)], { note: Option<String> }
}
release! {
    /// A part of the state cannot be written.
    unwritable, thrice_and, [snapshot(every = 10)], { weight: Unwritable }
}

/// A number that is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Value)]
pub struct Unwritable(f64);

impl Default for Unwritable {
    fn default() -> Self {
        Self(f64::NAN)
    }
}
