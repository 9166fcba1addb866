//! What is kept beside samples: what they were read as, and what was made of them.
//!
//! Whatever is written is told as well, and fails the test once: it has to be looked at.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::difference;
use super::json::{Lists, canonical, pretty};
use crate::hash::{FNV_START, fnv};

/// What the names of files end in that hold what a sample is read as.
const READS: &str = ".reads.json";

/// The variable that says that what is found is what is meant.
const ACCEPT: &str = "ES_SAMPLES";

/// Whether whoever runs the test says that what is found is what is meant.
pub(super) fn is_accepted() -> bool {
    std::env::var(ACCEPT).is_ok_and(|value| value == "update")
}

/// Whether a file of that name is no sample, but what is kept of samples.
pub(super) fn is_kept(name: &str) -> bool {
    [READS, Thing::State.ending(), Thing::Row.ending()]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// The file beside a sample that holds what it is read as.
pub(super) fn kept_beside(sample: &Path) -> PathBuf {
    let stem = sample.file_stem().unwrap_or_default().to_string_lossy();
    sample.with_file_name(format!("{stem}{READS}"))
}

/// Compares what a sample is read as with what is kept, and keeps it where that is wanted.
pub(super) fn compare_reads(kept: &Path, found: &str, is_accepted: bool) -> Result<(), String> {
    let name = shown(kept);
    let Some(expected) = read(kept)? else {
        write(kept, found)?;
        return Err(format!(
            "what it is read as was kept nowhere; it was written to `{name}`: look at it, and keep it\n{found}"
        ));
    };
    if expected == found {
        return Ok(());
    }
    let difference = difference(&expected, found);
    if is_accepted {
        write(kept, found)?;
        return Err(format!(
            "stored events mean something else than before (-expected +found); `{name}` was written anew\n{difference}"
        ));
    }
    Err(format!(
        "stored events mean something else than before (-expected +found); where that is meant, `{ACCEPT}=update` accepts it\n{difference}"
    ))
}

/// What is made of samples.
#[derive(Clone, Copy)]
pub(super) enum Thing {
    State,
    Row,
}

impl Thing {
    const fn ending(self) -> &'static str {
        match self {
            Self::State => ".states.json",
            Self::Row => ".rows.json",
        }
    }

    const fn plural(self) -> &'static str {
        match self {
            Self::State => "states",
            Self::Row => "rows",
        }
    }

    /// Why others under the same making do harm, and what to do about it.
    const fn way_out(self) -> &'static str {
        match self {
            Self::State => {
                "states that snapshots have kept of this making would now differ from those of the events: \
                 give the aggregate another `revision`, or look at its rules"
            }
            Self::Row => {
                "rows that are stored of this making would now differ from those of the events: \
                 give the projection another `revision`, so that they are made anew, or look at its rules"
            }
        }
    }
}

/// By what states or rows are made.
pub(super) struct Making<'a> {
    pub(super) thing: Thing,
    /// The stored name of the aggregate or the projection.
    pub(super) name: &'a str,
    /// By what its rules by hand are counted.
    pub(super) revision: u32,
    /// A hash of its generated rules.
    pub(super) rules: &'a str,
}

/// What has become of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Something of this hash.
    Made(String),
    /// Nothing, for a reason that made-up events may well have.
    Refused(String),
    /// Nothing, for a reason that stored events must not have.
    Failed(String),
}

impl Outcome {
    fn text(&self) -> &str {
        match self {
            Self::Made(text) | Self::Refused(text) | Self::Failed(text) => text,
        }
    }
}

/// How often something is made. By chance, a set of two has the same order so often in one of two thousand million runs.
const TIMES: usize = 32;

/// What has become of a sample of which `make` makes JSON. It is made several times, since maps and sets may have no order.
pub(super) fn outcome(make: impl Fn() -> Result<String, Outcome>) -> Outcome {
    let made: Result<Vec<String>, Outcome> = (0..TIMES).map(|_| make()).collect();
    let made = match made {
        Ok(made) => made,
        Err(outcome) => return outcome,
    };
    for lists in [Lists::Ordered, Lists::Unordered] {
        let mut all = made.iter().map(|json| canonical(json, lists));
        let first = match all.next().transpose() {
            Ok(first) => first.unwrap_or_default(),
            Err(error) => return Outcome::Failed(format!("it is no JSON: {error}")),
        };
        if all.all(|other| other.is_ok_and(|other| other == first)) {
            return Outcome::Made(hash(&first));
        }
    }
    Outcome::Failed(
        "it is another each time: a rule looks at something besides the event, such as a clock"
            .to_owned(),
    )
}

fn hash(text: &str) -> String {
    format!("{:016x}", fnv(FNV_START, text.as_bytes()))
}

/// What a file says that was written before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    revision: u32,
    rules: String,
    #[serde(alias = "states", alias = "rows")]
    made: BTreeMap<String, String>,
}

impl Making<'_> {
    /// Compares what has become of the samples, by their names, with what is kept in the folder.
    pub(super) fn compare(
        &self,
        folder: &Path,
        found: &BTreeMap<String, Outcome>,
        is_accepted: bool,
    ) -> Result<(), String> {
        let path = folder.join(file_name(self.name, self.thing.ending()));
        let (name, things) = (shown(&path), self.thing.plural());
        let kept = self.kept(&path)?;
        if !is_accepted {
            refuse_failed(kept.as_ref(), found)?;
        }
        let Some(kept) = kept else {
            if found.is_empty() {
                return Ok(());
            }
            write(&path, &self.text(found))?;
            return Err(format!(
                "what {things} the samples of `{}` make was kept nowhere; hashes of them were written to `{name}`: look at it, \
                 and keep it",
                self.name
            ));
        };
        if (kept.revision, kept.rules.as_str()) != (self.revision, self.rules) {
            write(&path, &self.text(found))?;
            return Err(format!(
                "`{}` has another revision or other rules than what is kept of its {things}; `{name}` was written anew: look at \
                 it, and keep it",
                self.name
            ));
        }
        let others = others(&kept, found);
        if !others.is_empty() && !is_accepted {
            return Err(format!(
                "the {things} that samples of `{}` make are others than before, under the same revision and rules:{others}\n{}; \
                 where none are stored, `{ACCEPT}=update` accepts it",
                self.name,
                self.thing.way_out()
            ));
        }
        let text = self.text(found);
        if read(&path)?.is_some_and(|before| before == text) {
            return Ok(());
        }
        write(&path, &text)?;
        Err(format!(
            "there is something new in what the samples of `{}` make; `{name}` was written anew: look at it, and keep it{others}",
            self.name
        ))
    }

    fn kept(&self, path: &Path) -> Result<Option<Kept>, String> {
        let Some(text) = read(path)? else {
            return Ok(None);
        };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            format!(
                "`{}` does not say what {} were made: {error}; put back what stood there, or delete it",
                shown(path),
                self.thing.plural()
            )
        })
    }

    /// What a file is to say.
    fn text(&self, found: &BTreeMap<String, Outcome>) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let made = found
            .iter()
            .map(|(sample, outcome)| format!("{}:{}", quoted(sample), quoted(outcome.text())));
        let made = made.collect::<Vec<_>>().join(",");
        pretty(&format!(
            r#"{{"revision":{},"rules":{},"{}":{{{made}}}}}"#,
            self.revision,
            quoted(self.rules),
            self.thing.plural()
        ))
    }
}

/// Refuses samples that fail, unless they are known to.
fn refuse_failed(kept: Option<&Kept>, found: &BTreeMap<String, Outcome>) -> Result<(), String> {
    let mut failed = String::new();
    for (sample, outcome) in found {
        let Outcome::Failed(reason) = outcome else {
            continue;
        };
        let is_known = kept.is_some_and(|kept| kept.made.get(sample) == Some(reason));
        if !is_known {
            // Text can always be written to.
            let _ = write!(failed, "\n  {sample}: {reason}");
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!(
        "samples are not taken in:{failed}\nwhere no stored event is like the sample, `{ACCEPT}=update` accepts it"
    ))
}

/// The samples of which something else was made before, a line each.
fn others(kept: &Kept, found: &BTreeMap<String, Outcome>) -> String {
    let mut others = String::new();
    for (sample, before) in &kept.made {
        let now = found.get(sample).map(Outcome::text);
        if now != Some(before) {
            let now = now.unwrap_or("nothing");
            // Text can always be written to.
            let _ = write!(others, "\n  {sample}: {before} before, {now} now");
        }
    }
    others
}

/// The text of a file, whatever an editor or a checkout has made of the ends of its lines; nothing where there is none.
fn read(path: &Path) -> Result<Option<String>, String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.replace("\r\n", "\n"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("`{}` cannot be read: {error}", shown(path))),
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("`{}` cannot be written: {error}", shown(path)))
}

fn shown(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The longest part of a name; with an ending it is no longer than the name of a file may be.
const LONGEST: usize = 80;

/// A name that every file system takes, made as es-codegen makes those of samples: in small letters, words parted by hyphens;
/// with a mark before it where it has no others, and a hash behind it where another name could become the same.
fn file_name(name: &str, ending: &str) -> String {
    let is_small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    if !name.is_empty() && name.len() < LONGEST && name.chars().all(is_small) {
        return format!("_{name}{ending}");
    }
    let mut plain = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        let begins =
            letter.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        let parts = begins || !letter.is_ascii_alphanumeric();
        if parts && !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
        if letter.is_ascii_alphanumeric() {
            plain.push(letter.to_ascii_lowercase());
        }
        before = letter;
    }
    plain.truncate(LONGEST);
    let back = plain.split('-').flat_map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters)
    });
    if back.collect::<String>() == name && !name.is_empty() {
        return format!("{plain}{ending}");
    }
    let plain = plain.trim_end_matches('-');
    let between = if plain.is_empty() { "" } else { "-" };
    format!("{plain}{between}{}{ending}", hash(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that is gone after the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("es-samples-{name}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn what_is_accepted_is_written_and_told_all_the_same() {
        let folder = Folder::new("reads");
        let kept = folder.0.join("a.reads.json");
        fs::write(&kept, "[1]\n").unwrap();
        let refused = compare_reads(&kept, "[2]\n", false).unwrap_err();
        assert!(refused.contains("ES_SAMPLES=update"), "{refused}");
        assert_eq!(fs::read_to_string(&kept).unwrap(), "[1]\n");
        let accepted = compare_reads(&kept, "[2]\n", true).unwrap_err();
        assert!(accepted.contains("- [1]\n+ [2]"), "{accepted}");
        assert_eq!(compare_reads(&kept, "[2]\n", false), Ok(()));
    }

    const MAKING: Making<'_> = Making {
        thing: Thing::Row,
        name: "Order",
        revision: 1,
        rules: "",
    };

    fn found(outcome: Outcome) -> BTreeMap<String, Outcome> {
        BTreeMap::from([("a".to_owned(), outcome)])
    }

    #[test]
    fn another_hash_is_accepted_where_somebody_says_so() {
        let folder = Folder::new("hashes");
        let compare = |hash: &str, is_accepted| {
            let found = found(Outcome::Made(hash.to_owned()));
            MAKING.compare(&folder.0, &found, is_accepted)
        };
        compare("1", false).unwrap_err();
        let kept = folder.0.join("order.rows.json");
        let before = fs::read_to_string(&kept).unwrap();
        let refused = compare("2", false).unwrap_err();
        assert!(refused.contains("a: 1 before, 2 now"), "{refused}");
        assert_eq!(fs::read_to_string(&kept).unwrap(), before);
        let accepted = compare("2", true).unwrap_err();
        assert!(accepted.contains("was written anew"), "{accepted}");
        assert_eq!(compare("2", false), Ok(()));
    }

    #[test]
    fn a_failure_is_refused_until_somebody_accepts_it_and_another_one_is_told() {
        let folder = Folder::new("failures");
        let compare = |reason: &str, is_accepted| {
            let found = found(Outcome::Failed(reason.to_owned()));
            MAKING.compare(&folder.0, &found, is_accepted)
        };
        for _ in 0..2 {
            let refused = compare("too much", false).unwrap_err();
            assert!(refused.contains("a: too much"), "{refused}");
        }
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0);
        compare("too much", true).unwrap_err();
        assert_eq!(compare("too much", false), Ok(()));
        compare("too little", false).unwrap_err();
    }

    #[test]
    fn a_file_that_says_something_else_is_told_and_stays() {
        let folder = Folder::new("damaged");
        let kept = folder.0.join("order.rows.json");
        fs::write(&kept, "{}").unwrap();
        let told = MAKING
            .compare(&folder.0, &BTreeMap::new(), true)
            .unwrap_err();
        assert!(told.contains("does not say what rows were made"), "{told}");
        assert_eq!(fs::read_to_string(&kept).unwrap(), "{}");
    }

    #[test]
    fn what_is_another_each_time_is_told_and_sets_are_not() {
        let count = std::cell::Cell::new(0);
        let next = || {
            count.set(count.get() + 1);
            count.get()
        };
        let told = outcome(|| Ok(next().to_string()));
        assert!(matches!(told, Outcome::Failed(reason) if reason.contains("another each time")));
        let set = outcome(|| Ok(["[1,2]", "[2,1]"][next() % 2].to_owned()));
        assert_eq!(set, outcome(|| Ok("[1,2]".to_owned())));
        let list = outcome(|| Ok("[2,1]".to_owned()));
        assert_ne!(list, set);
    }

    #[test]
    fn names_of_files_differ_where_names_do() {
        let names = ["Order", "SalesByDay", "order", "Order!", "Łódź"];
        let names = names.map(|name| file_name(name, ".json"));
        assert_eq!(names[..2], ["order.json", "sales-by-day.json"]);
        assert!(
            names[2..]
                .iter()
                .all(|name| name.len() > "order.json".len())
        );
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }
}
