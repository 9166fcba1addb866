//! The rules that the schema leaves to Rust: when an order may be cancelled, and what that makes of it.

use es_runtime::{Apply, Context, Emit, Handle, emit};

use crate::generated::order::{commands, events};
use crate::generated::{Order, OrderError, OrderStatus};

impl Handle<commands::CancelOrder> for Order {
    fn handle(
        &self,
        command: commands::CancelOrder,
        _: &Context<Self>,
    ) -> Result<Emit<commands::CancelOrder>, OrderError> {
        match self.status {
            OrderStatus::Open => Ok(emit(events::OrderCancelled {
                reason: command.reason,
            })),
            // Whoever cancels twice has what they want: no event, and no refusal either.
            OrderStatus::Cancelled => Ok(Emit::nothing()),
            OrderStatus::Shipped => Err(OrderError::TooLate),
        }
    }
}

impl Apply<events::OrderCancelled> for Order {
    fn apply(&mut self, _: events::OrderCancelled) {
        self.status = OrderStatus::Cancelled;
    }
}

#[cfg(test)]
mod tests {
    use es_runtime::testing::{given, parse};

    use super::*;
    use crate::generated::{Money, OrderEvent};

    fn placed() -> OrderEvent {
        let customer = "ada".into();
        events::OrderPlaced { customer }.into()
    }

    fn shipped() -> OrderEvent {
        events::OrderShipped {
            carrier: "DHL".into(),
            total: Money::ZERO,
            shipped_at: parse("2026-01-05T10:00:00Z"),
        }
        .into()
    }

    fn cancelled(reason: &str) -> OrderEvent {
        let reason = reason.into();
        events::OrderCancelled { reason }.into()
    }

    fn cancel(reason: &str) -> commands::CancelOrder {
        let reason = reason.into();
        commands::CancelOrder { reason }
    }

    #[test]
    fn an_open_order_is_cancelled_for_the_reason_given() {
        given::<Order>([placed()])
            .when(cancel("changed my mind"))
            .then([cancelled("changed my mind")])
            .then_state(|order| assert_eq!(order.status, OrderStatus::Cancelled));
    }

    #[test]
    fn a_second_cancellation_changes_nothing() {
        given::<Order>([placed(), cancelled("changed my mind")])
            .when(cancel("really"))
            .then_nothing();
    }

    #[test]
    fn what_is_on_its_way_cannot_be_cancelled() {
        given::<Order>([placed(), shipped()])
            .when(cancel("changed my mind"))
            .then_rejected(OrderError::TooLate);
    }

    #[test]
    fn what_was_never_ordered_cannot_be_cancelled() {
        given::<Order>([]).when(cancel("why not")).then_missing();
    }

    #[test]
    fn nothing_is_added_to_a_cancelled_order() {
        let item = crate::generated::OrderItem {
            sku: "A1".into(),
            quantity: 1,
            price: parse("0.10"),
        };
        given::<Order>([placed(), cancelled("changed my mind")])
            .when(commands::AddItem { item })
            .then_rejected(OrderError::WrongStatus {
                command: "AddItem",
                status: OrderStatus::Cancelled,
            });
    }
}
