//! Certificates that end soon, told before visitors notice.
//!
//! Knows what a certificate says of its time; renews nothing. Invariant: whoever watches the log or the metrics hears
//! of it two weeks before.

use std::sync::Arc;

use super::listener::Entrance;
use crate::config::certificate::now;
use crate::metrics::Metrics;

/// Counts when each certificate in use ends, and complains of those that are not good or end soon.
pub fn tell(entrances: &[Arc<Entrance>], metrics: &Metrics) {
    metrics.forget_certificates();
    for entrance in entrances {
        let door = entrance.door.load();
        for shown in door.tls.iter().flat_map(|tls| tls.certificates.iter()) {
            let Some(valid) = shown.valid else { continue };
            let file = shown.file.display().to_string();
            if let Some(standing) = valid.standing(now()) {
                let note = standing.to_string();
                tracing::warn!(listener = &*entrance.name, file, note, "certificate");
            }
            metrics.certificate(&entrance.name, &file, valid.until);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Tls;
    use crate::downstream::trial;

    #[test]
    fn the_end_of_each_certificate_in_use_is_a_metric() {
        let directory = trial::directory("expiry");
        let pair = trial::pair(&directory, "site", &["site.example"]);
        let file = pair.certificate.display().to_string();
        let running = trial::run(trial::settings(vec![trial::listener(Tls::Certificates(vec![pair]))]));
        // The certificates of a trial end with the year 4095.
        running.await_count(&format!(
            r#"privet_certificate_expires_seconds{{listener="127.0.0.1:0",certificate="{file}"}} 67090118400"#
        ));
    }
}
