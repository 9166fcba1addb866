use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll, Wake, Waker};
use std::thread::{self, Thread};

use es_runtime::prelude::*;
use es_runtime::{App, HandleNew};
use es_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};

#[derive(Id)]
pub struct GreetingId(Uuid);

#[derive(Debug, Clone, Aggregate)]
#[aggregate(name = "greeting", id = GreetingId, error = std::convert::Infallible)]
#[aggregate(events(Greeted: create), commands(Greet: new))]
pub struct Greeting {
    pub whom: String,
}

#[derive(Debug, Clone, Event, Serialize, Deserialize)]
#[event(name = "Greeted")]
pub struct Greeted {
    pub whom: String,
}

#[derive(Debug, Clone, Command, Serialize, Deserialize)]
#[command(emits(Greeted))]
pub struct Greet {
    pub whom: String,
}

impl Create<Greeted> for Greeting {
    fn create(event: Greeted) -> Self {
        Self { whom: event.whom }
    }
}

impl HandleNew<Greet> for Greeting {
    fn handle_new(command: Greet, _: &Context<Self>) -> Result<Emit<Greet>, Self::Error> {
        Ok(emit(Greeted { whom: command.whom }))
    }
}

fn main() {
    let app = App::new(SqliteStore::open("hello.db").expect("a store"));
    let greet = Greet { whom: "world".into() };
    wait(app.execute(&GreetingId::generate(), greet)).expect("a greeting");
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Task::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
