//! The rules that the schema of the shop leaves to people.

use super::generated::order::{commands, events};
use super::generated::{Order, OrderError, OrderStatus};
use es_runtime::{Apply, Context, Emit, Handle, emit};

impl Handle<commands::CancelOrder> for Order {
    fn handle(
        &self,
        command: commands::CancelOrder,
        _cx: &Context<Self>,
    ) -> Result<Emit<commands::CancelOrder>, OrderError> {
        match self.status {
            OrderStatus::Open => Ok(emit(events::OrderCancelled {
                reason: command.reason,
            })),
            OrderStatus::Shipped => Err(OrderError::TooLate),
            OrderStatus::Cancelled => Ok(Emit::nothing()),
        }
    }
}

impl Apply<events::OrderCancelled> for Order {
    fn apply(&mut self, _event: events::OrderCancelled) {
        self.status = OrderStatus::Cancelled;
    }
}
