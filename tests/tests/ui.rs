//! Each mistake gives one error, at the token that is wrong. A file is named after its mistake.

#[test]
fn the_derives_tell_what_is_wrong_in_an_attribute() {
    trybuild::TestCases::new().compile_fail("ui/macro/*.rs");
}

/// The words around ours are rustc's and change with it.
#[test]
fn the_compiler_tells_what_does_not_fit_together() {
    trybuild::TestCases::new().compile_fail("ui/rustc/*.rs");
}
