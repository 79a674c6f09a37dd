//! Whose certificates an upstream may show.
//!
//! Knows the public roots, built in, and how a file of private ones is read; does not know sockets.
//! Invariant: every configuration made here verifies, and a file of authorities stands instead of the public
//! roots, never beside them.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::UpstreamError;

/// The rules of TLS toward an upstream: verified, TLS 1.2 and 1.3, HTTP/2 preferred.
pub fn tls(authorities: Option<&Path>) -> Result<ClientConfig, UpstreamError> {
    let roots = match authorities {
        Some(file) => private(file)?,
        None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| UpstreamError::Handshake)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn private(file: &Path) -> Result<RootCertStore, UpstreamError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|_| UpstreamError::Authorities)? {
        let certificate = certificate.map_err(|_| UpstreamError::Authorities)?;
        roots.add(certificate).map_err(|_| UpstreamError::Authorities)?;
    }
    if roots.is_empty() { Err(UpstreamError::Authorities) } else { Ok(roots) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_public_roots_are_built_in() {
        assert!(tls(None).is_ok());
    }

    #[test]
    fn a_file_without_a_certificate_is_no_authority() {
        let empty = std::env::temp_dir().join(format!("privet-no-authority-{}", std::process::id()));
        std::fs::write(&empty, "nothing here").unwrap();
        assert_eq!(tls(Some(&empty)).err(), Some(UpstreamError::Authorities));
        std::fs::remove_file(&empty).unwrap();
        assert_eq!(tls(Some(&empty)).err(), Some(UpstreamError::Authorities));
    }
}
