//! Limits: what is too large is refused whole, and what is not is stored.

use super::failure::{Verdict, refused, same};
use super::make::{
    commit, event, events, given, named, of_tags, one, record, stream, tagged, wish, write,
};
use super::stage::{Opened, Stage};
use crate::commit::{CommandRecord, Commit, Expected, Query, StreamWrite};
use crate::envelope::{Metadata, NewEvent, SchemaVersion};
use crate::id::StreamId;
use crate::name::{Category, EventName, Tag};
use crate::store::{Slice, StoreError};

/// A commit beyond a limit, and one that contradicts itself, stores nothing of what else is in it.
pub(super) fn a_commit_beyond_a_limit_is_refused_whole(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let limits = stage.limits();
    let too_long = "n".repeat(limits.name_bytes + 1);
    let with = |wrong: NewEvent| given("a", Expected::Any, vec![event(), wrong]);
    let of_category = |name: &str| StreamWrite {
        stream: StreamId::new(Category::from(name), "x"),
        ..write("x", Expected::Any, events(1))
    };
    let command = |name: &str| CommandRecord {
        name: name.into(),
        ..record("once", wish("once"))
    };
    let mut wrong = vec![
        with(NewEvent {
            body: vec![b' '; limits.body_bytes + 1],
            ..event()
        }),
        with(tagged("deposited", &vec!["t"; limits.tags + 1])),
        Commit {
            metadata: Metadata::new().header("h", "v".repeat(limits.metadata_bytes)),
            ..one("a", Expected::Any)
        },
        with(NewEvent {
            reads_as: SchemaVersion::new(2),
            ..event()
        }),
        given("a", Expected::Any, events(limits.events + 1)),
        commit(vec![
            write("a", Expected::Any, events(limits.events)),
            write("b", Expected::Any, events(1)),
        ]),
        commit(vec![
            write("a", Expected::Any, events(1)),
            write("a", Expected::Any, events(1)),
        ]),
    ];
    for name in ["", &too_long] {
        let beside = |other| commit(vec![write("a", Expected::Any, events(1)), other]);
        wrong.extend([
            beside(write(name, Expected::Any, events(1))),
            beside(of_category(name)),
            with(named(name)),
            with(tagged("deposited", &[name])),
            one("a", Expected::Any).by(command(name)),
        ]);
    }
    for commit in wrong {
        let answer = store.append(commit);
        let is_refused = |error: &StoreError| matches!(error, StoreError::Refused { .. });
        refused("a commit beyond a limit", answer, "Refused", is_refused)?;
    }
    same("the head behind refusals", store.head()?, None)?;
    store.append(one("a", Expected::Missing))?;
    same("events in the end", store.log(&Query::all())?.len(), 1)
}

/// What the store says it takes, it takes; and every store takes names of 255 bytes and bodies of a mebibyte.
pub(super) fn a_commit_at_the_limits_is_stored(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let limits = stage.limits();
    same(
        "255 bytes of a name are within limits",
        limits.name_bytes >= 255,
        true,
    )?;
    same(
        "a mebibyte of a body is within limits",
        limits.body_bytes >= 1 << 20,
        true,
    )?;
    same(
        "16 KiB of metadata are within limits",
        limits.metadata_bytes >= 1 << 14,
        true,
    )?;
    let tags: Vec<String> = (0..limits.tags)
        .map(|number| format!("t:{number}"))
        .collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let large = NewEvent {
        body: vec![b' '; limits.body_bytes],
        ..tagged("deposited", &tags)
    };
    store.append(given("large", Expected::Missing, vec![large.clone()]))?;
    let seen = store.stream("large")?;
    same("large bodies", seen.len(), 1)?;
    for event in seen {
        same(
            "the large body comes back whole",
            event.body == large.body,
            true,
        )?;
    }
    let metadata = Metadata::new().actor("a".repeat(limits.metadata_bytes));
    let known = Commit {
        metadata: metadata.clone(),
        ..one("known", Expected::Missing)
    };
    store.append(known)?;
    for event in store.stream("known")? {
        same("large metadata", event.metadata == metadata, true)?;
    }
    for tag in tags {
        let found = store.log(&of_tags(&[tag]))?;
        same("events found by each of its tags", found.len(), 1)?;
    }
    store.append(given("many", Expected::Missing, events(limits.events)))?;
    let last = store.stream_slice(&stream("many"), Slice::last(1))?;
    let last = last
        .last()
        .and_then(|event| usize::try_from(event.version.get()).ok());
    same("the last version of many", last, Some(limits.events))
}

/// Text of a mebibyte, of characters of one to four bytes.
pub(super) fn a_body_of_one_mebibyte_is_stored(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let text = "aé\u{5d0}🦀".repeat((1 << 20) / 9);
    let body = format!("{{\"text\":\"{text}\"}}").into_bytes();
    let sent = NewEvent { body, ..event() };
    store.append(given(
        "a",
        Expected::Missing,
        vec![event(), sent.clone(), event()],
    ))?;
    let stands = store.stream("a")?;
    let found: Vec<bool> = stands.iter().map(|event| event.body == sent.body).collect();
    same(
        "which bodies are the large one",
        found,
        vec![false, true, false],
    )
}

/// Categories, keys, event names, tags and names of commands: as long as 255 bytes, of whatever characters.
pub(super) fn names_of_255_bytes_hold_any_characters(stage: &Stage) -> Verdict {
    let store = stage.open()?;
    let names: Vec<String> = [
        "n",
        "é",
        "e\u{301}",
        "\u{5d0}",
        "\u{202e}",
        "🦀",
        "\0",
        "'",
        "\"",
        "\\",
        "%",
        "/",
        "\n",
        " ",
        "\u{feff}",
        "\u{10ffff}",
    ]
    .into_iter()
    .map(|text| filled(text, 255))
    .collect();
    for name in &names {
        append_named(&store, name)?;
    }
    for name in &names {
        let stream = StreamId::new(Category::from(name.as_str()), name.as_str());
        let seen = store.stream_slice(&stream, Slice::after(None, 10))?;
        let found: Vec<_> = seen.iter().map(|event| event.name.as_str()).collect();
        same("event names of the stream", found, vec![name.as_str()])?;
        let types = [(
            Category::from(name.as_str()),
            EventName::from(name.as_str()),
        )];
        same(
            "events found by type",
            store.log(&Query::types(types))?,
            seen.clone(),
        )?;
        let tags = Query::tags([Tag::from(name.as_str())]);
        same("events found by tag", store.log(&tags)?, seen)?;
    }
    Ok(())
}

/// The text as often as it fits into so many bytes, and `x` behind that.
fn filled(text: &str, bytes: usize) -> String {
    let mut name = text.repeat(bytes / text.len());
    while name.len() < bytes {
        name.push('x');
    }
    name
}

fn append_named(store: &Opened, name: &str) -> Verdict {
    let write = StreamWrite {
        stream: StreamId::new(Category::from(name), name),
        ..write("", Expected::Missing, vec![tagged(name, &[name])])
    };
    let command = CommandRecord {
        name: name.into(),
        ..record(name, wish(name))
    };
    let commit: Commit = commit(vec![write]).by(command);
    store.append(commit.clone())?;
    same(
        "the command is known again",
        store.append(commit)?.repeated,
        true,
    )
}
