//! What an element's attributes hold.
//!
//! Knows HTML's, SVG's and rrweb's names; does not know values. Invariant: an attribute that no list here names holds
//! text of the page.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::holder::{Holder, Tag};
use super::part::Part;

/// Addresses of pages and of what pages load.
const URLS: [&str; 19] = [
    "action",
    "archive",
    "background",
    "cite",
    "classid",
    "codebase",
    "data",
    "formaction",
    "href",
    "icon",
    "longdesc",
    "lowsrc",
    "manifest",
    "ping",
    "poster",
    "profile",
    "rr_captured_href",
    "rr_src",
    "src",
];

/// What makes a page look as it does and says nothing of whom it is shown to.
static LAYOUT: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("layout.txt").split_ascii_whitespace().collect());

/// The same, by how they begin.
const LAYOUT_FAMILIES: [&str; 3] = ["rr_", "stroke", "xmlns:"];

/// What `aria-*` says in words; the rest are states and numbers of elements.
const SPOKEN: [&str; 7] = [
    "aria-braillelabel",
    "aria-brailleroledescription",
    "aria-description",
    "aria-label",
    "aria-placeholder",
    "aria-roledescription",
    "aria-valuetext",
];

/// The part an attribute of an element is.
pub fn part(holder: Holder, name: &str) -> Part {
    let lower = name.to_ascii_lowercase();
    let local = lower.strip_prefix("xlink:").unwrap_or(&lower);
    match local {
        "value" if holder.secret => Part::Secret,
        "value" if holder.tag == Tag::Choice => Part::Label(holder),
        "value" => Part::Typed(holder),
        "style" | "_csstext" => Part::Css,
        "srcset" | "imagesrcset" => Part::Urls,
        "rr_dataurl" => Part::Label(holder),
        // A reference inside the page, such as an icon's.
        "href" | "usemap" if holder.tag != Tag::Link => Part::Source,
        url if URLS.binary_search(&url).is_ok() => Part::Url,
        kept if is_layout(kept) => Part::Kept,
        _ => Part::Label(holder),
    }
}

fn is_layout(name: &str) -> bool {
    LAYOUT.contains(name)
        || LAYOUT_FAMILIES.iter().any(|family| name.starts_with(family))
        || name.starts_with("aria-") && !SPOKEN.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_can_be_searched() {
        assert!(URLS.is_sorted());
    }

    #[test]
    fn what_no_list_names_is_text_of_the_page() {
        let holder = Holder::default();
        for name in
            ["title", "alt", "data-kunde", "onclick", "aria-label", "customer-name", "content", "srcdoc"]
        {
            assert_eq!(part(holder, name), Part::Label(holder), "{name}");
        }
        for name in ["class", "viewBox", "d", "aria-hidden", "rr_scrollTop", "stroke-width", "type"] {
            assert_eq!(part(holder, name), Part::Kept, "{name}");
        }
        assert_eq!(part(holder, "value"), Part::Typed(holder));
        assert_eq!(part(holder, "xlink:href"), Part::Source);
        assert_eq!(part(Holder { tag: Tag::Link, ..holder }, "href"), Part::Url);
    }
}
