//! Words for problems: lists, quotes, and the nearest word to a mistyped one.
//!
//! Does not know which words are allowed where. Invariant: what is quoted stays short and on one line.

/// Longest part of a written word that is shown again.
const SHOWN: usize = 60;

/// `a, b or c`.
pub fn either<S: AsRef<str>>(words: &[S]) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} or {}", head.join(", "), last.as_ref())
        }
    }
}

/// The word as it was written, in quotes.
pub fn quote(word: &str) -> String {
    if word.chars().count() <= SHOWN {
        return format!("{word:?}");
    }
    let shown: String = word.chars().take(SHOWN).collect();
    format!("{:?}", shown + "…")
}

/// The known word that a mistyped one most probably stands for.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed: Vec<char> = word.to_lowercase().replace('-', "_").chars().take(SHOWN).collect();
    let near = (typed.len() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| {
            (distance(&typed, &candidate.replace('-', "_").chars().collect::<Vec<_>>()), candidate)
        })
        .filter(|(distance, _)| *distance <= near)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, delete, replace or swap with their neighbour.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = vec![0; to.len() + 1];
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let changed = above[column] + usize::from(letter != other);
            let mut least = changed.min(above[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && *letter == to[column - 1] && from[row - 1] == *other;
            if swapped {
                least = least.min(before[column - 1] + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut above, current);
    }
    above[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_as_a_sentence() {
        assert_eq!(either(&["keep", "remove", "replace"]), "keep, remove or replace");
        assert_eq!(either(&["keep"]), "keep");
        assert_eq!(either::<&str>(&[]), "");
    }

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        let known = ["upstream", "policy", "path", "host", "site_origins", "keep_path"];
        assert_eq!(nearest("upstraem", known), Some("upstream"));
        assert_eq!(nearest("site-origin", known), Some("site_origins"));
        assert_eq!(nearest("Host", known), Some("host"));
        assert_eq!(nearest("certificate", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn a_quote_is_short_and_on_one_line() {
        assert_eq!(quote("a\nb"), r#""a\nb""#);
        assert!(quote(&"x".repeat(500)).chars().count() < 70);
    }
}
