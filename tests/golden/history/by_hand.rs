//! The changes that the schema of the parcels leaves to people.

use super::generated::history::parcel::{PaidV2, PaidV3};
use super::generated::history::types::IbanV1;
use super::generated::parcel::events;
use super::generated::{Iban, Money};
use es_runtime::{Decimal, EventContext, Upcast};

impl Upcast<IbanV1> for Iban {
    fn upcast(event: IbanV1, _cx: &EventContext<'_>) -> Self {
        Self {
            text: event.country + &event.rest,
        }
    }
}

impl Upcast<PaidV2> for PaidV3 {
    /// Before there were amounts, each payment was the last one again and what was added to it.
    fn upcast(event: PaidV2, cx: &EventContext<'_>) -> Self {
        let before = cx.earlier_of::<events::Paid>();
        let last = before.last().map_or(Money::ZERO, |paid| paid.amount);
        Self {
            amount: last + Money::from(Decimal::from(event.cents)),
            by: event.with,
        }
    }
}
