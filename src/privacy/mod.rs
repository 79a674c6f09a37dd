//! Floor 1, pure: what may leave, and in which form.
//!
//! Knows `http`, `bytes` and codecs; no socket, file, clock, environment or randomness. Time, keys and
//! addresses reach it as arguments. Invariant: the only way to a [`Scrubbed`] value leads through here.

mod action;
mod answer;
mod category;
pub mod choice;
mod crowd;
pub mod detect;
pub mod epoch;
#[cfg(test)]
mod fixture;
mod framing;
pub mod generalize;
mod geo;
mod glance;
pub mod image;
mod kept;
mod mask;
mod message;
mod needle;
mod places;
pub mod policies;
mod policy;
mod pseudonym;
mod question;
mod refusal;
mod rule;
mod run;
pub mod scan;
mod scrub;
mod scrubbed;
mod shape;
mod sources;
pub mod surface;
mod tally;
mod visitor;
mod washed;
mod wrapping;

pub use action::Action;
pub use answer::{Homeward, Left, Returned};
pub use category::{Category, UnknownCategory};
pub use crowd::{Crowd, Disguise, Look, Rare, Shown};
pub use epoch::{Epoch, Key, Secret};
pub use geo::{Geo, NoDatabase, Smaller};
pub use kept::Kept;
pub use message::{Message, TreatedMessage};
pub use needle::Needle;
pub use places::{NameMap, Treatment};
pub use policies::Actions;
pub use policy::{Files, OffSwitch, Policy, PolicyParts, Treated, Undecodable};
pub use pseudonym::{Collision, Pseudonyms, Visits};
pub use question::question;
pub use refusal::{Format, Refusal};
pub use rule::{Name, Path, Pointer, Rule, Selector, SelectorError, Step};
pub use scrubbed::Scrubbed;
pub use shape::{Gathering, Kind, Shapes, Told, UnknownKind, places_in_answer};
pub use sources::Sources;
pub use surface::response::{Changes, Home, LONGEST_COOKIE, Mount, is_label, is_shard};
pub use tally::Tally;
pub use visitor::Visitor;
