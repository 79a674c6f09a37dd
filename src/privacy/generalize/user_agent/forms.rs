//! The common forms a user agent is told in: data.
//!
//! Each is what the browser itself sends on a machine that many have, with its reduced version (Chrome's and
//! Firefox's own reduction). Invariant: a form read again is the same form.

use super::{Family, System};

/// `{v}` stands for the browser's major version, `{os}` for that of iOS.
#[rustfmt::skip]
pub const FORMS: &[(Family, System, &str)] = &[
    (Family::Chrome, System::Windows, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"),
    (Family::Chrome, System::MacOs, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"),
    (Family::Chrome, System::Linux, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"),
    (Family::Chrome, System::ChromeOs, "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"),
    (Family::Chrome, System::AndroidPhone, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36"),
    (Family::Chrome, System::AndroidTablet, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"),
    (Family::Chrome, System::IPhone, "Mozilla/5.0 (iPhone; CPU iPhone OS {os}_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/{v}.0.0.0 Mobile/15E148 Safari/604.1"),
    (Family::Chrome, System::IPad, "Mozilla/5.0 (iPad; CPU OS {os}_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/{v}.0.0.0 Mobile/15E148 Safari/604.1"),
    (Family::Edge, System::Windows, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0"),
    (Family::Edge, System::MacOs, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0"),
    (Family::Edge, System::Linux, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0"),
    (Family::Edge, System::AndroidPhone, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36 EdgA/{v}.0.0.0"),
    (Family::Edge, System::IPhone, "Mozilla/5.0 (iPhone; CPU iPhone OS {os}_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{os}.0 EdgiOS/{v}.0.0.0 Mobile/15E148 Safari/605.1.15"),
    (Family::Opera, System::Windows, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 OPR/{v}.0.0.0"),
    (Family::Opera, System::MacOs, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 OPR/{v}.0.0.0"),
    (Family::Opera, System::AndroidPhone, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36 OPR/{v}.0.0.0"),
    (Family::Samsung, System::AndroidPhone, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/{v}.0 Chrome/120.0.0.0 Mobile Safari/537.36"),
    (Family::Samsung, System::AndroidTablet, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/{v}.0 Chrome/120.0.0.0 Safari/537.36"),
    (Family::Firefox, System::Windows, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"),
    (Family::Firefox, System::MacOs, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"),
    (Family::Firefox, System::Linux, "Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"),
    (Family::Firefox, System::AndroidPhone, "Mozilla/5.0 (Android 10; Mobile; rv:{v}.0) Gecko/{v}.0 Firefox/{v}.0"),
    (Family::Firefox, System::AndroidTablet, "Mozilla/5.0 (Android 10; Tablet; rv:{v}.0) Gecko/{v}.0 Firefox/{v}.0"),
    (Family::Firefox, System::IPhone, "Mozilla/5.0 (iPhone; CPU iPhone OS {os}_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/{v}.0 Mobile/15E148 Safari/605.1.15"),
    (Family::Firefox, System::IPad, "Mozilla/5.0 (iPad; CPU OS {os}_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/{v}.0 Mobile/15E148 Safari/605.1.15"),
    (Family::Safari, System::MacOs, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{v}.0 Safari/605.1.15"),
    (Family::Safari, System::IPhone, "Mozilla/5.0 (iPhone; CPU iPhone OS {os}_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{v}.0 Mobile/15E148 Safari/604.1"),
    (Family::Safari, System::IPad, "Mozilla/5.0 (iPad; CPU OS {os}_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{v}.0 Mobile/15E148 Safari/604.1"),
];

/// What every program that says it is one becomes.
pub const BOT: &str = "Mozilla/5.0 (compatible; bot/1.0)";

/// Names that stand alone in the copies of a user agent, and are as common as the forms.
pub const NAMES: &[&str] = &[
    "Chrome",
    "Chromium",
    "Google Chrome",
    "Chrome Mobile",
    "Chrome iOS",
    "Mobile Chrome",
    "Edge",
    "Microsoft Edge",
    "Microsoft Edge Mobile",
    "Firefox",
    "Firefox iOS",
    "Firefox Mobile",
    "Safari",
    "Mobile Safari",
    "Opera",
    "Opera Mobile",
    "Samsung Internet",
    "Windows",
    "Mac OS X",
    "macOS",
    "Mac OS",
    "Linux",
    "Android",
    "iOS",
    "iPadOS",
    "Chrome OS",
    "ChromeOS",
    "Desktop",
    "Mobile",
    "Tablet",
];
