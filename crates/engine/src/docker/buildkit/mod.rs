//! BuildKit through the engine's own API: `/build` with version 2, and a session beside it.
//!
//! bollard streams BuildKit's logs, or gives it secrets, and cannot do both: its `/build` opens a
//! session that has no secrets, and its gRPC driver has no logs. So these two requests are made
//! here, on connections of their own; closing them is also what cancels a build.

mod protobuf;
mod session;
mod trace;
mod wire;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bollard::query_parameters::BuilderVersion;
use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::StreamExt as _;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use serde::Deserialize;

use super::build::{DockerBuild, DockerBuildError, options, sent};
use super::host::DockerHost;
use super::log::Log;
use super::pieces::pieces;

pub use session::SessionError;

use session::Session;
use trace::Trace;

/// A longer line of the answer is none.
const LONGEST_LINE: usize = 16 << 20;

/// One line of the answer.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    id: String,
    #[serde(default)]
    aux: serde_json::Value,
    #[serde(default)]
    error: Option<String>,
}

/// Builds on BuildKit. Dropped half-way, both connections close, and the engine gives up.
pub(super) async fn build(
    host: &DockerHost,
    build: &DockerBuild,
    log: &mut Log,
) -> Result<(), DockerBuildError> {
    let secrets: BTreeMap<String, Bytes> = build
        .secrets
        .iter()
        .map(|(id, value)| (id.clone(), Bytes::copy_from_slice(value)))
        .collect();
    let session = Session::open(host, secrets).await?;
    let mut options = options(build);
    options.version = BuilderVersion::BuilderBuildKit;
    let query = serde_urlencoded::to_string(&options).map_err(SessionError::Query)?;
    let path = format!("/{}/build?{query}&session={}", host.api(), session.id());

    let context = build.context.clone();
    let (body, written) = pieces(move |out| context.write(out).map(drop));
    let body = StreamBody::new(body.map(|piece| Ok::<_, std::io::Error>(Frame::data(piece))));
    let mut connection = wire::connect(&host.endpoint).await?;
    let answer = connection.post(&path, "application/x-tar", body).await;
    // What is wrong with the context is the reason for what is wrong with the answer.
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            sent(written.await?)?;
            return Err(error.into());
        }
    };
    let result = follow(answer.into_body(), log).await;
    sent(written.await?)?;
    drop(session);
    result
}

/// Reads the answer to its end.
async fn follow(mut body: Incoming, log: &mut Log) -> Result<(), DockerBuildError> {
    let mut trace = Trace::default();
    let mut buffer = BytesMut::new();
    let mut error = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(SessionError::Broken)?;
        buffer.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            take(&buffer[..end], &mut trace, log, &mut error)?;
            buffer.advance(end + 1);
        }
        if buffer.len() > LONGEST_LINE {
            return Err(SessionError::Answer("a line without an end".to_owned()).into());
        }
    }
    take(&buffer, &mut trace, log, &mut error)?;
    match error {
        None => Ok(()),
        Some(message) => {
            Err(DockerBuildError::Failed { instruction: None, message, output: Vec::new() })
        }
    }
}

fn take(
    line: &[u8],
    trace: &mut Trace,
    log: &mut Log,
    failure: &mut Option<String>,
) -> Result<(), DockerBuildError> {
    if line.trim_ascii().is_empty() {
        return Ok(());
    }
    let Line { id, aux, error } =
        serde_json::from_slice(line).map_err(|error| SessionError::Answer(error.to_string()))?;
    if let Some(error) = error {
        *failure = Some(error.trim_end().to_owned());
    }
    if let ("moby.buildkit.trace", Some(status)) = (id.as_str(), aux.as_str()) {
        let status = BASE64_STANDARD
            .decode(status)
            .map_err(|error| SessionError::Answer(error.to_string()))?;
        let understood = trace.status(&status, log);
        understood.map_err(|error| SessionError::Answer(error.to_string()))?;
    }
    Ok(())
}
