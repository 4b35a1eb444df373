//! A connection to the engine of one's own, for one request: HTTP/1.1 over a socket, TCP or TLS.

use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::super::endpoint::{Endpoint, TlsFiles};
use super::session::SessionError;

/// An answer that is only an error message is read up to here.
const LONGEST_MESSAGE: usize = 64 << 10;

type SentBody = UnsyncBoxBody<Bytes, io::Error>;

/// A connection for one request. Dropped, it closes, with whatever is under way.
pub(super) struct Connection {
    sender: SendRequest<SentBody>,
    driver: tokio::task::JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// What a connection runs over.
trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// Connects to the engine.
pub(super) async fn connect(endpoint: &Endpoint) -> Result<Connection, SessionError> {
    let unreachable = |source| SessionError::Unreachable { endpoint: endpoint.to_string(), source };
    let stream = open(endpoint).await.map_err(unreachable)?;
    let (sender, connection) =
        handshake(TokioIo::new(stream)).await.map_err(SessionError::Broken)?;
    let driver = tokio::spawn(async move {
        // What breaks is told to whoever waits for the answer.
        let _ = connection.with_upgrades().await;
    });
    Ok(Connection { sender, driver })
}

async fn open(endpoint: &Endpoint) -> io::Result<Box<dyn Transport>> {
    let (scheme, address) = endpoint.host.split_once("://").unwrap_or_default();
    if scheme == "unix" {
        return Ok(Box::new(UnixStream::connect(Path::new(address)).await?));
    }
    let address = address.trim_end_matches('/');
    let has_port = address.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let usual = if endpoint.tls.is_some() { 2376 } else { 2375 };
    let with_port = if has_port { address.to_owned() } else { format!("{address}:{usual}") };
    let stream = TcpStream::connect(&with_port).await?;
    let Some(tls) = &endpoint.tls else { return Ok(Box::new(stream)) };
    let host = with_port.rsplit_once(':').map_or(address, |(host, _)| host);
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
    let name = name.map_err(io::Error::other)?;
    let connector = TlsConnector::from(Arc::new(tls_config(tls)?));
    Ok(Box::new(connector.connect(name, stream).await?))
}

/// Trusts the engine's own authority and nobody else.
fn tls_config(TlsFiles { ca, cert, key }: &TlsFiles) -> io::Result<ClientConfig> {
    let certificates = |path: &Path| -> io::Result<Vec<CertificateDer<'static>>> {
        let found = CertificateDer::pem_file_iter(path).map_err(io::Error::other)?;
        found.collect::<Result<_, _>>().map_err(io::Error::other)
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(ca)?);
    let key = PrivateKeyDer::from_pem_file(key).map_err(io::Error::other)?;
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates(cert)?, key)
        .map_err(io::Error::other)
}

impl Connection {
    /// Posts a body. An answer that is no success is an error with the engine's own words.
    pub(super) async fn post<B>(
        &mut self,
        path: &str,
        content_type: &str,
        body: B,
    ) -> Result<Response<Incoming>, SessionError>
    where
        B: Body<Data = Bytes, Error = io::Error> + Send + 'static,
    {
        let request = Request::post(path)
            .header(HOST, "docker")
            .header(CONTENT_TYPE, content_type)
            .body(body.boxed_unsync())
            .map_err(SessionError::Request)?;
        self.send(request).await
    }

    /// Sends a request; the answer may be a switch of protocols.
    pub(super) async fn send(
        &mut self,
        request: Request<SentBody>,
    ) -> Result<Response<Incoming>, SessionError> {
        let answer = self.sender.send_request(request).await.map_err(SessionError::Broken)?;
        let status = answer.status();
        if status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(answer);
        }
        Err(SessionError::Refused { status: status.as_u16(), message: message(answer).await })
    }
}

/// The engine's words for an error: `{"message":"…"}`, or a text.
async fn message(answer: Response<Incoming>) -> String {
    let mut body = answer.into_body();
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        if bytes.len() > LONGEST_MESSAGE {
            break;
        }
    }
    let json: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
    let text = json.and_then(|json| Some(json.get("message")?.as_str()?.to_owned()));
    text.unwrap_or_else(|| String::from_utf8_lossy(&bytes).trim().to_owned())
}
