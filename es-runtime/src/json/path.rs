//! Where in a JSON text something went wrong, told by the text alone: asking the type again would compile all it
//! consists of a second time.

/// A container that the text is in.
enum Step {
    /// An object, and the key of the member that the text is at.
    Field(Option<String>),
    /// A list, and the number of the item.
    Item(usize),
}

/// The path of what stands last in a text that may end anywhere, such as `items[2].weight`; nothing where that is the
/// outermost value.
fn of_end(text: &[u8]) -> Option<String> {
    let mut steps: Vec<Step> = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let mut next = at + 1;
        match (byte, steps.last_mut()) {
            (b'{', _) => steps.push(Step::Field(None)),
            (b'[', _) => steps.push(Step::Item(0)),
            (b'}' | b']', _) => drop(steps.pop()),
            (b',', Some(Step::Item(index))) => *index += 1,
            (b',', Some(Step::Field(key))) => *key = None,
            (b'"', last) => {
                next = end_of_string(text, at);
                if let Some(Step::Field(key @ None)) = last {
                    *key = text
                        .get(at..next)
                        .and_then(|key| serde_json::from_slice(key).ok());
                }
            }
            _ => {}
        }
        at = next;
    }
    written(&steps)
}

/// The path of the place that an error in reading names; nothing where it names none.
pub(super) fn of_error(text: &[u8], error: &serde_json::Error) -> Option<String> {
    let lines_before = error.line().checked_sub(1)?;
    let before: usize = text
        .split_inclusive(|byte| *byte == b'\n')
        .take(lines_before)
        .map(<[u8]>::len)
        .sum();
    let end = before.saturating_add(error.column()).min(text.len());
    let read = text.get(..end)?;
    match read.split_last() {
        // What refuses the last part of an object or a list is told only once the end of that is read as well.
        Some((b'}' | b']', parts)) if !is_of_the_whole(error) => of_end(parts),
        _ => of_end(read),
    }
}

/// Whether an object or a list is refused for what it lacks.
fn is_of_the_whole(error: &serde_json::Error) -> bool {
    let text = error.to_string();
    text.starts_with("missing field") || text.starts_with("invalid length")
}

/// Behind the quote that ends the string which begins at `start`.
fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

fn written(steps: &[Step]) -> Option<String> {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Item(index) => path.push_str(&format!("[{index}]")),
            Step::Field(Some(key)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
            Step::Field(None) => {}
        }
    }
    (!path.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, path: Option<&str>) {
        assert_eq!(of_end(text.as_bytes()).as_deref(), path, "{text}");
    }

    #[test]
    fn the_path_of_a_text_is_that_of_what_stands_last_in_it() {
        check(
            r#"{"items":[{"weight":1.0},{"weight":"#,
            Some("items[1].weight"),
        );
        check(r#"{"a":{"b":1},"c":[[],["x"#, Some("c[1][0]"));
        check(r#"{"Card":{"last4":12"#, Some("Card.last4"));
        check(r#"{"a":{"b":1}"#, Some("a"));
    }

    #[test]
    fn the_outermost_value_has_no_path() {
        check("", None);
        check("tru", None);
        check(r#"{"a":1}"#, None);
        check(r#"{"a":1,"#, None);
    }

    #[test]
    fn brackets_and_commas_inside_of_text_are_text() {
        check(r#"{"a":"}],\"{","b":"[,"#, Some("b"));
        check(r#"{"a\"b":"\\","c":["#, Some("c[0]"));
        check(r#"{"a\"b":1"#, Some("a\"b"));
    }

    #[test]
    fn a_part_that_refuses_itself_is_named_wherever_it_stands() {
        #[derive(Debug, serde::Deserialize)]
        #[expect(dead_code, reason = "only read")]
        struct Parcel {
            posted: crate::Timestamp,
            weight: crate::Decimal,
        }
        for (text, path) in [
            (r#"{"posted":"soon","weight":"1.0"}"#, Some("posted")),
            (
                r#"{"posted":"2026-01-05T10:00:00Z","weight":"heavy"}"#,
                Some("weight"),
            ),
            (r#"{"weight":"1.0","posted":"soon"}"#, Some("posted")),
            (r#"{"weight":"1.0"}"#, None),
        ] {
            let error = serde_json::from_str::<Parcel>(text).unwrap_err();
            assert_eq!(of_error(text.as_bytes(), &error).as_deref(), path, "{text}");
        }
        let text = r#"{"all":["2026-01-05T10:00:00Z","soon"]}"#;
        let error =
            serde_json::from_str::<std::collections::BTreeMap<String, Vec<crate::Timestamp>>>(text)
                .unwrap_err();
        assert_eq!(of_error(text.as_bytes(), &error).as_deref(), Some("all[1]"));
    }

    #[test]
    fn an_error_is_found_behind_line_breaks() {
        let text = "{\n \"a\": 1,\n \"b\": [\n  true]\n}";
        let error =
            serde_json::from_str::<std::collections::BTreeMap<String, u8>>(text).unwrap_err();
        assert_eq!(of_error(text.as_bytes(), &error).as_deref(), Some("b"));
    }
}
