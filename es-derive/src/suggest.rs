//! What somebody may have meant who wrote a word that is not known.

/// The hint behind an unknown `word`: the nearest of the words that are known, else all of them.
pub(crate) fn hint(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if known.is_empty() => String::from("there is nothing to choose from"),
        None => format!("there is {}", list(known)),
    }
}

/// The words in back quotes, one comma apart.
fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// The one of the words that are known which differs least from `word`, if any is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let within = word.chars().count().div_ceil(3);
    known
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .filter(|(distance, _)| *distance <= within)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be inserted, left out, replaced or swapped with their neighbour to get from one word to the
/// other.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_pair_of_letters_is_one_mistake() {
        assert_eq!(distance("nmae", "name"), 1);
        assert_eq!(distance("evnts", "events"), 1);
        assert_eq!(distance("", "id"), 2);
    }

    #[test]
    fn nothing_is_suggested_that_nobody_meant() {
        let known = ["name", "events", "id"];
        assert_eq!(hint("event", &known), "did you mean `events`?");
        assert_eq!(hint("colour", &known), "there is `name`, `events`, `id`");
    }
}
