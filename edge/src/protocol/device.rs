//! A device in plain words, by what its browser says of itself (`User-Agent`): the few names that people know, and
//! nothing that would tell two devices of one kind apart.

use http::{HeaderMap, header};

/// A device: its browser and what it runs on; `None` for what is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) browser: Option<&'static str>,
    pub(crate) system: Option<&'static str>,
}

/// What browsers write of themselves. Most claim to be others too: the first that is found counts.
const BROWSERS: [(&str, &str); 11] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

/// The same of systems. Android is a Linux, and says so.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
];

/// What an iPad calls itself in Safari, which shows it pages as a Mac would see them; so does a Mac.
const MAC_OR_IPAD: &str = "Mac or iPad";

/// The device that sent a request.
pub(crate) fn of(headers: &HeaderMap) -> Device {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(described).unwrap_or_default()
}

fn described(agent: &str) -> Device {
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name)
    };
    let browser = named(&BROWSERS).filter(|name| *name != "Safari" || agent.contains("Safari/"));
    let is_of_apple = browser == Some("Safari") || agent.contains("iOS/");
    let system = named(&SYSTEMS).map(|name| if name == "Mac" && is_of_apple { MAC_OR_IPAD } else { name });
    Device { browser, system }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(agent: &str, browser: &str, system: &str) {
        let device = described(agent);
        assert_eq!((device.browser.unwrap_or(""), device.system.unwrap_or("")), (browser, system), "{agent}");
    }

    /// As browsers of the last years send it.
    #[test]
    fn common_browsers_are_named() {
        let webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
        let blink = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X)";
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
        let android = "Mozilla/5.0 (Linux; Android 10; K)";
        check(&format!("{phone} {webkit} Version/26.1 Mobile/15E148 Safari/604.1"), "Safari", "iPhone");
        check(
            &format!("{phone} {webkit} CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1"),
            "Chrome",
            "iPhone",
        );
        check(&format!("{phone} {webkit} FxiOS/145.0 Mobile/15E148 Safari/604.1"), "Firefox", "iPhone");
        check(
            &format!("{phone} {webkit} Version/18.0 EdgiOS/142.0.0.0 Mobile/15E148 Safari/604.1"),
            "Edge",
            "iPhone",
        );
        check(&format!("{phone} {webkit} Mobile/15E148"), "", "iPhone");
        check(&format!("{mac} {webkit} Version/26.1 Safari/605.1.15"), "Safari", "Mac or iPad");
        check(&format!("{mac} {webkit} CriOS/142 Version/11.1.1 Safari/605.1.15"), "Chrome", "Mac or iPad");
        check(&format!("{mac} {blink} Safari/537.36"), "Chrome", "Mac");
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox",
            "Mac",
        );
        check(
            "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1",
            "Safari",
            "iPad",
        );
        check(&format!("{windows} {blink} Safari/537.36 Edg/142.0.0.0"), "Edge", "Windows");
        check(&format!("{windows} {blink} Safari/537.36 OPR/124.0.0.0"), "Opera", "Windows");
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox",
            "Windows",
        );
        check(&format!("{android} {blink} Mobile Safari/537.36"), "Chrome", "Android");
        check(
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
            "Samsung Internet",
            "Android",
        );
        check("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "Firefox", "Android");
        check(
            &format!("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {blink} Safari/537.36"),
            "Chrome",
            "ChromeOS",
        );
        check("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox", "Linux");
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36",
            "Chrome",
            "Linux",
        );
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        for agent in ["", "curl/8.5.0", "python-requests/2.32", "Mozilla/5.0", "Safari", "Version/1", "日本"]
        {
            check(agent, "", "");
        }
        check("Mozilla/5.0 (X11; Linux x86_64) Something/1.0", "", "Linux");
        let mut headers = HeaderMap::new();
        assert_eq!(of(&headers), Device::default());
        headers.insert(header::USER_AGENT, http::HeaderValue::from_bytes(b"\xff Firefox/1").unwrap());
        assert_eq!(of(&headers), Device::default());
    }
}
