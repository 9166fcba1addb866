//! Finding the name that was probably meant.

use std::mem;

/// Names are listed where nothing is similar, if they are no more than this.
const LISTED: usize = 8;

/// So many pairs of letters are compared in a run: enough for all that is shown, and few enough to be fast whatever the
/// schema.
const BUDGET: usize = 20_000_000;

/// A look at a name costs as much as so many pairs of letters.
const LOOK: usize = 16;

/// Names longer than this are not compared.
const LONGEST: usize = 64;

/// Looks for similar names, and keeps the work within a budget.
#[derive(Debug)]
pub(super) struct Suggestions {
    left: usize,
}

impl Default for Suggestions {
    fn default() -> Self {
        Self { left: BUDGET }
    }
}

impl Suggestions {
    /// The name that was probably meant.
    pub(super) fn similar<'a>(&mut self, got: &str, known: &[&'a str]) -> Option<&'a str> {
        if self.left == 0 {
            return None;
        }
        self.spend(got, known);
        most_similar(got, known)
    }

    fn spend(&mut self, got: &str, known: &[&str]) {
        let letters = known.iter().map(|name| name.len().min(LONGEST));
        let work = got.len().min(LONGEST) * letters.sum::<usize>();
        self.left = self.left.saturating_sub(work.max(LOOK * known.len()));
    }

    pub(super) fn hint<'a>(
        &mut self,
        got: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Option<String> {
        if self.left == 0 {
            return None;
        }
        let known: Vec<&str> = known.into_iter().collect();
        self.spend(got, &known);
        if let Some(similar) = most_similar(got, &known) {
            return Some(format!("did you mean `{}`?", shown(similar)));
        }
        match known.as_slice() {
            [] => None,
            [only] => Some(format!("there is only `{}`", shown(only))),
            few if few.len() <= LISTED => Some(format!(
                "there are {}",
                few.iter()
                    .map(|name| format!("`{}`", shown(name)))
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
            _ => None,
        }
    }
}

/// A name as messages show it: control characters escaped, the middle of a long one left out.
pub(crate) fn shown(name: &str) -> String {
    let escaped: String = name
        .chars()
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect()
            } else {
                vec![c]
            }
        })
        .collect();
    let length = escaped.chars().count();
    if length <= 80 {
        return escaped;
    }
    let (head, tail): (String, String) = (
        escaped.chars().take(50).collect(),
        escaped.chars().skip(length - 20).collect(),
    );
    format!("{head}…{tail}")
}

/// The most similar name, if one is similar at all; of several the first in the alphabet, since names may come in any order.
fn most_similar<'a>(got: &str, known: &[&'a str]) -> Option<&'a str> {
    let wanted: Vec<char> = got
        .chars()
        .take(LONGEST + 1)
        .flat_map(char::to_lowercase)
        .collect();
    let allowed = wanted.len().max(3) / 3;
    let mut scratch = Scratch::default();
    let mut candidate: Vec<char> = Vec::new();
    // Most names are of another length, which of most can be told without looking at their letters.
    let fits = |length: usize| wanted.len().abs_diff(length) <= allowed;
    let known = known
        .iter()
        .filter(|name| !name.is_ascii() || fits(name.len()));
    let similar = known.filter_map(|name| {
        candidate.clear();
        candidate.extend(name.chars().take(LONGEST + 1).flat_map(char::to_lowercase));
        if !fits(candidate.len()) || wanted.len().max(candidate.len()) > LONGEST {
            return None;
        }
        Some((distance(&wanted, &candidate, &mut scratch), *name))
            .filter(|(distance, _)| *distance <= allowed)
    });
    similar.min().map(|(_, name)| name)
}

/// The rows of the table below that are still needed; kept between calls, since there are many.
#[derive(Default)]
struct Scratch {
    before: Vec<usize>,
    above: Vec<usize>,
    row: Vec<usize>,
}

/// How many characters must be added, removed, replaced or swapped with their neighbour to turn one text into the other.
fn distance(a: &[char], b: &[char], Scratch { before, above, row }: &mut Scratch) -> usize {
    above.clear();
    above.extend(0..=b.len());
    for i in 1..=a.len() {
        row.clear();
        row.push(i);
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        mem::swap(before, above);
        mem::swap(above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_pair_of_letters_is_one_mistake() {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(
            distance(
                &letters("OrderPalced"),
                &letters("OrderPlaced"),
                &mut Scratch::default()
            ),
            1
        );
        assert_eq!(
            distance(&letters(""), &letters("abc"), &mut Scratch::default()),
            3
        );
        assert_eq!(
            distance(
                &letters("kitten"),
                &letters("sitting"),
                &mut Scratch::default()
            ),
            3
        );
    }

    #[test]
    fn what_is_not_similar_is_listed_if_it_is_little() {
        let mut suggestions = Suggestions::default();
        assert_eq!(
            suggestions.hint("shiped", ["open", "shipped"]).as_deref(),
            Some("did you mean `shipped`?")
        );
        assert_eq!(
            suggestions.hint("zzzzzz", ["open", "shipped"]).as_deref(),
            Some("there are `open`, `shipped`")
        );
        assert_eq!(suggestions.hint("zzzzzz", []), None);
    }

    #[test]
    fn a_long_name_is_shortened_and_its_control_characters_are_escaped() {
        assert_eq!(shown("a\u{1b}[31m"), "a\\u{1b}[31m");
        assert_eq!(shown(&"x".repeat(200)).chars().count(), 71);
    }
}
