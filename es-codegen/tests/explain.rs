//! What `explain` says is true: each example fails with its code and no other, and its repair with none.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

use es_codegen::{
    diagnostic::{Code, Report},
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
    for code in Code::ALL {
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

#[test]
fn an_explanation_reads_well_in_a_terminal() {
    for code in Code::ALL {
        let text = code.explanation();
        assert!(text.ends_with("```\n"), "{}", code.as_str());
        let longest = text
            .lines()
            .filter(|line| !line.contains("[[[") && !line.contains("((("))
            .map(|line| line.chars().count())
            .max();
        assert!(longest <= Some(140), "{}: {longest:?}", code.as_str());
        assert!(code.about().ends_with('.'), "{}", code.as_str());
    }
}
