//! Whose certificates an upstream may show, and which one privet shows.
//!
//! Knows the public roots, built in, and how a file of private ones is read; does not know sockets.
//! Invariant: every configuration made here verifies, and a file of authorities stands instead of the public
//! roots, never beside them.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::UpstreamError;

/// The rules of TLS toward an upstream: verified, TLS 1.2 and 1.3, HTTP/2 preferred; with a certificate of privet's own
/// where the upstream asks for one.
pub fn tls(
    authorities: Option<Arc<RootCertStore>>,
    own: Option<Arc<CertifiedKey>>,
) -> Result<ClientConfig, UpstreamError> {
    let public = || Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    let roots = authorities.unwrap_or_else(public);
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| UpstreamError::Handshake)?
        .with_root_certificates(roots);
    let mut config = match own {
        Some(own) => config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(own))),
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// A file of private authorities; none if anything in it is not one.
pub fn authorities(file: &Path) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).ok()? {
        roots.add(certificate.ok()?).ok()?;
    }
    Some(roots).filter(|roots| !roots.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_public_roots_are_built_in() {
        assert!(tls(None, None).is_ok());
    }

    #[test]
    fn a_file_without_a_certificate_is_no_authority() {
        let empty = std::env::temp_dir().join(format!("privet-no-authority-{}", std::process::id()));
        std::fs::write(&empty, "nothing here").unwrap();
        assert!(authorities(&empty).is_none());
        std::fs::remove_file(&empty).unwrap();
        assert!(authorities(&empty).is_none());
    }
}
