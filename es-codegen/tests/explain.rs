//! What `explain` says is true: each example fails with its code and no other, and its repair with none.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

use es_codegen::{
    checked,
    diagnostic::{Code, Diagnostics, Report, Severity},
    evolution::{self, Lock, Publication},
    model_of,
    source::Source,
};

/// The schemas in an explanation.
fn schemas(code: Code) -> Vec<Source> {
    let blocks = code.explanation().split("```yaml\n").skip(1);
    blocks
        .map(|block| {
            let (text, _) = block.split_once("\n```").unwrap();
            Source::from_text("example.yaml", text).unwrap()
        })
        .collect()
}

fn report(source: &Source) -> Report {
    match model_of(source) {
        Ok((_, warnings)) => warnings,
        Err(report) => report,
    }
}

#[test]
fn every_example_fails_with_its_code_and_its_repair_does_not_fail() {
    let mut wrong = Vec::new();
    for code in Code::ALL.iter().filter(|code| code.axis().is_none()) {
        let mut schemas = schemas(*code);
        if matches!(code, Code::TooLarge | Code::TooManyMistakes) {
            // What fails with these is too large to be shown: there is the repair alone.
            assert!(report(&schemas.remove(0)).is_empty(), "{}", code.as_str());
            assert!(schemas.is_empty(), "{}", code.as_str());
            continue;
        }
        let [broken, repaired] = schemas.as_slice() else {
            panic!("{}: an example and its repair belong here", code.as_str())
        };
        let found = report(broken);
        if found.is_empty() || found.diagnostics().iter().any(|found| found.code != *code) {
            wrong.push(format!(
                "{} finds\n{}",
                code.as_str(),
                found.render(broken, Default::default())
            ));
        }
        if !report(repaired).is_empty() {
            wrong.push(format!(
                "{}, repaired, finds\n{}",
                code.as_str(),
                report(repaired).render(repaired, Default::default())
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The block of an explanation that is marked so.
fn block(code: Code, mark: &str) -> Option<String> {
    let (_, behind) = code
        .explanation()
        .split_once(&format!("```yaml {mark}\n"))?;
    Some(behind.split_once("```").unwrap().0.to_owned())
}

/// What is found in a schema once another one is published.
fn evolved(published: &str, changed: &str) -> (Source, Report) {
    let mut cx = Diagnostics::new();
    let model = checked(
        &mut cx,
        &Source::from_text("published.yaml", published).unwrap(),
    );
    assert!(!cx.has_errors(), "{published}");
    let lock = Publication::of(&evolution::declared(&model.unwrap()), None).lock;
    let mut source = Source::from_text("changed.yaml", changed).unwrap();
    let mut cx = Diagnostics::new();
    let file = source.add_beside("es.lock", lock).unwrap();
    let lock = Lock::read(&mut cx, file).unwrap();
    let model = checked(&mut cx, &source).unwrap();
    if let Err(report) = cx.finish() {
        return (source, report);
    }
    let mut cx = Diagnostics::new();
    let declared = evolution::declared(&model);
    evolution::check(&mut cx, &declared, Some(&lock), &model.levels);
    match cx.finish() {
        Ok(report) | Err(report) => (source, report),
    }
}

/// Rules about files, of which no schema is an example.
const OF_FILES: &[Code] = &[
    Code::VersionGap,
    Code::LockUnreadable,
    Code::LockStale,
    Code::LockMissing,
    Code::SampleMissing,
];

#[test]
fn every_change_falls_under_its_rule_and_its_repair_does_not() {
    let mut wrong = Vec::new();
    for code in Code::ALL.iter().filter(|code| code.axis().is_some()) {
        let Some(published) = block(*code, "published") else {
            let is_without = code.severity() == Severity::Off || OF_FILES.contains(code);
            assert!(is_without, "{}: an example belongs here", code.as_str());
            continue;
        };
        let (source, found) = evolved(&published, &block(*code, "changed").unwrap());
        let others = |found: &Report| {
            let errors = found
                .diagnostics()
                .iter()
                .filter(|found| found.severity == Severity::Error);
            errors.filter(|found| found.code != *code).count()
        };
        let has = |found: &Report| found.diagnostics().iter().any(|found| found.code == *code);
        if !has(&found) || others(&found) > 0 {
            wrong.push(format!(
                "{} finds\n{}",
                code.as_str(),
                found.render(&source, Default::default())
            ));
        }
        let (source, left) = evolved(&published, &block(*code, "repaired").unwrap());
        if has(&left) || left.errors() > 0 {
            wrong.push(format!(
                "{}, repaired, finds\n{}",
                code.as_str(),
                left.render(&source, Default::default())
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn an_explanation_reads_well_in_a_terminal() {
    for code in Code::ALL {
        let text = code.explanation();
        let is_an_example = text.ends_with("```\n") || code.axis().is_some();
        assert!(is_an_example && text.ends_with('\n'), "{}", code.as_str());
        let longest = text
            .lines()
            .filter(|line| !line.contains("[[[") && !line.contains("((("))
            .map(|line| line.chars().count())
            .max();
        assert!(longest <= Some(140), "{}: {longest:?}", code.as_str());
        assert!(code.about().ends_with('.'), "{}", code.as_str());
    }
}
