use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Greeted {
    pub whom: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Greet {
    pub whom: String,
}

fn main() {
    let connection = rusqlite::Connection::open("hello.db").expect("a file");
    connection
        .execute_batch("create table if not exists greeting (whom text not null) strict")
        .expect("a table");
    let greet = Greet { whom: "world".into() };
    connection
        .execute("insert into greeting (whom) values (?1)", [&greet.whom])
        .expect("a greeting");
}
