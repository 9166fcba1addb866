//! The guide is true: its files are written, its edits made and its commands run in the order of the text, and what comes
//! out is what the text shows.
//!
//! - A paragraph that ends in `` `name`: `` gives the block below it to that file. A `diff` block changes the file, one at its
//!   end ("At the end of") makes it longer, and one that is "From" it stands in it already.
//! - A `console` block is run, in one shell after the other; `console fails` says that the last command does. Where output
//!   is shown it is the whole output, but for what stands at a line of `...`.
//! - Other blocks are not looked at.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, mem};

#[test]
fn the_first_ten_minutes_go_as_they_are_told() {
    follow("first-ten-minutes.md");
}

#[test]
fn events_change_as_it_is_told() {
    follow("evolution.md");
}

#[test]
fn rows_follow_as_it_is_told() {
    follow("read-models.md");
}

#[test]
fn a_store_is_held_to_the_contract_as_it_is_told() {
    follow("stores.md");
}

#[test]
fn every_link_of_the_guide_leads_to_a_file() {
    let guide = root().join("docs/guide");
    let mut links = 0;
    for chapter in fs::read_dir(&guide).unwrap() {
        let chapter = chapter.unwrap().path();
        let text = fs::read_to_string(&chapter).unwrap();
        // Every other part stands in a block.
        for prose in text.split("\n```").step_by(2) {
            for link in prose.split("](").skip(1) {
                let link = link.split([')', '#']).next().unwrap();
                if !link.is_empty() && !link.contains("://") {
                    let there = guide.join(link).exists();
                    assert!(there, "{} links to {link}", chapter.display());
                    links += 1;
                }
            }
        }
    }
    assert!(links > 0);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn follow(chapter: &str) {
    let text = fs::read_to_string(root().join("docs/guide").join(chapter)).unwrap();
    let mut reader = Reader::new(root());
    if text.contains("\n$ es-codegen ") {
        let (installed, output) = reader.shell(&format!(
            "cargo build -q --manifest-path '{}/Cargo.toml' -p es-codegen",
            root().display()
        ));
        assert!(installed, "{output}");
    }
    for block in blocks(&text) {
        let place = format!("docs/guide/{chapter}:{}", block.line);
        if let Err(problem) = reader.follow(&block) {
            panic!("{place}: {problem}");
        }
    }
    assert!(reader.commands > 0, "{chapter} shows nothing");
    // The folder is another one next time; what was built in it would stay for ever.
    let (cleaned, output) = reader.shell("cargo clean -q -p \"$(basename \"$PWD\")\"");
    assert!(cleaned, "{output}");
}

/// A fenced block.
struct Block<'a> {
    line: usize,
    /// What stands behind the fence.
    info: &'a str,
    /// The paragraph above it, on one line.
    above: String,
    text: String,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let (mut above, mut ended) = (String::new(), false);
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let inside = lines.by_ref().map(|(_, line)| line);
            let text = inside
                .take_while(|line| *line != "```")
                .fold(String::new(), |text, line| text + line + "\n");
            blocks.push(Block {
                line: index + 1,
                info,
                above: mem::take(&mut above),
                text,
            });
        } else if line.is_empty() {
            ended = true;
        } else {
            if mem::take(&mut ended) {
                above.clear();
            }
            above = above + " " + line;
        }
    }
    blocks
}

/// Somebody who does what the guide says, in a folder of their own with a clone beside it.
struct Reader {
    home: tempfile::TempDir,
    /// Where the shell is.
    folder: PathBuf,
    root: PathBuf,
    commands: usize,
}

impl Reader {
    fn new(root: &Path) -> Self {
        let home = tempfile::tempdir().unwrap();
        Self {
            folder: home.path().to_owned(),
            home,
            root: root.to_owned(),
            commands: 0,
        }
    }

    fn follow(&mut self, block: &Block<'_>) -> Result<(), String> {
        match (block.info, file_of(&block.above)) {
            ("console", _) => self.run(&block.text, true),
            ("console fails", _) => self.run(&block.text, false),
            ("diff", Some(file)) => self.edit(file, &block.text),
            ("diff", None) => Err("no file is named above".to_owned()),
            (_, Some(file)) if block.above.contains("At the end of `") => {
                let before = self.read(file)?;
                self.write(file, &(before + &block.text))
            }
            (_, Some(file)) if block.above.contains("From `") => {
                let stands = self.read(file)?.contains(&block.text);
                stands
                    .then_some(())
                    .ok_or(format!("that does not stand in {file}"))
            }
            (_, Some(file)) => self.write(file, &block.text),
            _ => Ok(()),
        }
    }

    fn read(&self, file: &str) -> Result<String, String> {
        let path = self.folder.join(file);
        fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))
    }

    fn write(&self, file: &str, text: &str) -> Result<(), String> {
        // The clone is this workspace, with the versions of other crates that it is tested with.
        let clone = format!("{}/", self.root.display());
        let text = match file {
            "Cargo.toml" => text.replace("../es/", &clone),
            _ => text.to_owned(),
        };
        let written = fs::write(self.folder.join(file), text).and_then(|()| {
            let lock = self.folder.join("Cargo.lock");
            fs::copy(self.root.join("Cargo.lock"), lock)
        });
        written
            .map(drop)
            .map_err(|error| format!("{file}: {error}"))
    }

    fn edit(&self, file: &str, diff: &str) -> Result<(), String> {
        let (mut old, mut new) = (String::new(), String::new());
        for line in diff.lines() {
            let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
            for (side, other) in [(&mut old, "+"), (&mut new, "-")] {
                if sign != other {
                    writeln!(side, "{text}").unwrap();
                }
            }
        }
        let before = self.read(file)?;
        match before.matches(&old).count() {
            1 => self.write(file, &before.replace(&old, &new)),
            count => Err(format!("{count} places in {file} fit the diff")),
        }
    }

    fn run(&mut self, session: &str, succeeds: bool) -> Result<(), String> {
        let session = format!("\n{session}");
        let mut steps = session.split("\n$ ").skip(1).peekable();
        while let Some(step) = steps.next() {
            let (command, shown) = step.split_once('\n').unwrap_or((step, ""));
            if let Some(folder) = command.strip_prefix("cd ") {
                self.folder = self.folder.join(folder);
                continue;
            }
            let (status, output) = self.shell(command);
            let expected = succeeds || steps.peek().is_some();
            if status != expected {
                let outcome = if status { "succeeds" } else { "fails" };
                return Err(format!("`{command}` {outcome}\n{output}"));
            }
            if !shown.trim().is_empty() && !shows(shown, &output) {
                return Err(format!(
                    "`{command}` shows\n{output}\nand not, as the guide says,\n{shown}"
                ));
            }
        }
        Ok(())
    }

    /// Runs a command as somebody would on a machine without a network; answers what is on their screen.
    fn shell(&mut self, command: &str) -> (bool, String) {
        self.commands += 1;
        let mut shell = Command::new("sh");
        for (name, _) in env::vars().filter(|(name, _)| name.starts_with("CARGO_")) {
            // Those of this test run would speak of this crate.
            if name != "CARGO_HOME" {
                shell.env_remove(name);
            }
        }
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide");
        // Where the command is that a reader installs.
        let mut path = vec![target.join("debug")];
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        shell.env("PATH", env::join_paths(path).unwrap());
        let output = shell
            .args(["-c", &format!("exec 2>&1; {command}")])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_NET_OFFLINE", "true")
            // Nobody debugs what is built here, and it is large.
            .env("CARGO_PROFILE_DEV_DEBUG", "none")
            .env("CARGO_INCREMENTAL", "0")
            .env("RUST_BACKTRACE", "0")
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let home = self.home.path().to_str().unwrap();
        (output.status.success(), text.replace(home, "/home/ada"))
    }
}

/// The file that a paragraph gives the block below it to.
fn file_of(above: &str) -> Option<&str> {
    let (_, file) = above.strip_suffix("`:")?.rsplit_once('`')?;
    Some(file)
}

/// Whether the output is the one shown, but for what stands at `...`: lines where it stands alone, else an end of a line.
fn shows(shown: &str, output: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        let lines = text.trim_matches('\n').lines();
        lines.map(|line| line.trim_end().to_owned()).collect()
    };
    let (shown, output) = (lines(shown), lines(output));
    let parts: Vec<&[String]> = shown.split(|line| line == "...").collect();
    let mut rest = output.as_slice();
    for (index, part) in parts.iter().enumerate() {
        let last = rest.len().checked_sub(part.len());
        let place = match (index, last) {
            (_, None) => None,
            (0, Some(_)) => Some(0).filter(|_| parts.len() > 1 || part.len() == rest.len()),
            (index, last) if index + 1 == parts.len() => last,
            (_, Some(last)) => (0..=last).find(|place| is_at(part, &rest[*place..])),
        };
        match place {
            Some(place) if is_at(part, &rest[place..]) => rest = &rest[place + part.len()..],
            _ => return false,
        }
    }
    true
}

/// Whether the lines begin as shown.
fn is_at(shown: &[String], lines: &[String]) -> bool {
    let same = |(shown, line): (&String, &String)| match shown.strip_suffix("...") {
        Some(start) => line.starts_with(start),
        None => shown == line,
    };
    shown.len() <= lines.len() && shown.iter().zip(lines).all(same)
}

#[test]
fn output_is_compared_line_by_line_but_for_what_is_left_out() {
    assert!(shows("a\nb\n", "\na  \nb\n"));
    assert!(!shows("a\n", "a\nb\n"));
    assert!(!shows("a\nb\n", "a\n"));
    assert!(!shows("a\nc\n", "a\nb\n"));
    assert!(shows("...\nb\n...\nd\n", "a\nb\nc\nd\n"));
    assert!(shows("a\n...\n", "a\nb\n"));
    assert!(!shows("a\n...\n", "b\na\n"));
    assert!(!shows("...\nd\n...\nb\n...\n", "a\nb\nc\nd\n"));
    assert!(!shows("...\nb\n", "a\nb\nc\n"));
    assert!(shows("done in ...\n", "done in 3 s\n"));
    assert!(!shows("done in ...\n", "gone in 3 s\n"));
}
