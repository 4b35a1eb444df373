//! A session: the connection on which the engine asks back, for secrets.
//!
//! It begins as a request to `/session` that turns into HTTP/2 with the roles reversed: the engine
//! calls, over gRPC, the methods named in the request's headers, and asks every now and then whether
//! we are still alive. When the connection ends, so does the build that belongs to it.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http_body_util::{BodyExt as _, Empty};
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, UPGRADE};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

use super::super::host::DockerHost;
use super::protobuf::{fields, message};
use super::wire;

/// The methods that the engine may call.
const GET_SECRET: &str = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
const HEALTH: &str = "/grpc.health.v1.Health/Check";

/// `HealthCheckResponse { status: SERVING }`
const SERVING: &[u8] = &[0x08, 0x01];

/// A request is a secret's ID; more than this is none.
const LONGEST_REQUEST: usize = 64 << 10;

/// Codes of gRPC.
const OK: &str = "0";
const INVALID_ARGUMENT: &str = "3";
const NOT_FOUND: &str = "5";
const UNIMPLEMENTED: &str = "12";

/// Why BuildKit cannot be talked to.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The engine does not answer.
    #[error("the Docker Engine at {endpoint} does not answer")]
    Unreachable {
        /// Where it should be.
        endpoint: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The connection broke.
    #[error("the connection to the Docker Engine broke")]
    Broken(#[source] hyper::Error),
    /// The engine refuses.
    #[error("the Docker Engine refuses to build ({status}): {message}")]
    Refused {
        /// The status code.
        status: u16,
        /// What it said.
        message: String,
    },
    /// It says something that makes no sense.
    #[error("the Docker Engine's answer makes no sense: {0}")]
    Answer(String),
    /// The options cannot be written as a query.
    #[error("the options of the build cannot be sent")]
    Query(#[source] serde_urlencoded::ser::Error),
    /// The request cannot be written.
    #[error("the request cannot be sent")]
    Request(#[source] hyper::http::Error),
}

/// A session, open until it is dropped.
pub(super) struct Session {
    id: String,
    server: tokio::task::JoinHandle<()>,
    _connection: wire::Connection,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Session {
    /// Opens a session that gives these secrets to whoever builds with its ID.
    pub(super) async fn open(
        host: &DockerHost,
        secrets: BTreeMap<String, Bytes>,
    ) -> Result<Self, SessionError> {
        let id = new_id();
        let mut connection = wire::connect(&host.endpoint).await?;
        let request = Request::post(format!("/{}/session", host.api()))
            .header(HOST, "docker")
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "h2c")
            .header("X-Docker-Expose-Session-Uuid", &id)
            .header("X-Docker-Expose-Session-Name", "boxwright")
            .header("X-Docker-Expose-Session-Grpc-Method", GET_SECRET)
            .body(Empty::new().map_err(|never| match never {}).boxed_unsync())
            .map_err(SessionError::Request)?;
        let answer = connection.send(request).await?;
        let upgraded = hyper::upgrade::on(answer).await.map_err(SessionError::Broken)?;
        let server = tokio::spawn(serve(TokioIo::new(upgraded), Arc::new(secrets)));
        Ok(Self { id, server, _connection: connection })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

/// An ID that no other session has: an engine refuses one that it knows. The standard library's
/// hashers are seeded by the system, which is randomness enough where nothing is to be guessed.
#[expect(clippy::disallowed_types, reason = "nothing is iterated: it is asked for its seed")]
fn new_id() -> String {
    let random = || std::hash::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

/// Answers calls until the other side hangs up.
async fn serve<T>(transport: T, secrets: Arc<BTreeMap<String, Bytes>>)
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let Ok(mut connection) = h2::server::handshake(transport).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        let secrets = Arc::clone(&secrets);
        tokio::spawn(async move {
            // A call that breaks off is the caller's to notice.
            let _ = answer(request, respond, &secrets).await;
        });
    }
}

async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    secrets: &BTreeMap<String, Bytes>,
) -> Result<(), h2::Error> {
    let (head, body) = request.into_parts();
    let (reply, status) = match head.uri.path() {
        HEALTH => (Some(SERVING.to_vec()), OK),
        GET_SECRET => match secret_id(&read(body).await?) {
            None => (None, INVALID_ARGUMENT),
            Some(id) => match secrets.get(&id) {
                Some(secret) => (Some(message(1, secret)), OK),
                None => (None, NOT_FOUND),
            },
        },
        _ => (None, UNIMPLEMENTED),
    };
    let mut answer = Response::new(());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    let mut stream = respond.send_response(answer, false)?;
    if let Some(reply) = reply {
        stream.send_data(framed(&reply), false)?;
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(status));
    stream.send_trailers(trailers)
}

/// A message behind gRPC's header: whether it is compressed, and its length.
fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut framed = BytesMut::with_capacity(5 + message.len());
    framed.extend_from_slice(&[0]);
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(message);
    framed.freeze()
}

async fn read(mut body: RecvStream) -> Result<Vec<u8>, h2::Error> {
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        bytes.extend_from_slice(&data);
        if bytes.len() > LONGEST_REQUEST {
            return Err(Reason::ENHANCE_YOUR_CALM.into());
        }
    }
    Ok(bytes)
}

/// The ID in `GetSecretRequest`.
fn secret_id(framed: &[u8]) -> Option<String> {
    let (header, message) = framed.split_at_checked(5)?;
    if header[0] != 0 {
        return None;
    }
    let fields = fields(message).ok()?;
    fields.iter().find(|(number, _)| *number == 1).map(|(_, id)| id.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls a method as the engine does, and gives the reply with gRPC's status.
    async fn call(method: &str, request: &[u8]) -> (Vec<u8>, String) {
        let secrets = BTreeMap::from([("netrc".to_owned(), Bytes::from_static(b"login"))]);
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let server = tokio::spawn(serve(ours, Arc::new(secrets)));
        let (mut client, connection) = h2::client::handshake(theirs).await.unwrap();
        let driver = tokio::spawn(connection);
        let head = Request::post(format!("http://localhost{method}")).body(()).unwrap();
        let (answer, mut body) = client.send_request(head, false).unwrap();
        body.send_data(framed(request), true).unwrap();
        let mut reply = answer.await.unwrap().into_body();
        let mut bytes = Vec::new();
        while let Some(data) = reply.data().await {
            bytes.extend_from_slice(&data.unwrap());
        }
        let trailers = reply.trailers().await.unwrap().unwrap();
        server.abort();
        driver.abort();
        (bytes, trailers["grpc-status"].to_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn the_engine_is_answered() {
        let secret = call(GET_SECRET, &message(1, b"netrc")).await;
        assert_eq!(secret, (framed(&message(1, b"login")).to_vec(), "0".into()));
        let missing = call(GET_SECRET, &message(1, b"other")).await;
        assert_eq!(missing, (Vec::new(), "5".into()));
        assert_eq!(call(GET_SECRET, &[0xff]).await.1, "3");
        assert_eq!(call(HEALTH, b"").await, (framed(SERVING).to_vec(), "0".into()));
        assert_eq!(call("/moby.filesync.v1.Auth/Credentials", b"").await.1, "12");
    }

    #[test]
    fn no_two_sessions_share_an_id() {
        assert_ne!(new_id(), new_id());
    }
}
