//! The rules of a route, compiled: from a place on a surface to what happens there.
//!
//! `names` finds a name on a surface, `tree` a pointer in a document. Does not know how a surface is read or an
//! action done. Invariant: of all rules that match a place, the first as written decides.

mod names;
mod set;
mod table;
mod tree;

use super::action::Action;
use super::category::Category;
use super::policies::Actions;
use super::rule::{Path, Rule, Selector};

pub use names::{Folded, NameMap, Names};
pub use set::Set;
pub use tree::{NodeId, Tree};

/// What stands at a place and what happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Treatment<'p> {
    pub category: Category,
    pub action: &'p Action,
}

impl Treatment<'_> {
    /// What the protocol needs is the wrapper, not whatever is put into it: a document inside stands alone.
    pub fn is_wrapper(self) -> bool {
        self.category == Category::Service && *self.action == Action::Keep
    }
}

/// What a vendor finds out of whoever asks. What it calls the visitor by is left: its protocol needs that.
const ECHOED: [Category; 4] =
    [Category::Address, Category::Location, Category::UserAgent, Category::Timezone];

/// A rule's place in the order of rules.
pub type Rank = u32;

/// Every rule of a route, by surface.
#[derive(Clone, Debug)]
pub struct Places {
    treatments: Vec<(Category, Action)>,
    actions: Actions,
    pub header: Names,
    pub cookie: Names,
    pub query: Names,
    pub form: Names,
    pub part: Names,
    pub set_cookie: Names,
    pub response_header: Names,
    paths: Vec<(Path, Rank)>,
    pub json: Tree,
    pub text: Option<Rank>,
    general: NameMap,
    /// The same for what a vendor says back.
    echoes: NameMap,
}

impl Places {
    /// Where rules and well-known names speak in what the visitor sends.
    pub fn compile(rules: &[Rule], general: NameMap, actions: Actions) -> Self {
        let mut places = Self::none(general, actions);
        for (rank, rule) in (0..).zip(rules) {
            places.treat(rule);
            match &rule.selector {
                Selector::Header(name) => places.header.insert(name, rank),
                Selector::Cookie(name) => places.cookie.insert(name, rank),
                Selector::Query(name) => places.query.insert(name, rank),
                Selector::Form(name) => places.form.insert(name, rank),
                Selector::Part(name) => places.part.insert(name, rank),
                Selector::SetCookie(name) => places.set_cookie.insert(name, rank),
                Selector::ResponseHeader(name) => places.response_header.insert(name, rank),
                Selector::Path(path) => places.paths.push((path.clone(), rank)),
                Selector::Json(pointer) => places.json.insert(pointer, rank),
                Selector::Text => places.text = places.text.or(Some(rank)),
                Selector::ResponseJson(_) => {}
            }
        }
        places
    }

    /// Where rules speak in the documents a vendor answers with, if any does. What no rule names passes: well-known
    /// names mean something only where the vendor tells the visitor of the visitor.
    pub fn of_answers(rules: &[Rule], general: &NameMap, mut actions: Actions) -> Option<Self> {
        actions.set(Category::Unmapped, Action::Keep);
        let mut places = Self::none(NameMap::default(), actions);
        let mut any = false;
        for (rank, rule) in (0..).zip(rules) {
            places.treat(rule);
            if let Selector::ResponseJson(pointer) = &rule.selector {
                places.json.insert(pointer, rank);
                any = true;
            }
        }
        places.echoes = general.only(&ECHOED);
        any.then_some(places)
    }

    fn none(general: NameMap, actions: Actions) -> Self {
        Self {
            treatments: Vec::new(),
            actions,
            header: Names::default(),
            cookie: Names::default(),
            query: Names::default(),
            form: Names::default(),
            part: Names::default(),
            set_cookie: Names::default(),
            response_header: Names::default(),
            paths: Vec::new(),
            json: Tree::default(),
            text: None,
            general,
            echoes: NameMap::default(),
        }
    }

    /// A rule's treatment, at its rank.
    fn treat(&mut self, rule: &Rule) {
        let action = rule.action.as_ref().unwrap_or_else(|| self.actions.of(rule.category));
        self.treatments.push((rule.category, action.clone()));
    }

    pub fn treatment(&self, rank: Rank) -> Treatment<'_> {
        let (category, action) = &self.treatments[rank as usize];
        Treatment { category: *category, action }
    }

    /// The policy's own action for a category.
    pub fn of(&self, category: Category) -> Treatment<'_> {
        Treatment { category, action: self.actions.of(category) }
    }

    /// A rule for a name on one surface, else the general map's word on it.
    pub fn named(&self, names: &Names, name: &str) -> Option<Treatment<'_>> {
        names.find(name).map(|rank| self.treatment(rank)).or_else(|| self.general(name))
    }

    /// What the general map says of a well-known name.
    pub fn general(&self, name: &str) -> Option<Treatment<'_>> {
        self.general.category(name).map(|category| self.of(category))
    }

    /// Whether anything is known of what a vendor says back.
    pub fn knows_echoes(&self) -> bool {
        !self.echoes.is_empty()
    }

    /// What a well-known name says where a vendor tells the visitor of the visitor.
    pub fn echoed(&self, name: &str) -> Option<Category> {
        self.echoes.category(name)
    }

    /// The same; and of a name with that of what it stands in: `page` and `title`.
    pub fn general_in(&self, owner: &Folded, name: &str) -> Option<Treatment<'_>> {
        self.general.category_in(owner, name).map(|category| self.of(category))
    }

    /// For every segment of a request path, the rule that names it; nothing where none names any.
    pub fn path(&self, segments: usize, segment: impl Fn(usize) -> Option<String>) -> Vec<Option<Rank>> {
        let mut ranks = Vec::new();
        for (path, rank) in self.paths.iter().filter(|(path, _)| path.0.len() == segments) {
            ranks.resize(segments, None);
            let fits = |(index, wanted): (usize, &Option<Box<str>>)| {
                wanted.as_deref().is_none_or(|wanted| segment(index).as_deref() == Some(wanted))
            };
            if path.0.iter().enumerate().all(fits) {
                for (slot, wanted) in ranks.iter_mut().zip(&path.0) {
                    if wanted.is_none() && slot.is_none() {
                        *slot = Some(*rank);
                    }
                }
            }
        }
        ranks
    }
}
