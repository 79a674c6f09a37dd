//! A user agent as one of some thirty common forms, with the browser's major version.
//!
//! Reads what browsers say of themselves; apps that show the web become the browser family inside them.
//! Combinations few people have become the plain browser of their system, programs a bot. The short copies
//! that vendors' scripts send (a browser's or system's name, a version) are read too. Whatever else there is
//! cannot be read and is removed, for a rare agent is a name. Invariant: a form is its own form.

mod forms;

use forms::{BOT, FORMS, NAMES};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Chrome,
    Edge,
    Opera,
    Samsung,
    Firefox,
    Safari,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Windows,
    MacOs,
    Linux,
    ChromeOs,
    AndroidPhone,
    AndroidTablet,
    IPhone,
    IPad,
}

pub fn generalize(value: &str) -> Option<String> {
    let value = value.trim();
    if let Some(copy) = short_copy(value) {
        return Some(copy);
    }
    if is_bot(value) {
        return Some(BOT.to_owned());
    }
    let (family, system, version) = read(value)?;
    let os = after(value, " OS ").unwrap_or(version);
    Some(form(family, system)?.replace("{v}", version).replace("{os}", os))
}

/// What a browser says of itself, as far as there is a form for it.
fn read(agent: &str) -> Option<(Family, System, &str)> {
    let system = system(agent)?;
    let named = MARKS.iter().find_map(|(mark, family)| Some((*family, after(agent, mark)?)));
    if let Some((family, version)) = named.filter(|(family, _)| form(*family, system).is_some()) {
        return Some((family, system, version));
    }
    // A rare browser, or an app that shows the web, becomes what its engine is on that system.
    match system {
        System::IPhone | System::IPad if agent.contains("AppleWebKit/") => {
            Some((Family::Safari, system, after(agent, "Version/").or_else(|| after(agent, " OS "))?))
        }
        _ => Some((Family::Chrome, system, after(agent, "Chrome/")?)),
    }
}

/// Who builds on another browser names it too, so the order tells.
const MARKS: [(&str, Family); 12] = [
    ("Edg/", Family::Edge),
    ("EdgA/", Family::Edge),
    ("EdgiOS/", Family::Edge),
    ("Edge/", Family::Edge),
    ("OPR/", Family::Opera),
    ("SamsungBrowser/", Family::Samsung),
    ("FxiOS/", Family::Firefox),
    ("Firefox/", Family::Firefox),
    ("CriOS/", Family::Chrome),
    ("Chrome/", Family::Chrome),
    ("Chromium/", Family::Chrome),
    ("Version/", Family::Safari),
];

fn form(family: Family, system: System) -> Option<&'static str> {
    FORMS.iter().find(|form| (form.0, form.1) == (family, system)).map(|form| form.2)
}

fn system(agent: &str) -> Option<System> {
    let says = |word: &str| agent.contains(word);
    if ["Windows Phone", "Tizen", "Web0S", "SMART-TV", "SmartTV", "PlayStation", "Nintendo"]
        .into_iter()
        .any(says)
    {
        return None;
    }
    Some(if says("iPad") {
        System::IPad
    } else if says("iPhone") || says("iPod") {
        System::IPhone
    } else if says("Android") {
        if says("Mobile") { System::AndroidPhone } else { System::AndroidTablet }
    } else if says("CrOS") {
        System::ChromeOs
    } else if says("Windows") {
        System::Windows
    } else if says("Macintosh") {
        System::MacOs
    } else if says("Linux") || says("X11") {
        System::Linux
    } else {
        return None;
    })
}

/// The one to three digits after a mark.
fn after<'a>(agent: &'a str, mark: &str) -> Option<&'a str> {
    let start = agent.find(mark)? + mark.len();
    let digits = agent[start..].bytes().take_while(u8::is_ascii_digit).count();
    let version = &agent[start..start + digits];
    (matches!(digits, 1..=3) && !version.starts_with('0')).then_some(version)
}

/// A program that says so: a name that ends in bot, a tool, or an address to complain to.
fn is_bot(agent: &str) -> bool {
    const WORDS: [&str; 16] = [
        "crawl",
        "spider",
        "slurp",
        "headless",
        "+http",
        "externalhit",
        "mediapartners",
        "googleother",
        "lighthouse",
        "pingdom",
        "curl/",
        "wget/",
        "python-",
        "go-http-client",
        "libwww",
        "phantomjs",
    ];
    let agent = agent.to_ascii_lowercase();
    let ends_in_bot = agent.match_indices("bot").any(|(at, _)| {
        let goes_on = agent[at + 3..].starts_with(|next: char| next.is_ascii_alphabetic());
        // Cubot makes phones.
        !goes_on && !agent[..at].ends_with("cu")
    });
    ends_in_bot || WORDS.iter().any(|word| agent.contains(word))
}

/// A name, a version or a flag that stands alone, perhaps in the quotes of a client hint.
fn short_copy(value: &str) -> Option<String> {
    let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let copy = bare.unwrap_or(value);
    let name = NAMES.iter().find(|name| name.eq_ignore_ascii_case(copy)).map(|name| (*name).to_owned());
    let copy = match name.or_else(|| reduced_version(copy)) {
        None if matches!(value, "?0" | "?1") => return Some(value.to_owned()),
        copy => copy?,
    };
    Some(if bare.is_some() { format!("\"{copy}\"") } else { copy })
}

/// `126.0.6478.122` as `126.0.0.0`.
fn reduced_version(value: &str) -> Option<String> {
    let mut parts = value.split('.');
    let major = parts.next().filter(|major| matches!(major.len(), 1..=3))?;
    let version = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && value.len() <= 24;
    let minor = parts.clone().all(|part| !part.is_empty());
    (version && minor).then(|| major.to_owned() + &".0".repeat(parts.count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Family, system, major version and what a browser sent.
    fn agents() -> impl Iterator<Item = (String, &'static str)> {
        include_str!("agents.tsv").lines().filter_map(|line| {
            let (expected, agent) = line.rsplit_once('\t')?;
            Some((expected.replace('\t', " "), agent))
        })
    }

    #[test]
    fn every_browser_becomes_the_common_form_of_its_family_and_system() {
        assert!(agents().count() >= 60);
        for (expected, agent) in agents() {
            let read =
                read(agent).map(|(family, system, version)| format!("{family:?} {system:?} {version}"));
            assert_eq!(read, Some(expected), "{agent}");
        }
    }

    #[test]
    fn what_tells_a_device_is_gone() {
        for (_, agent) in agents() {
            let form = generalize(agent).unwrap_or_default();
            assert!(form.starts_with("Mozilla/5.0 ("), "{agent}");
            for told in
                ["SM-", "Build", "Pixel", "FBAN", "Instagram", "6478", "Android 14", "KFMAWI", "17_5", "wv"]
            {
                assert!(!form.contains(told), "{form}");
            }
        }
    }

    #[test]
    fn a_form_is_its_own_form() {
        for (family, system, form) in FORMS {
            let agent = form.replace("{v}", "126").replace("{os}", "17");
            assert_eq!(generalize(&agent), Some(agent), "{family:?} {system:?}");
        }
        for copy in NAMES.iter().copied().chain([BOT, "126.0.0.0", "?1", "\"Windows\""]) {
            assert_eq!(generalize(copy).as_deref(), Some(copy));
        }
    }

    #[test]
    fn every_program_becomes_one_bot() {
        for agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)",
            "facebookexternalhit/1.1",
            "curl/8.5.0",
            "python-requests/2.32.3",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
        ] {
            assert_eq!(generalize(agent).as_deref(), Some(BOT), "{agent}");
        }
    }

    #[test]
    fn short_copies_are_reduced() {
        for (copy, reduced) in [
            ("Chrome", "Chrome"),
            ("mac os x", "Mac OS X"),
            ("126.0.6478.122", "126.0.0.0"),
            ("126", "126"),
            ("17.5", "17.0"),
            ("\"macOS\"", "\"macOS\""),
            ("\"15.2.1\"", "\"15.0.0\""),
            ("?0", "?0"),
        ] {
            assert_eq!(generalize(copy).as_deref(), Some(reduced), "{copy}");
        }
    }

    #[test]
    fn a_rare_agent_cannot_be_read() {
        for agent in [
            "",
            "SM-S928B",
            "jane@example.org",
            "Mozilla/5.0",
            "Mozilla/5.0 (PlayStation 5/SmartTV) AppleWebKit/605.1.15 (KHTML, like Gecko)",
            "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15",
            "ShopApp/4.2 CFNetwork/1494.0.7 Darwin/23.4.0",
            "1.2.3.",
            "99999",
        ] {
            assert_eq!(generalize(agent), None, "{agent}");
        }
    }
}
