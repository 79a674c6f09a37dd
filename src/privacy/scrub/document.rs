//! Documents inside a value: bare, behind a question mark, or under layers.
//!
//! Knows how a document begins; the surfaces know the forms. Invariant: where only documents may pass, a text
//! without one does not.

use super::{Fate, Place, Scrub};
use crate::privacy::glance::{ESCAPE, Glance, OPENING};
use crate::privacy::refusal::Refusal;
use crate::privacy::surface::{json, pairs, url};
use crate::privacy::wrapping::{self, Layer, Reading};

impl<'p> Scrub<'p> {
    /// A JSON document inside the text, bare or wrapped, is a document of its own; so is a whole query.
    pub(super) fn document(
        &mut self,
        text: &str,
        place: Place<'p>,
        glance: &Glance,
    ) -> Result<Option<Fate>, Refusal> {
        if glance.any(OPENING) && json::looks_like_document(text) {
            return self.nested(|scrub| json::scrub_inside(scrub, text, place));
        }
        let named = matches!(place, Place::Known(treatment) if !treatment.is_wrapper());
        if let Some(query) = text.strip_prefix('?').filter(|query| !named && pairs::looks_like_form(query)) {
            let fate = self.nested(|scrub| pairs::scrub_inside(scrub, query))?;
            return Ok(Some(fate.map(|new| format!("?{new}"))));
        }
        if let Place::Open = place
            && glance.any(ESCAPE)
            && text.contains('&')
            && !url::is_page(text)
            && pairs::looks_like_form(text)
        {
            return self.nested(|scrub| pairs::scrub_inside(scrub, text)).map(Some);
        }
        if let Place::Closed = place {
            return self.wrapped_document(text, glance);
        }
        Ok(None)
    }

    /// Where only documents may pass, looks for one under the layers.
    fn wrapped_document(&mut self, text: &str, glance: &Glance) -> Result<Option<Fate>, Refusal> {
        let mut layers: Vec<Layer> = Vec::new();
        if wrapping::may_hold_tokens(glance) {
            let tokens = wrapping::tokens(text, &mut self.allowance)?.into_iter();
            layers.extend(tokens.filter(|token| token.span.len() == text.len()).map(|token| token.layer));
        }
        for reading in Reading::ALL.into_iter().filter(|reading| reading.fits(glance)) {
            layers.extend(reading.open(text, &mut self.allowance)?);
        }
        for layer in layers {
            let glance = Glance::of(&layer.inner);
            let fate = self.nested(|scrub| scrub.document(&layer.inner, Place::Closed, &glance))?;
            if let Some(fate) = fate {
                return fate.try_map(|inner| self.wrap(&layer, inner)).map(Some);
            }
        }
        Ok(None)
    }

    /// Puts a layer back around what was in it.
    pub(super) fn wrap(&mut self, layer: &Layer, inner: String) -> Result<String, Refusal> {
        let outer = layer.wrap(inner)?;
        self.write(outer.len())?;
        Ok(outer)
    }
}
