//! Values that hold themselves: as deep as can be read back, and refused where they are deeper, before any stack ends.

use std::thread;

use es_kinds::generated::thing::{Thing, ThingEvent, commands, events};
use es_kinds::generated::{Chain, ThingId, Tree};
use es_runtime::{
    App, CommandId, EventSet, ExecuteError, ExecuteOptions, MemoryStore, encode_json,
};

use super::check_event;

fn leaf() -> Tree {
    Tree {
        label: "a".to_owned(),
        weight: -0.0,
        children: vec![],
        twin: None,
        by_name: [].into(),
        chain: Chain::End {},
    }
}

/// A tree of so many trees one in another, by whichever way `hang` hangs one into the next.
fn nested(depth: usize, hang: impl Fn(Tree) -> Tree) -> Tree {
    (1..depth).fold(leaf(), |tree, _| hang(tree))
}

fn as_twin(tree: Tree) -> Tree {
    Tree {
        twin: Some(Box::new(tree)),
        ..leaf()
    }
}

fn as_child(tree: Tree) -> Tree {
    Tree {
        children: vec![tree],
        ..leaf()
    }
}

fn by_name(tree: Tree) -> Tree {
    Tree {
        by_name: [("b.c".to_owned(), tree)].into(),
        ..leaf()
    }
}

fn chain(links: usize) -> Tree {
    let link = |chain, _| Chain::Link {
        next: Box::new(chain),
    };
    Tree {
        chain: (0..links).fold(Chain::End {}, link),
        ..leaf()
    }
}

/// The event that holds a tree, and the path where it is refused.
#[track_caller]
fn refusal(tree: Tree) -> String {
    let event: ThingEvent = events::Grown { tree }.into();
    let error = event.encode().unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("nested deeper than the 127 levels that can be read back"),
        "{error}"
    );
    error.path().unwrap().to_owned()
}

#[track_caller]
fn check_tree(tree: Tree) {
    check_event::<ThingEvent>(&events::Grown { tree }.into());
}

#[test]
fn trees_64_deep_read_back() {
    check_tree(nested(64, as_twin));
    check_tree(nested(60, as_child));
    check_tree(nested(60, by_name));
    check_tree(chain(60));
}

#[test]
fn the_deepest_that_reads_back_is_stored_and_one_more_is_refused_with_its_path() {
    // The event, its tree, and in the innermost the empty list, map or chain.
    check_tree(nested(124, as_twin));
    assert_eq!(
        refusal(nested(125, as_twin)),
        format!("tree{}.chain", ".twin".repeat(124))
    );
    check_tree(nested(62, as_child));
    assert_eq!(
        refusal(nested(63, as_child)),
        format!("tree{}.chain", ".children[0]".repeat(62))
    );
    check_tree(nested(62, by_name));
    assert_eq!(
        refusal(nested(63, by_name)),
        format!("tree{}.chain", ".by_name.b.c".repeat(62))
    );
    check_tree(chain(61));
    assert_eq!(
        refusal(chain(62)),
        format!("tree.chain{}", ".Link.next".repeat(62))
    );
}

/// The stack of a thread unless said otherwise.
const USUAL: usize = 2 * 1024 * 1024;

#[test]
fn what_is_a_thousand_or_a_hundred_thousand_deep_is_refused_on_the_usual_stack() {
    // It takes a large stack to let go of such a value, which is not our doing; to be refused it takes the usual one.
    let whole = || {
        for depth in [1_000, 100_000] {
            for hang in [as_twin, as_child, by_name] {
                let event: ThingEvent = events::Grown {
                    tree: nested(depth, hang),
                }
                .into();
                thread::scope(|scope| {
                    let encode = || event.encode().unwrap_err().to_string();
                    let usual = thread::Builder::new().stack_size(USUAL);
                    let error = usual.spawn_scoped(scope, encode).unwrap().join().unwrap();
                    assert!(error.contains("nested deeper"), "{error}");
                });
            }
        }
    };
    on_a_stack_of(1024 * 1024 * 1024, whole);
}

#[test]
fn what_is_too_deep_is_refused_by_the_application_and_the_aggregate_goes_on() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let app = App::new(MemoryStore::new());
    let id = ThingId::from("one");
    runtime
        .block_on(app.execute(&id, commands::Begin {}))
        .unwrap();
    let grow = |tree| app.execute(&id, commands::Grow { tree });
    let error = runtime.block_on(grow(nested(1_000, as_twin))).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`Grown` cannot be stored at `tree.twin.twin"),
        "{error}"
    );
    // With an id the command itself would be stored too.
    let options = ExecuteOptions::new().command_id(CommandId::from_name("deep"));
    let command = commands::Grow {
        tree: nested(1_000, as_twin),
    };
    let error = runtime
        .block_on(app.execute_with(&id, command, options))
        .unwrap_err();
    assert!(matches!(error, ExecuteError::Unstorable(_)), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("`Grow` cannot be stored at `tree.twin.twin"),
        "{error}"
    );
    on_a_stack_of(1024 * 1024 * 1024, || {
        let error = runtime
            .block_on(grow(nested(100_000, as_twin)))
            .unwrap_err();
        assert!(matches!(error, ExecuteError::Unstorable(_)), "{error}");
    });
    runtime.block_on(grow(nested(64, as_twin))).unwrap();
    let state = runtime
        .block_on(App::new(app.store().clone()).load::<Thing>(&id))
        .unwrap()
        .state;
    assert_eq!(state.unwrap().tree, Some(nested(64, as_twin)));
}

#[test]
fn the_deepest_that_reads_back_is_read_on_the_usual_stack() {
    on_a_stack_of(USUAL, || check_tree(nested(124, as_twin)));
}

#[test]
fn lists_in_lists_are_counted_like_everything_else() {
    fn lists(depth: usize) -> serde_json::Value {
        (0..depth).fold(serde_json::Value::Null, |list, _| vec![list].into())
    }
    super::check(&lists(127));
    let error = encode_json(&lists(128)).unwrap_err();
    assert_eq!(error.path(), Some("[0]".repeat(127).as_str()));
}

fn on_a_stack_of(bytes: usize, run: impl FnOnce() + Send) {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(bytes);
        thread.spawn_scoped(scope, run).unwrap().join().unwrap();
    });
}
