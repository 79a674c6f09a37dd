//! Free text, layer by layer: what detectors and the needle find is treated in place.
//!
//! Does not know where the text stands. Invariant: the needle is searched for in every layer, whatever the place.

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::Range;

use super::{Fate, Place, Scrub};
use crate::privacy::action::Action;
use crate::privacy::category::Category;
use crate::privacy::detect;
use crate::privacy::glance::Glance;
use crate::privacy::places::Treatment;
use crate::privacy::policy::Way;
use crate::privacy::refusal::Refusal;
use crate::privacy::wrapping::{self, Reading};

/// A text that says the visitor's address more often is removed whole.
const MOST_NEEDLES: usize = 64;
/// One that is taken out may uncover another: `198.51.100.230xc6336417` is no address before its last part is. So
/// often.
const MOST_UNCOVERED: usize = 4;

impl<'p> Scrub<'p> {
    /// Free text, layer by layer: what detectors and the needle find is treated in place.
    pub(super) fn text(&mut self, text: &str, place: Place<'p>, glance: &Glance) -> Result<Fate, Refusal> {
        let (needle, number) = (self.visitor.needle(), glance.digits == text.len());
        let mere = number && !matches!(place, Place::Open) && wrapping::is_mere_number(text);
        if mere && !needle.is_number(text.as_bytes())
            || detect::is_time(text.as_bytes()) && needle.find_seen(text, glance).is_none()
        {
            return Ok(Fate::Keep);
        }
        let (mut current, mut glance) = (Cow::Borrowed(text), *glance);
        match self.as_it_stands(text, place, &glance)? {
            Fate::Keep => {}
            Fate::Remove => return Ok(Fate::Remove),
            Fate::Replace(new) => (glance, current) = (Glance::of(&new), Cow::Owned(new)),
        }
        // What is compressed was opened before, or it is no text.
        for reading in Reading::ALL.into_iter().filter(|reading| *reading != Reading::Latin1) {
            if !reading.fits(&glance) {
                continue;
            }
            let Some(layer) = reading.open(&current, &mut self.allowance)? else { continue };
            match self.nested(|scrub| scrub.read(&layer.inner, place))? {
                Fate::Keep => {}
                Fate::Remove => return Ok(Fate::Remove),
                Fate::Replace(new) => {
                    let new = self.wrap(&layer, new)?;
                    (glance, current) = (Glance::of(&new), Cow::Owned(new));
                }
            }
        }
        Ok(match current {
            Cow::Owned(new) if new != text => Fate::Replace(new),
            _ => Fate::Keep,
        })
    }

    /// A text of which no layer is taken off as a whole; words in it may be text in another alphabet.
    pub(super) fn as_it_stands(
        &mut self,
        text: &str,
        place: Place<'p>,
        glance: &Glance,
    ) -> Result<Fate, Refusal> {
        let fate = self.finds(text, place, glance);
        let current = match &fate {
            Fate::Remove => return Ok(Fate::Remove),
            Fate::Keep if !wrapping::may_hold_tokens(glance) => return Ok(Fate::Keep),
            Fate::Keep => text,
            Fate::Replace(new) => new,
        };
        Ok(match self.tokens(current, place)? {
            Fate::Keep => fate,
            Fate::Remove => Fate::Remove,
            // What was taken out of a word may uncover an address beside it.
            replaced => self.without_needles(text, replaced),
        })
    }

    /// What detectors (where no rule speaks) and the needle (everywhere) find in a text.
    fn finds(&mut self, text: &str, place: Place<'p>, glance: &Glance) -> Fate {
        if self.policy.way == Way::Out && detect::sdp::may_stand(text, glance) {
            let described = self.described(text);
            return match self.found(&described, place, &Glance::of(&described)) {
                Fate::Keep if described != text => Fate::Replace(described),
                fate => fate,
            };
        }
        self.found(text, place, glance)
    }

    /// The description of a call, without the addresses of the visitor's machine, whatever keeps the place: whoever
    /// keeps a call keeps no address. It stays one that a vendor can read.
    fn described(&mut self, text: &str) -> String {
        let (mut new, mut copied) = (String::with_capacity(text.len()), 0);
        for (span, address) in detect::sdp::find(text) {
            new.push_str(&text[copied..span.start]);
            let Treatment { category, action } = self.places().of(Category::Address);
            match self.act(&text[span.clone()], category, action) {
                Fate::Keep => new.push_str(&text[span.clone()]),
                Fate::Replace(stand_in) if stand_in.parse::<IpAddr>().is_ok() => new.push_str(&stand_in),
                _ => new.push_str(if address.is_ipv4() { "0.0.0.0" } else { "::" }),
            }
            copied = span.end;
        }
        new.push_str(&text[copied..]);
        new
    }

    fn found(&mut self, text: &str, place: Place<'p>, glance: &Glance) -> Fate {
        let found = match place {
            Place::Open if self.policy.way == Way::Out => {
                detect::find_seen(text, glance).into_iter().map(|find| (find.span, find.category)).collect()
            }
            _ => Vec::new(),
        };
        let fate = self.replace(text, found);
        if fate == Fate::Remove || (fate == Fate::Keep && !self.visitor.needle().may_stand(glance)) {
            return fate;
        }
        self.without_needles(text, fate)
    }

    /// What becomes of a text to which this happened already, once the needle is out of it.
    fn without_needles(&mut self, text: &str, mut fate: Fate) -> Fate {
        for _ in 0..MOST_UNCOVERED {
            let current = if let Fate::Replace(new) = &fate { new } else { text };
            let Some(needles) = self.visitor.needle().find_all(current, MOST_NEEDLES) else {
                return Fate::Remove;
            };
            let needles = needles.into_iter().map(|span| (span, Category::Address)).collect();
            match self.replace(current, needles) {
                Fate::Keep => return fate,
                Fate::Remove => return Fate::Remove,
                // The coarser form of some addresses is the address.
                Fate::Replace(new) if new == current => return Fate::Replace(new),
                replaced => fate = replaced,
            }
        }
        Fate::Remove
    }

    /// Treats stretches of a text; one that is all of it decides for the whole.
    fn replace(&mut self, text: &str, finds: Vec<(Range<usize>, Category)>) -> Fate {
        if finds.is_empty() {
            return Fate::Keep;
        }
        let mut new = String::new();
        let mut copied = 0;
        let edge = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '[' | ']' | '<' | '>');
        for (span, category) in finds {
            let found = &text[span.clone()];
            let fate = self.act(found, category, self.places().of(category).action);
            if fate == Fate::Keep {
                continue;
            }
            if text.trim_matches(edge) == found {
                return fate;
            }
            new.push_str(&text[copied..span.start]);
            match fate {
                Fate::Replace(stand_in) => new.push_str(&stand_in),
                _ => {
                    new.push('[');
                    new.push_str(category.name());
                    new.push(']');
                }
            }
            copied = span.end;
        }
        if copied == 0 {
            return Fate::Keep;
        }
        new.push_str(&text[copied..]);
        Fate::Replace(new)
    }

    /// Words in the text that are text in another alphabet.
    fn tokens(&mut self, text: &str, place: Place<'p>) -> Result<Fate, Refusal> {
        let mut new = String::new();
        let mut copied = 0;
        let tokens = wrapping::tokens(text, &mut self.allowance)?;
        let signed = if tokens.is_empty() || !is_kept(place) { Vec::new() } else { detect::signed(text) };
        for token in tokens {
            let signed = signed.iter().find(|whole| whole.contains(&token.span.start));
            let fate = match signed {
                Some(_) => self.signed(&token.layer.inner, place)?,
                None => self.nested(|scrub| scrub.read(&token.layer.inner, place))?,
            };
            let (span, piece) = match (fate, signed) {
                (Fate::Keep, _) => continue,
                (Fate::Replace(inner), None) => (token.span, Some(self.wrap(&token.layer, inner)?)),
                (_, whole) => (whole.cloned().unwrap_or(token.span), None),
            };
            if piece.is_none() && span.len() == text.len() {
                return Ok(Fate::Remove);
            }
            // Of a signed token every part may say so.
            if span.start >= copied {
                new.push_str(&text[copied..span.start]);
                new.push_str(piece.as_deref().unwrap_or("[removed]"));
                copied = span.end;
            }
        }
        if copied == 0 {
            return Ok(Fate::Keep);
        }
        new.push_str(&text[copied..]);
        Ok(Fate::Replace(new))
    }

    /// A part of a signed token (RFC 7519) that a rule keeps. Changed it would be refused, so it leaves whole or not at
    /// all: whoever needs it signed for what nothing names in it.
    fn signed(&mut self, part: &str, place: Place<'p>) -> Result<Fate, Refusal> {
        let outer = std::mem::replace(&mut self.signed, true);
        let fate = self.nested(|scrub| scrub.read(part, place));
        self.signed = outer;
        fate
    }
}

fn is_kept(place: Place<'_>) -> bool {
    matches!(place, Place::Known(treatment) | Place::Inside(treatment) if *treatment.action == Action::Keep)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::privacy::fixture::{json, message, open, parts, policy};

    const OFFER: &str = "v=0\\r\\no=- 4611 2 IN IP4 192.168.1.23\\r\\nc=IN IP6 fd12:3456:789a::23\\r\\n\
        a=candidate:84 1 udp 2113937151 192.168.1.23 46154 typ host\\r\\n\
        a=candidate:85 1 udp 1677729535 203.0.113.5 46154 typ srflx raddr 192.168.1.23 rport 46154\\r\\n\
        a=candidate:86 1 udp 21139 fd12:3456:789a::23 46154 typ host\\r\\n\
        a=candidate:87 1 udp 21139 6f1c9b0e-4a3d.local 46154 typ host\\r\\n";

    /// The offer with other addresses.
    fn offer(private: &str, public: &str, wide: &str) -> String {
        OFFER
            .replace("192.168.1.23", private)
            .replace("203.0.113.5", public)
            .replace("fd12:3456:789a::23", wide)
    }

    #[test]
    fn a_calls_description_tells_no_address_of_the_visitors_machine_even_where_a_rule_keeps_it() {
        let kept = |name| policy(name, "json:/sdp -> service\njson:/0 -> service\njson:/1 = keep");
        for (policy, sdp) in [
            (kept("strict"), offer("0.0.0.0", "0.0.0.0", "::")),
            (open(parts("strict", "")), offer("0.0.0.0", "0.0.0.0", "::")),
            (kept("address-only"), offer("192.168.1.0", "203.0.113.0", "fd12:3456:789a::")),
            (open(parts("address-only", "")), offer("192.168.1.0", "203.0.113.0", "fd12:3456:789a::")),
        ] {
            let body = format!("{{\"sdp\":\"{OFFER}\"}}");
            assert_eq!(json(&policy, &body).unwrap(), format!("{{\"sdp\":\"{sdp}\"}}"));
            let packet = format!("42[\"offer\",\"{OFFER}\"]");
            assert_eq!(message(&policy, &packet).unwrap(), format!("42[\"offer\",\"{sdp}\"]"));
        }
    }

    #[test]
    fn a_coarser_address_between_many_colons_settles() {
        let policy = open(parts("address-only", ""));
        let once = json(&policy, "{\"m\":\"at ::::::::::::ffff:099.51.100.23\"}").unwrap();
        assert_eq!(once, "{\"m\":\"at ::::::::::::ffff:99.51.100.0\"}");
        let twice = json(&policy, &once).unwrap();
        assert_eq!(twice, "{\"m\":\"at :99.51.100.0\"}");
        assert_eq!(json(&policy, &twice).unwrap(), twice);
    }

    #[test]
    fn an_address_that_another_one_uncovers_does_not_stay() {
        let kept = policy("strict", "json:/m = keep");
        for (before, after) in [
            ("198.51.100.230xc6336417 here", "[address][address] here"),
            ("198.51.100.230xc63364170xc6336417 here", "[address][address][address] here"),
            // The same address in hex, with a letter too many before it.
            ("13139382e35312e3130302e3233198.51.100.23", "15b616464726573735d[address]"),
        ] {
            let left = json(&kept, &format!("{{\"m\":\"{before}\"}}")).unwrap();
            assert_eq!(left, format!("{{\"m\":\"{after}\"}}"));
        }
    }
}
