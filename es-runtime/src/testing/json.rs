//! JSON as it is kept beside samples: laid out, or as the one text that all of the same content have.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The JSON with a line for each item. Numbers stay as they are written: some are larger than any number of Rust.
pub(super) fn pretty(json: &str) -> String {
    let mut pretty = String::new();
    let mut depth = 0;
    let mut is_text = false;
    let mut is_escaped = false;
    let new_line = |pretty: &mut String, depth: usize| {
        pretty.push('\n');
        pretty.push_str(&"  ".repeat(depth));
    };
    let mut letters = json.chars().peekable();
    while let Some(letter) = letters.next() {
        if is_text {
            pretty.push(letter);
            is_text = is_escaped || letter != '"';
            is_escaped = !is_escaped && letter == '\\';
            continue;
        }
        match letter {
            '{' | '[' => {
                pretty.push(letter);
                if let Some(close) = letters.next_if(|next| matches!(next, '}' | ']')) {
                    pretty.push(close);
                } else {
                    depth += 1;
                    new_line(&mut pretty, depth);
                }
            }
            '}' | ']' => {
                depth -= 1;
                new_line(&mut pretty, depth);
                pretty.push(letter);
            }
            ',' => {
                pretty.push(letter);
                new_line(&mut pretty, depth);
            }
            ':' => pretty.push_str(": "),
            '"' => {
                is_text = true;
                pretty.push(letter);
            }
            _ => pretty.push(letter),
        }
    }
    pretty.push('\n');
    pretty
}

/// Whether the order of a list says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lists {
    /// It does.
    Ordered,
    /// It does not: the lists are written from sets.
    Unordered,
}

/// The JSON with the keys of objects in order, as maps without an order write them; and lists as `lists` says.
pub(super) fn canonical(json: &str, lists: Lists) -> Result<String, serde_json::Error> {
    match json.as_bytes().first() {
        Some(b'{') => {
            let entries: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
            let entries = entries.iter().map(|(key, value)| {
                let key = serde_json::to_string(key)?;
                Ok(format!("{key}:{}", canonical(value.get(), lists)?))
            });
            let entries: Vec<String> = entries.collect::<Result<_, serde_json::Error>>()?;
            Ok(format!("{{{}}}", entries.join(",")))
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json)?;
            let items = items.iter().map(|item| canonical(item.get(), lists));
            let mut items: Vec<String> = items.collect::<Result<_, _>>()?;
            if lists == Lists::Unordered {
                items.sort_unstable();
            }
            Ok(format!("[{}]", items.join(",")))
        }
        _ => Ok(json.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_laid_out_and_otherwise_stays_as_it_is() {
        let json = r#"[{"a":[],"b":{},"c":340282366920938463463374607431768211455},"x,\"{y\\",[1.50,null]]"#;
        let expected = r#"[
  {
    "a": [],
    "b": {},
    "c": 340282366920938463463374607431768211455
  },
  "x,\"{y\\",
  [
    1.50,
    null
  ]
]
"#;
        assert_eq!(pretty(json), expected);
    }

    #[test]
    fn what_has_no_order_is_put_into_one() {
        let json = r#"{"b":[2,{"d":1.50,"c\"":[]}],"a":340282366920938463463374607431768211455}"#;
        let ordered =
            r#"{"a":340282366920938463463374607431768211455,"b":[2,{"c\"":[],"d":1.50}]}"#;
        assert_eq!(canonical(json, Lists::Ordered).unwrap(), ordered);
        let unordered = canonical("[2,[4,3],1]", Lists::Unordered).unwrap();
        assert_eq!(unordered, "[1,2,[3,4]]");
    }
}
