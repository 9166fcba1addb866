//! Four generations of one program over one database file: each a package that cargo builds from a schema of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use rusqlite::Connection;
use tempfile::TempDir;

/// What the schema of a generation says of types and events, and the commands by which its program writes.
struct Generation {
    item: &'static str,
    events: &'static str,
    emit: &'static str,
    add: &'static str,
    ship: &'static str,
}

const GENERATIONS: [Generation; 4] = [
    Generation {
        item: "{ sku: String }",
        events: "
      ItemAdded: { fields: { item: Item }, apply: state.items.push(event.item) }
      OrderShipped: { fields: { courier: String }, apply: state.shipped = true }",
        emit: "{ fields: { courier: String }, emit: OrderShipped }",
        add: "AddItem { item: Item { sku: \"A1\".to_owned() } }",
        ship: "Ship { courier: \"DHL\".to_owned() }",
    },
    // A field is called otherwise.
    Generation {
        item: "{ sku: String }",
        events: "
      ItemAdded: { fields: { item: Item }, apply: state.items.push(event.item) }
      OrderShipped:
        fields: { carrier: String }
        apply: state.shipped = true
        changes:
          - rename: { courier: carrier }",
        emit: "{ fields: { carrier: String }, emit: OrderShipped }",
        add: "AddItem { item: Item { sku: \"A2\".to_owned() } }",
        ship: "Ship { carrier: \"UPS\".to_owned() }",
    },
    // A value object and an event have one field more.
    Generation {
        item: "{ fields: { sku: String, quantity: u32 }, changes: [ { add: { quantity: \"1\" } } ] }",
        events: "
      ItemAdded:
        fields: { item: Item }
        apply: state.items.push(event.item)
        changes:
          - follows: Item
      OrderShipped:
        fields: { carrier: String, shipped_at: Timestamp }
        apply: state.shipped = true
        changes:
          - rename: { courier: carrier }
          - add: { shipped_at: cx.recorded_at() }",
        emit: "{ fields: { carrier: String }, emit: { OrderShipped: { shipped_at: cx.now() } } }",
        add: "AddItem { item: Item { sku: \"A3\".to_owned(), quantity: 3 } }",
        ship: "Ship { carrier: \"GLS\".to_owned() }",
    },
    // One more that older code can do without, one of another type, and an event of another name.
    Generation {
        item: "{ fields: { sku: String, quantity: u32 }, changes: [ { add: { quantity: \"1\" } } ] }",
        events: "
      ItemAdded:
        fields: { item: Item, price: Decimal }
        apply: state.items.push(event.item)
        changes:
          - follows: Item
          - add: { price: Decimal::ONE }
      OrderShipped:
        fields: { carrier: String, shipped_at: u64, note: Option<String> }
        apply: state.shipped = true
        changes:
          - rename: { courier: carrier }
          - add: { shipped_at: cx.recorded_at() }
          - add: { note: Some(event.carrier.to_lowercase()) }
          - retype: { shipped_at: { from: Timestamp, with: 7 } }",
        emit: "{ fields: { carrier: String }, emit: { OrderShipped: { shipped_at: \"8\", note: None } } }",
        add: "AddItem { item: Item { sku: \"A4\".to_owned(), quantity: 4 }, price: Decimal::TEN }",
        ship: "Ship { carrier: \"FDX\".to_owned() }",
    },
];

impl Generation {
    fn schema(&self) -> String {
        let Self {
            item, events, emit, ..
        } = self;
        let add = match events.contains("price") {
            true => "{ fields: { item: Item, price: Decimal }, emit: ItemAdded }",
            false => "{ fields: { item: Item }, emit: ItemAdded }",
        };
        format!(
            "domain: shop
types:
  OrderId: String
  Item: {item}
aggregates:
  Order:
    id: OrderId
    snapshot: {{ every: 1 }}
    state: {{ items: Vec<Item>, shipped: bool }}
    commands:
      Place: {{ for: new, emit: OrderPlaced }}
      AddItem: {add}
      Ship: {emit}
    events:
      OrderPlaced: {{ create: {{ items: \"vec![]\", shipped: false }} }}{events}
projections:
  Shipped:
    key: OrderId
    row: {{ items: u32, shipped: bool }}
    events:
      OrderPlaced: {{ insert: {{ items: 0, shipped: false }} }}
      ItemAdded: {{ update: row.items += 1 }}
      OrderShipped: {{ update: row.shipped = true }}
"
        )
    }

    fn program(&self) -> String {
        let Self { add, ship, .. } = self;
        PROGRAM.replace("ADD", add).replace("SHIP", ship)
    }
}

const PROGRAM: &str = r#"#![deny(warnings)]
mod generated;

#[allow(unused_imports)]
use es_runtime::Decimal;
use es_runtime::{App, Projections, Slice};
use generated::order::commands::{AddItem, Place, Ship};
use generated::{Item, Order, OrderId, Shipped};
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let [_, database, verb, key] = std::env::args().collect::<Vec<_>>().try_into().unwrap();
    let app = App::new(es_sqlite::SqliteStore::open(database)?);
    let id = OrderId::new(key);
    match verb.as_str() {
        "write" => {
            app.execute(&id, Place {}).await?;
            app.execute(&id, ADD).await?;
            app.execute(&id, SHIP).await?;
        }
        "read" => match app.history::<Order>(&id, Slice::after(None, 100)).await {
            Ok(events) => events.iter().for_each(|event| println!("{:?}", event.event)),
            Err(error) => println!("error: {error}"),
        },
        "load" => match app.load::<Order>(&id).await {
            Ok(loaded) => println!("{:?}", loaded.state.unwrap()),
            Err(error) => println!("error: {error}"),
        },
        "rebuild" => {
            let projections = Projections::new(app.store().clone()).with::<Shipped>();
            projections.rebuild("Shipped", |_| {}).await?;
            println!("{:?}", projections.read::<Shipped>().get(&id).await?);
        }
        verb => panic!("{verb}"),
    }
    Ok(())
}
"#;

/// The four programs, built together once.
struct Programs {
    _folder: TempDir,
    target: PathBuf,
}

impl Programs {
    fn get() -> &'static Self {
        static PROGRAMS: OnceLock<Programs> = OnceLock::new();
        PROGRAMS.get_or_init(Self::build)
    }

    fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let mut members = Vec::new();
        for (number, generation) in (1..).zip(&GENERATIONS) {
            let name = format!("es-test-generation-{number}");
            let dependency =
                |name: &str, path: &str| format!("{name} = {{ path = {:?} }}\n", root.join(path));
            let manifest = format!(
                "[package]\nname = {name:?}\nedition = \"2024\"\n\n[dependencies]\n{}{}\
                 serde = {{ version = \"1\", features = [\"derive\"] }}\n\
                 tokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\n\n\
                 [build-dependencies]\n{}",
                dependency("es-runtime", "es-runtime"),
                dependency("es-sqlite", "stores/sqlite"),
                dependency("es-codegen", "es-codegen"),
            );
            write(&format!("{name}/Cargo.toml"), &manifest);
            write(&format!("{name}/shop.yaml"), &generation.schema());
            let script = "fn main() { es_codegen::build(\"shop.yaml\"); }\n";
            write(&format!("{name}/build.rs"), script);
            write(&format!("{name}/src/main.rs"), &generation.program());
            members.push(name);
        }
        let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
        write("Cargo.toml", &workspace);
        fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
        // The target folder of the workspace, in which the dependencies are compiled already.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet"])
            .current_dir(folder.path())
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
            .env("CARGO_TERM_COLOR", "never")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{said}");
        Self {
            _folder: folder,
            target: target.join("debug"),
        }
    }

    /// What a generation says.
    #[track_caller]
    fn run(&self, generation: usize, database: &Path, verb: &str, key: &str) -> String {
        let program = self.target.join(format!("es-test-generation-{generation}"));
        let output = Command::new(program)
            .arg(database)
            .args([verb, key])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{generation} {verb} {key}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A database into which each generation has written an order of its own.
fn written() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("shop.db");
    for generation in 1..=4 {
        let key = format!("o-{generation}");
        Programs::get().run(generation, &database, "write", &key);
    }
    (folder, database)
}

/// Every stored byte of every event, in order.
fn stored(database: &Path) -> Vec<(i64, i64, Vec<u8>)> {
    let connection = Connection::open(database).unwrap();
    let mut rows = connection
        .prepare("select position, shape, body from event order by position")
        .unwrap();
    let rows = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn the_newest_generation_reads_what_all_have_written() {
    let (_folder, database) = written();
    let run = |verb: &str, key: &str| Programs::get().run(4, &database, verb, key);
    let before = stored(&database);
    let first = run("read", "o-1");
    assert_eq!(
        first,
        "OrderPlaced\n\
         ItemAdded { item: Item { sku: \"A1\", quantity: 1 }, price: 1 }\n\
         OrderShipped { carrier: \"DHL\", shipped_at: 7, note: Some(\"dhl\") }\n"
    );
    assert_eq!(
        run("read", "o-2"),
        "OrderPlaced\n\
         ItemAdded { item: Item { sku: \"A2\", quantity: 1 }, price: 1 }\n\
         OrderShipped { carrier: \"UPS\", shipped_at: 7, note: Some(\"ups\") }\n"
    );
    assert_eq!(
        run("read", "o-3"),
        "OrderPlaced\n\
         ItemAdded { item: Item { sku: \"A3\", quantity: 3 }, price: 1 }\n\
         OrderShipped { carrier: \"GLS\", shipped_at: 7, note: Some(\"gls\") }\n"
    );
    assert_eq!(
        run("read", "o-4"),
        "OrderPlaced\n\
         ItemAdded { item: Item { sku: \"A4\", quantity: 4 }, price: 10 }\n\
         OrderShipped { carrier: \"FDX\", shipped_at: 8, note: None }\n"
    );
    for key in ["o-1", "o-2", "o-3", "o-4"] {
        let state = run("load", key);
        assert!(state.contains("shipped: true"), "{state}");
        let row = run("rebuild", key);
        assert!(row.contains("items: 1, shipped: true"), "{row}");
    }
    // Reading, keeping snapshots and building rows have left every stored byte as it was.
    assert_eq!(stored(&database), before);
}

#[test]
fn an_older_generation_reads_what_it_can_and_tells_what_it_cannot() {
    let (_folder, database) = written();
    let run =
        |generation, verb: &str, key: &str| Programs::get().run(generation, &database, verb, key);
    // An item of the third and an event of the fourth have more than the second knows, and nothing else.
    assert_eq!(
        run(2, "read", "o-3"),
        "OrderPlaced\n\
         ItemAdded { item: Item { sku: \"A3\" } }\n\
         OrderShipped { carrier: \"GLS\" }\n"
    );
    // The fourth stores another type in a field of the third.
    assert_eq!(
        run(3, "read", "o-4"),
        "error: event `OrderShipped` (schema version 5) at version 3 of Order/o-4: it is newer than this code: schema version \
         5 is read by code that knows version 5, and this code knows 3\n"
    );
    assert!(run(3, "load", "o-4").starts_with("error: "));
    // Other streams go on.
    assert!(run(3, "load", "o-1").contains("shipped: true"));
    let first = run(1, "read", "o-2");
    assert!(first.contains("schema version 2"), "{first}");
    assert!(run(1, "load", "o-1").contains("shipped: true"));
}
