//! Elements that fit into a stencil, and the stencils of those that were walked.
//!
//! Knows where values stand; does not know names. Invariant: an element leaves as if it had been walked: if another
//! value of it goes than of the first, all that was done to the element is undone, and it is walked.

use std::borrow::Cow;
use std::ops::Range;

use super::super::edits::Mark;
use super::super::form::Filling;
use super::super::known::{Kind, Met};
use super::super::member::Member;
use super::super::stencil::{Cut, Draft, Level, Stencil, Step, Value};
use super::Walk;
use crate::privacy::places::Treatment;
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::Fate;

impl<'i, 'p> Walk<'_, 'p, 'i> {
    /// Treats the element that starts here, if it fits into a stencil of its list; whether any of it passes.
    pub(super) fn fill(&mut self, list: Kind) -> Result<Option<bool>, Refusal> {
        let (start, level) = (self.lexer.at, self.level());
        let told = self.outline.told(start);
        let fitting = self.known.fitting(list, &self.lexer, level, told, &mut self.fillings);
        let Some((stencil, end)) = fitting else { return Ok(None) };
        let (mark, counts) = (self.edits.mark(), self.scrub.counts());
        let filled = self.filled(&stencil)?;
        self.enter_level(level);
        if filled {
            self.lexer.at = end;
            return Ok(Some(stencil.passes));
        }
        self.known.tear(list);
        self.edits.back_to(&mark);
        self.scrub.back_to(counts);
        self.lexer.at = start;
        Ok(None)
    }

    /// Treats what has to be looked at; whether what becomes of each value is what the stencil expects.
    fn filled(&mut self, stencil: &Stencil<'i, 'p>) -> Result<bool, Refusal> {
        let start = self.lexer.at;
        for step in &stencil.steps {
            match step {
                Step::Treat(hole, value) => {
                    if !self.treated(self.fillings[*hole], value)? {
                        return Ok(false);
                    }
                }
                Step::Skip(hole) => {
                    self.lexer.at = self.fillings[*hole].start;
                    self.lexer.skip()?;
                }
                Step::Cut(Cut { from, to, new }) => {
                    let span = from.at(start, &self.fillings)..to.at(start, &self.fillings);
                    self.edits.cut(span, new);
                }
            }
        }
        for treatment in &stencil.counted {
            self.scrub.tally.add(treatment.category, treatment.action);
        }
        Ok(true)
    }

    /// Treats a value; whether it goes where the first did, and stays where that did.
    fn treated(&mut self, filling: Filling, value: &Value<'p>) -> Result<bool, Refusal> {
        if value.still.is_some_and(|still| still.keeps(filling, &self.lexer)) {
            return Ok(!value.goes);
        }
        self.enter_level(value.level);
        self.lexer.at = filling.start;
        let fate = self.again(value.at, value.slot, Some(filling.end))?;
        if value.goes != (fate == Fate::Remove) {
            return Ok(false);
        }
        if let Fate::Replace(new) = fate {
            self.edits.cut(filling.start..filling.end, &new);
        }
        Ok(true)
    }

    /// Begins a stencil of the element that starts here, if that is worth its while.
    pub(super) fn begin_draft(&mut self, list: Kind) {
        let start = self.lexer.at;
        if self.draft.is_none() && self.outline.lets_draw(start) && self.known.may_draw(list) {
            self.draft = Some(Draft::new(start, self.level()));
        }
    }

    /// Ends the stencil of the element that started at a place, if all of it was known.
    pub(super) fn end_draft(&mut self, list: Kind, start: usize, passes: bool) {
        if let Some(draft) = self.draft.take_if(|draft| draft.start == start)
            && let Some(stencil) = draft.finish(&self.lexer, self.outline.told(start), passes)
        {
            self.known.draw(list, stencil);
        }
    }

    /// A value that starts at a place was passed, and is one of the stencil's.
    pub(super) fn draw(&mut self, start: usize, value: Value<'p>) {
        self.draft.take_if(|draft| !draft.add(start, value));
    }

    /// A value that stays without a look was passed.
    pub(super) fn draw_still(&mut self, met: Option<Met>) {
        if self.draft.is_some()
            && let Some(met) = met
            && let Member { scalar: Some(at), still, slot, .. } = *self.known.member(met)
        {
            let value = Value { at, level: self.level(), still, slot, goes: false };
            self.draw(met.value, value);
        }
    }

    /// What stands there was not looked at, and this was counted of it.
    pub(super) fn draw_skipped(&mut self, span: Range<usize>, counted: Option<Treatment<'p>>) {
        self.draft.take_if(|draft| !draft.skip(span, counted));
    }

    /// This was cut out of what started at a place, whatever was cut out of it before.
    pub(super) fn draw_cut(&mut self, since: usize, span: Range<usize>, new: Cow<'p, str>) {
        self.draft.take_if(|draft| !draft.cut(since, Cut { from: span.start, to: span.end, new }));
    }

    /// A member or element that starts at a place went: what was done to it is undone, and it is cut out.
    pub(super) fn cut_out(&mut self, start: usize, mark: &Mark, span: Range<usize>, new: &'static str) {
        self.edits.back_to(mark);
        self.edits.cut(span.clone(), new);
        // The stencil's own element is not cut out of itself.
        self.draft.take_if(|draft| draft.start == start);
        self.draw_cut(start, span, new.into());
    }

    pub(super) const fn level(&self) -> Level {
        Level { room: self.lexer.room(), recorded: self.scrub.recorded }
    }

    const fn enter_level(&mut self, level: Level) {
        self.lexer.set_room(level.room);
        self.scrub.recorded = level.recorded;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::privacy::fixture::{json, off_switch, open, parts, policy};
    use crate::privacy::{Policy, Refusal};

    const RULES: &str = "json:/*/a -> service
        json:/*/c/d -> service
        json:/*/gone -> contact";

    fn list(elements: &[&str]) -> String {
        format!("[{}]", elements.join(","))
    }

    /// What leaves of an element alone.
    fn alone(policy: &Policy, element: &str) -> String {
        let left = json(policy, &list(&[element])).unwrap();
        left[1..left.len() - 1].to_owned()
    }

    #[test]
    fn elements_that_lose_members_leave_as_if_each_were_walked() {
        let elements = [
            r#"{"n":1,"a":"x","c":{"e":[1,{"f":2}],"d":1,"g":"y"},"gone":{"b":["\"",2],"p":[{"x":1}]},"z":[1,[2]]}"#,
            r#"{"gone":"b","n":1,"new":{"m":true},"a":"x","k":"k","name":"x","url":{}}"#,
            r#"{ "n" : 1 , "a" : "x" , "gone" : [] }"#,
            r#"{"n":1,"c":{"x":2}}"#,
            r#"{"list":[{"a":1},{"b":[[]]}],"name":"email","value":"x"}"#,
            r#"[1,{"a":2},["x"]]"#,
        ];
        for policy in [policy("strict", RULES), open(parts("strict", RULES)), policy("cnil", RULES)] {
            for element in elements {
                let other = element.replace('1', "70").replace("\"x\"", "\"words\"");
                let both = [element, &other].repeat(4096 / element.len());
                let left: Vec<String> = both.iter().map(|element| alone(&policy, element)).collect();
                let left: Vec<&str> = left.iter().map(String::as_str).collect();
                assert_eq!(json(&policy, &list(&both)).unwrap(), list(&left), "{element}");
            }
        }
    }

    #[test]
    fn what_privet_itself_says_is_in_every_element() {
        let mut parts = parts("strict", "json:/*/a -> service\njson:/*/p/x -> service");
        parts.off_switches = vec![off_switch("json:/*/p/off", "true"), off_switch("json:/*/off", "[1]")];
        let policy = Policy::compile(parts);
        for (before, after) in [
            (r#"{"a":1,"p":{"x":1}}"#, r#"{"a":1,"p":{"x":1,"off":true},"off":[1]}"#),
            (
                r#"{"off":{"b":[2]},"p":{"off":"\"","x":1,"off":2}}"#,
                r#"{"off":[1],"p":{"off":true,"x":1,"off":true}}"#,
            ),
            (r#"{"z":1,"p":{"z":2}}"#, r#"{"p":{"off":true},"off":[1]}"#),
        ] {
            let (before, after) = ([before].repeat(200), [after].repeat(200));
            assert_eq!(json(&policy, &list(&before)).unwrap(), list(&after));
        }
    }

    #[test]
    fn an_element_that_loses_other_members_than_the_first_is_walked() {
        let policy = open(parts("strict", ""));
        let [stays, goes] = ["words", "jane@example.org"].map(|text| format!("{{\"a\":\"{text}\",\"b\":1}}"));
        let left = |element: &String| if *element == stays { stays.clone() } else { "{\"b\":1}".to_owned() };
        for (many, one) in [(&stays, &goes), (&goes, &stays)] {
            let mut elements = vec![many.clone(); 200];
            elements.push(one.clone());
            let lefts: Vec<String> = elements.iter().map(left).collect();
            assert_eq!(
                json(&policy, &format!("[{}]", elements.join(","))).unwrap(),
                format!("[{}]", lefts.join(","))
            );
        }
    }

    #[test]
    fn what_goes_unread_is_valid_or_the_document_is_refused() {
        let element = r#"{"a":1,"gone":{"b":"x"}}"#;
        let mut elements = vec![element; 200];
        let policy = policy("strict", RULES);
        assert!(json(&policy, &list(&elements)).is_ok());
        elements.push(r#"{"a":1,"gone":{"b":"\x"}}"#);
        assert!(matches!(json(&policy, &list(&elements)), Err(Refusal::Invalid(_))));
    }

    #[test]
    fn an_element_like_others_is_refused_where_it_nests_too_deep() {
        let deep = |levels: usize| {
            let list = format!("\"l\":[{}]", vec![r#"{"a":[[[1]]]}"#; 400].join(","));
            format!("{{{list},\"d\":{}{{{list}}}{}}}", "[".repeat(levels), "]".repeat(levels))
        };
        let policy = open(parts("strict", ""));
        assert_eq!(json(&policy, &deep(9)).unwrap(), deep(9));
        assert_eq!(json(&policy, &deep(10)), Err(Refusal::TooDeep));
    }
}
