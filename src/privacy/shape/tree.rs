//! A JSON document, of which names and one leaf for each value are left.
//!
//! Knows documents; what a leaf is, the caller says as the values pass by. Invariants: a name is kept only if it is
//! one, and no more values are looked at than the caller has room for.

use super::name::is_name;
use crate::privacy::refusal::Refusal;
use crate::privacy::rule::{Name, Step};
use crate::privacy::scan::Index;
use crate::privacy::surface::json::Lexer;

/// Members of an object in which names are names; where there are more, they are values.
const MOST_NAMES: usize = 256;

/// Elements of a list whose positions mean something.
const MOST_POSITIONS: usize = 8;

/// Deeper places are told as `**`.
const DEEPEST: usize = 12;

/// What is left of a value.
#[derive(Debug)]
pub enum Tree<L> {
    Leaf(L),
    List(Vec<Self>),
    /// Members by name; none for a name that is none.
    Object(Vec<(Option<Box<str>>, Self)>),
}

/// A value that holds no others.
pub enum Scalar<'t> {
    Text(&'t str),
    Number(&'t str),
    Bool,
    Null,
}

/// What a value becomes; nothing: there is no room for more.
pub type Look<'l, L> = dyn FnMut(Scalar<'_>) -> Option<L> + 'l;

impl<L> Tree<L> {
    /// Reads a whole document that nests no deeper than `room`.
    pub fn read(document: &str, room: usize, look: &mut Look<'_, L>) -> Result<Self, Refusal> {
        let document = document.strip_prefix('\u{feff}').unwrap_or(document);
        let index = Index::of(document);
        let mut lexer = Lexer::new(document, &index, room);
        lexer.space();
        let tree = Self::value(&mut lexer, look)?;
        lexer.finish()?;
        Ok(tree.unwrap_or(Self::List(Vec::new())))
    }

    fn value(lexer: &mut Lexer<'_>, look: &mut Look<'_, L>) -> Result<Option<Self>, Refusal> {
        let leaf = match lexer.peek()? {
            b'{' => return Self::object(lexer, look).map(Some),
            b'[' => return Self::list(lexer, look).map(Some),
            b'"' => look(Scalar::Text(&lexer.string()?)),
            word @ (b't' | b'f' | b'n') => {
                lexer.word(match word {
                    b't' => "true",
                    b'f' => "false",
                    _ => "null",
                })?;
                look(if word == b'n' { Scalar::Null } else { Scalar::Bool })
            }
            _ => look(Scalar::Number(lexer.number()?)),
        };
        Ok(leaf.map(Self::Leaf))
    }

    fn object(lexer: &mut Lexer<'_>, look: &mut Look<'_, L>) -> Result<Self, Refusal> {
        let mut members = Vec::new();
        lexer.enter()?;
        while lexer.peek()? != b'}' {
            let name = lexer.key()?;
            let name = is_name(&name).then(|| name.into());
            members.extend(Self::value(lexer, look)?.map(|value| (name, value)));
            lexer.separator(b'}')?;
        }
        lexer.leave();
        Ok(Self::Object(members))
    }

    fn list(lexer: &mut Lexer<'_>, look: &mut Look<'_, L>) -> Result<Self, Refusal> {
        let mut elements = Vec::new();
        lexer.enter()?;
        while lexer.peek()? != b']' {
            elements.extend(Self::value(lexer, look)?);
            lexer.separator(b']')?;
        }
        lexer.leave();
        Ok(Self::List(elements))
    }

    /// Tells every leaf with the way to it. `is_row`: positions mean something at the top.
    pub fn tell(&self, is_row: bool, tell: &mut dyn FnMut(&[Step], &L)) {
        self.tell_below(&mut Vec::new(), is_row, tell);
    }

    fn tell_below(&self, steps: &mut Vec<Step>, is_row: bool, tell: &mut dyn FnMut(&[Step], &L)) {
        match self {
            Self::Leaf(leaf) => tell(steps, leaf),
            Self::List(elements) => {
                let is_row = (is_row || self.is_mixed()) && elements.len() <= MOST_POSITIONS;
                for (index, element) in elements.iter().enumerate() {
                    let step = if is_row { key(&index.to_string()) } else { Step::One };
                    element.tell_at(step, steps, tell);
                }
            }
            Self::Object(members) => {
                let are_names = members.len() <= MOST_NAMES;
                for (name, member) in members {
                    let name = name.as_deref().filter(|_| are_names);
                    member.tell_at(name.map_or(Step::One, key), steps, tell);
                }
            }
        }
    }

    fn tell_at(&self, step: Step, steps: &mut Vec<Step>, tell: &mut dyn FnMut(&[Step], &L)) {
        let length = steps.len();
        match length {
            DEEPEST => {}
            _ if length + 1 == DEEPEST => steps.push(Step::Any),
            _ => steps.push(step),
        }
        self.tell_below(steps, false, tell);
        steps.truncate(length);
    }

    /// Whether a list has elements of several forms, as a call has: a name, then its arguments.
    fn is_mixed(&self) -> bool {
        let Self::List(elements) = self else { return false };
        elements.windows(2).any(|pair| std::mem::discriminant(&pair[0]) != std::mem::discriminant(&pair[1]))
    }
}

fn key(name: &str) -> Step {
    Step::Key(Name { stem: name.into(), open: false })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::rule::Pointer;

    fn places(document: &str) -> Vec<String> {
        let mut room = 20;
        let tree = Tree::read(document, 32, &mut |_| {
            room -= 1;
            (room > 0).then_some(())
        });
        let mut places = Vec::new();
        tree.unwrap().tell(false, &mut |steps, ()| places.push(Pointer(steps.into()).to_string()));
        places
    }

    #[test]
    fn a_place_is_told_as_a_rule_would_write_it() {
        for (document, told) in [
            ("\u{feff} {\"a\":1,\"b\":{\"c\":null}}", vec!["/a", "/b/c"]),
            ("{\"a\":[1,2,{}]}", vec!["/a/0", "/a/1"]),
            ("[{\"e\":1},{\"e\":2}]", vec!["/*/e", "/*/e"]),
            ("[\"say\",{\"text\":\"hi\"}]", vec!["/0", "/1/text"]),
            ("{\"jane@example.org\":{\"x\":true}}", vec!["/*/x"]),
            ("7", vec![""]),
        ] {
            assert_eq!(places(document), told, "{document}");
        }
    }

    #[test]
    fn an_object_of_very_many_members_has_no_names() {
        let object = |count: usize| {
            let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q"];
            let members = (0..count).map(|n| format!("\"{}{}\":{{}}", names[n / 17], names[n % 17]));
            format!("{{{},\"z\":1}}", members.collect::<Vec<_>>().join(","))
        };
        assert_eq!(places(&object(255)), ["/z"]);
        assert_eq!(places(&object(256)), ["/*"]);
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = format!("{}1{}", "{\"a\":".repeat(30), "}".repeat(30));
        assert_eq!(places(&deep), [format!("{}/**", "/a".repeat(11))]);
        assert_eq!(places(&format!("[{}0]", "0,".repeat(100))).len(), 19);
        assert!(Tree::read("{\"a\":", 32, &mut |_| Some(())).is_err());
    }
}
