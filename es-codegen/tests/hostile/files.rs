//! What is given in the place of a schema file, and where the code is to go.

use crate::{
    beside,
    child::{refused, refused_with, run},
    said,
};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};
use tempfile::TempDir;

const SCHEMA: &str = include_str!("accepted/plain.yaml");

fn folder() -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("right.yaml"), SCHEMA).unwrap();
    temp
}

/// Puts something in the place of `schema`, which is then refused as a snapshot says.
#[track_caller]
fn refused_as(name: &str, put: impl Fn(&Path)) {
    let temp = folder();
    put(&temp.path().join("schema"));
    said("files", name, &refused(temp.path(), "schema"));
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn nothing_at_all_is_refused() {
    refused_as("nothing", |_| {});
}

#[test]
fn an_empty_file_is_refused() {
    refused_as("empty-file", |path| fs::write(path, "").unwrap());
}

#[test]
fn an_empty_folder_is_refused() {
    refused_as("empty-folder", |path| fs::create_dir(path).unwrap());
}

#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    refused_as("pipe", pipe);
}

#[test]
fn a_pipe_in_a_folder_is_refused_and_not_waited_for() {
    refused_as("pipe-in-a-folder", |path| {
        fs::create_dir(path).unwrap();
        pipe(&path.join("a.yaml"));
    });
}

#[test]
fn a_device_without_an_end_is_refused() {
    refused_as("device", |path| symlink("/dev/zero", path).unwrap());
}

#[test]
fn a_link_to_itself_is_refused() {
    refused_as("link-to-itself", |path| symlink(path, path).unwrap());
}

#[test]
fn two_links_to_each_other_in_a_folder_are_refused() {
    refused_as("links-in-a-folder", |path| {
        fs::create_dir(path).unwrap();
        symlink("b.yaml", path.join("a.yaml")).unwrap();
        symlink("a.yaml", path.join("b.yaml")).unwrap();
    });
}

#[test]
fn a_folder_that_holds_itself_by_a_link_is_not_followed() {
    refused_as("folder-in-itself", |path| {
        fs::create_dir(path).unwrap();
        symlink(".", path.join("again.yaml")).unwrap();
    });
}

#[test]
fn a_link_to_nothing_is_refused() {
    refused_as("link-to-nothing", |path| symlink("nowhere", path).unwrap());
}

#[test]
fn a_binary_is_refused() {
    refused_as("binary", |path| {
        fs::write(path, b"\x7fELF\x02\x01\x01\x00\xff\xfe\xfd").unwrap();
    });
}

#[test]
fn a_file_of_holes_is_refused() {
    // It takes up no room on the disk, and 1 TB in memory.
    refused_as("holes", |path| {
        fs::File::create(path).unwrap().set_len(1 << 40).unwrap();
    });
}

#[test]
fn many_files_that_are_together_too_large_are_refused() {
    refused_as("large-together", |path| {
        fs::create_dir(path).unwrap();
        let text = "#".repeat(1024 * 1024);
        for n in 0..20 {
            fs::write(path.join(format!("{n:02}.yaml")), &text).unwrap();
        }
    });
}

#[test]
fn many_files_that_together_say_too_much_are_refused() {
    refused_as("many-together", |path| {
        fs::create_dir(path).unwrap();
        for file in 0..10 {
            let types: String = (0..25_000).map(|n| format!(" T{file}x{n}: u8\n")).collect();
            fs::write(
                path.join(format!("{file}.yaml")),
                format!("types:\n{types}"),
            )
            .unwrap();
        }
    });
}

#[test]
fn an_unreadable_file_is_refused() {
    let temp = folder();
    let path = temp.path().join("schema");
    fs::write(&path, SCHEMA).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        // Nothing is unreadable to the super user.
        assert_eq!(run(temp.path(), &["generate", "schema"]).status, 0);
        return;
    }
    said("files", "unreadable", &refused(temp.path(), "schema"));
}

#[test]
fn a_path_through_a_file_is_refused() {
    let temp = folder();
    said(
        "files",
        "path-through-a-file",
        &refused(temp.path(), "right.yaml/schema"),
    );
}

#[test]
fn a_path_that_is_too_long_is_refused() {
    let temp = folder();
    let path = "a/".repeat(5_000);
    let text = refused(temp.path(), &path);
    said("files", "long-path", &text.replace(&path, "a/a/…"));
}

#[test]
fn a_name_that_is_too_long_is_refused() {
    let temp = folder();
    let name = "a".repeat(256);
    let text = refused(temp.path(), &name);
    said("files", "long-name", &text.replace(&name, "aaa…"));
}

/// The schema is right, and the folder to write into is not.
#[track_caller]
fn refused_into(name: &str, put: impl Fn(&Path)) {
    let temp = folder();
    put(&temp.path().join("out"));
    said(
        "files",
        name,
        &refused_with(temp.path(), &["generate", "right.yaml", "--out", "out"]),
    );
}

#[test]
fn an_output_folder_that_is_a_file_is_refused() {
    refused_into("out-is-a-file", |path| fs::write(path, "").unwrap());
}

#[test]
fn an_output_folder_that_is_a_link_is_refused() {
    refused_into("out-is-a-link", |path| symlink("/tmp", path).unwrap());
}

#[test]
fn an_output_folder_that_is_a_link_to_itself_is_refused() {
    refused_into("out-is-a-link-to-itself", |path| {
        symlink(path, path).unwrap()
    });
}

#[test]
fn an_output_folder_that_is_a_pipe_is_refused() {
    refused_into("out-is-a-pipe", pipe);
}

#[test]
fn an_output_file_that_is_a_link_is_refused() {
    refused_into("out-file-is-a-link", |path| {
        fs::create_dir(path).unwrap();
        symlink("../right.yaml", path.join("types.rs")).unwrap();
    });
}

#[test]
fn an_output_file_that_is_a_pipe_is_refused() {
    refused_into("out-file-is-a-pipe", |path| {
        fs::create_dir(path).unwrap();
        pipe(&path.join("types.rs"));
    });
}

#[test]
fn an_output_file_that_is_a_folder_is_refused() {
    refused_into("out-file-is-a-folder", |path| {
        fs::create_dir_all(path.join("types.rs")).unwrap();
    });
}

#[test]
fn no_name_in_a_schema_leads_out_of_the_output_folder() {
    let temp = tempfile::tempdir().unwrap();
    fs::copy(
        beside("accepted/names-like-paths.yaml"),
        temp.path().join("s.yaml"),
    )
    .unwrap();
    let answer = run(temp.path(), &["generate", "s.yaml", "--out", "in/here"]);
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    let names = |folder: &str| {
        let entries = fs::read_dir(temp.path().join(folder)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("."), ["in", "s.yaml"]);
    assert_eq!(names("in"), ["here"]);
    assert!(
        names("in/here")
            .iter()
            .all(|name| name.to_str().unwrap().ends_with(".rs"))
    );
}

#[test]
fn a_model_that_is_a_pipe_is_refused() {
    let temp = folder();
    pipe(&temp.path().join("model.json"));
    let arguments = ["generate", "--from-model", "model.json", "--out", "out"];
    said(
        "files",
        "model-is-a-pipe",
        &refused_with(temp.path(), &arguments),
    );
}

#[test]
fn a_model_of_nested_brackets_is_refused() {
    let temp = folder();
    fs::write(temp.path().join("model.json"), "[".repeat(100_000)).unwrap();
    let arguments = ["generate", "--from-model", "model.json", "--out", "out"];
    said(
        "files",
        "model-of-brackets",
        &refused_with(temp.path(), &arguments),
    );
}
