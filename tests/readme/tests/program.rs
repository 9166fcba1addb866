//! The program of the README does what the README says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::Command;

#[test]
fn the_program_posts_and_delivers_a_parcel_once() {
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        Command::new(env!("CARGO_BIN_EXE_readme"))
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    let first = run();
    assert_eq!(
        String::from_utf8(first.stdout).unwrap(),
        "Some(Parcel { to: \"Ada\", delivered: true })\n"
    );
    let second = run();
    assert!(!second.status.success());
    assert!(String::from_utf8(second.stderr).unwrap().contains("Exists"));
}
