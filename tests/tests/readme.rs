//! The README shows what is compiled and run.

use std::path::Path;

#[test]
fn the_program_of_the_readme_is_the_one_that_is_compiled() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let readme = read("../README.md");
    for file in ["readme/parcels.yaml", "readme/src/main.rs"] {
        assert!(
            readme.contains(&read(file)),
            "{file} is not in the README as it is"
        );
    }
    assert!(read("readme/build.rs").contains(
        r#"fn main() {
    es_codegen::build("parcels.yaml");
}"#
    ));
    assert!(readme.contains(r#"fn main() { es_codegen::build("parcels.yaml"); }"#));
}
