//! Where a visitor stands with a route.
//!
//! Knows the signals and which of them a route heeds; does not know routes. Invariants: any sign of a no is a no,
//! unless the visitor's own yes outweighs that very sign; of several, the one with the stronger effect counts.

use std::sync::LazyLock;

use http::header::{DNT, HeaderMap, HeaderName};

use super::jar;
use super::signal::{Choice, Effect, Signal};
use crate::privacy::rule::Name;

/// Holds `on` or `off`, and nothing else.
pub const CHOICE_COOKIE: &str = "privet_choice";

const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// Where a visitor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Said no, and how.
    Out(Signal),
    /// Said yes on this very site.
    In,
    Unsaid,
}

/// How a route heeds its visitors' choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorChoice {
    /// The signals that are read.
    pub signals: Vec<Signal>,
    /// What a no by cookie or link comes to.
    pub on_opt_out: Effect,
    pub on_gpc: Effect,
    pub on_dnt: Effect,
    /// The browser's general signals that a visitor's own yes on this site outweighs.
    pub opt_in_over: Vec<Signal>,
}

impl VisitorChoice {
    /// Where the visitor behind these headers stands, who may have said something in this very request.
    pub fn standing(&self, headers: &HeaderMap, said: Option<Choice>) -> Standing {
        let kept = kept(headers).filter(|_| self.heeds(Signal::Cookie));
        let own = said.or(kept);
        let outs = Signal::ALL.into_iter().filter(|signal| match signal {
            Signal::Query => said == Some(Choice::Off),
            Signal::Cookie => said.is_none() && kept == Some(Choice::Off),
            Signal::Gpc | Signal::Dnt => {
                let outweighed = own == Some(Choice::On) && self.opt_in_over.contains(signal);
                self.heeds(*signal) && is_sent(headers, *signal) && !outweighed
            }
        });
        // Of equals the first stays.
        let strongest = outs.min_by_key(|signal| self.effect(*signal) == Effect::Strict);
        match strongest {
            Some(signal) => Standing::Out(signal),
            None if own == Some(Choice::On) => Standing::In,
            None => Standing::Unsaid,
        }
    }

    pub const fn effect(&self, signal: Signal) -> Effect {
        match signal {
            Signal::Query | Signal::Cookie => self.on_opt_out,
            Signal::Gpc => self.on_gpc,
            Signal::Dnt => self.on_dnt,
        }
    }

    pub fn heeds(&self, signal: Signal) -> bool {
        self.signals.contains(&signal)
    }

    /// Whether some visitor's no leads through the strict policy.
    pub fn may_pass_strictly(&self) -> bool {
        self.signals.iter().any(|signal| self.effect(*signal) == Effect::Strict)
    }
}

/// What holds where nobody says anything: a visitor's own no blocks; a browser's general one, which some send for
/// everybody and to every site, leads through `strict`, so that a chat still works.
impl Default for VisitorChoice {
    fn default() -> Self {
        Self {
            signals: Signal::ALL.to_vec(),
            on_opt_out: Effect::Block,
            on_gpc: Effect::Strict,
            on_dnt: Effect::Strict,
            opt_in_over: vec![Signal::Dnt],
        }
    }
}

/// What the visitor chose before.
fn kept(headers: &HeaderMap) -> Option<Choice> {
    static NAME: LazyLock<Name> = LazyLock::new(|| Name { stem: CHOICE_COOKIE.into(), open: false });
    Choice::strongest(jar::values(headers, &NAME).filter_map(Choice::parse))
}

/// Whether the browser sends one of its general signals.
fn is_sent(headers: &HeaderMap, signal: Signal) -> bool {
    let sent = |name: HeaderName| headers.get_all(name).iter().any(|value| value == "1");
    match signal {
        Signal::Gpc => sent(SEC_GPC),
        Signal::Dnt => sent(DNT),
        Signal::Query | Signal::Cookie => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn standing(lines: &[(&'static str, &str)]) -> Standing {
        VisitorChoice::default().standing(&headers(lines), None)
    }

    const OFF: (&str, &str) = ("cookie", "a=1; privet_choice=off; b=2");
    const ON: (&str, &str) = ("cookie", "privet_choice=on");
    const GPC: (&str, &str) = ("sec-gpc", "1");
    const DNT: (&str, &str) = ("dnt", "1");

    #[test]
    fn any_sign_of_a_no_is_a_no() {
        for (lines, expected) in [
            (&[][..], Standing::Unsaid),
            (&[OFF], Standing::Out(Signal::Cookie)),
            (&[GPC], Standing::Out(Signal::Gpc)),
            (&[DNT], Standing::Out(Signal::Dnt)),
            (&[DNT, GPC, OFF], Standing::Out(Signal::Cookie)),
            (&[ON], Standing::In),
            (&[("sec-gpc", "0"), ("dnt", "0")], Standing::Unsaid),
            (&[("dnt", "0"), DNT], Standing::Out(Signal::Dnt)),
            (&[("cookie", "privet_choice=maybe; xprivet_choice=off")], Standing::Unsaid),
            (&[("cookie", "privet_choice=\"off\"")], Standing::Out(Signal::Cookie)),
            (&[ON, OFF, ON], Standing::Out(Signal::Cookie)),
        ] {
            assert_eq!(standing(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_yes_on_the_site_outweighs_the_signals_it_may_and_no_other() {
        assert_eq!(standing(&[ON, DNT]), Standing::In);
        assert_eq!(standing(&[ON, GPC]), Standing::Out(Signal::Gpc));
        let both = VisitorChoice { opt_in_over: vec![Signal::Gpc, Signal::Dnt], ..VisitorChoice::default() };
        assert_eq!(both.standing(&headers(&[ON, DNT, GPC]), None), Standing::In);
    }

    #[test]
    fn what_is_said_in_the_address_holds_for_the_request_whatever_was_kept() {
        let choice = VisitorChoice::default();
        let told = |lines, said| choice.standing(&headers(lines), Some(said));
        assert_eq!(told(&[ON], Choice::Off), Standing::Out(Signal::Query));
        assert_eq!(told(&[OFF], Choice::On), Standing::In);
        assert_eq!(told(&[GPC], Choice::On), Standing::Out(Signal::Gpc));
        let deaf = VisitorChoice { signals: vec![Signal::Cookie], ..choice };
        assert_eq!(deaf.standing(&headers(&[GPC, DNT]), None), Standing::Unsaid);
    }

    #[test]
    fn of_several_signals_the_one_with_the_stronger_effect_counts() {
        let (on_opt_out, on_dnt) = (Effect::Strict, Effect::Block);
        let mild = VisitorChoice { on_opt_out, on_dnt, ..VisitorChoice::default() };
        assert_eq!(mild.standing(&headers(&[OFF, GPC]), None), Standing::Out(Signal::Cookie));
        assert_eq!(mild.standing(&headers(&[OFF, GPC, DNT]), None), Standing::Out(Signal::Dnt));
        let own = VisitorChoice { signals: vec![Signal::Cookie], ..VisitorChoice::default() };
        assert!(mild.may_pass_strictly() && !own.may_pass_strictly());
    }
}
