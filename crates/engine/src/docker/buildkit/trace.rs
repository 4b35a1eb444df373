//! BuildKit's log: a stream of `moby.buildkit.v1.StatusResponse` messages.

use std::collections::BTreeMap;

use super::super::log::Log;
use super::protobuf::{Malformed, Value, fields};
use crate::event::Outcome;

/// What is known of the vertices of the build graph.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// Name of each vertex that people care about, by digest.
    names: BTreeMap<String, State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
}

/// A vertex, as one message tells it.
#[derive(Debug, Default)]
struct Vertex {
    digest: String,
    name: String,
    cached: bool,
    started: bool,
    completed: bool,
    error: String,
}

impl Vertex {
    fn read(message: &[u8]) -> Result<Self, Malformed> {
        let mut vertex = Self::default();
        for (number, value) in fields(message)? {
            match number {
                1 => vertex.digest = value.text(),
                3 => vertex.name = value.text(),
                4 => vertex.cached = value.is_true(),
                5 => vertex.started = true,
                6 => vertex.completed = true,
                7 => vertex.error = value.text(),
                _ => {}
            }
        }
        Ok(vertex)
    }

    /// Whether it is an instruction, or the export; not BuildKit's own housekeeping.
    fn is_of_interest(&self) -> bool {
        !self.name.starts_with("[internal]")
            && !self.name.starts_with("http://buildkit-session/")
            && !self.name.starts_with("copy /context")
            && !self.name.is_empty()
    }
}

impl Trace {
    /// Takes one message.
    pub(super) fn status(&mut self, message: &[u8], log: &mut Log) -> Result<(), Malformed> {
        let fields = fields(message)?;
        let of = |wanted: u64| {
            fields.iter().filter(move |(number, _)| *number == wanted).map(|(_, value)| *value)
        };
        for vertex in of(1) {
            self.vertex(&Vertex::read(vertex.bytes())?, log);
        }
        for output in of(3) {
            Self::output(output, log)?;
        }
        // Only now, since the last output may come in the same message.
        for vertex in of(1) {
            self.finish(&Vertex::read(vertex.bytes())?, log);
        }
        Ok(())
    }

    fn vertex(&mut self, vertex: &Vertex, log: &mut Log) {
        if !vertex.is_of_interest() {
            return;
        }
        let state = self.names.entry(vertex.digest.clone()).or_insert(State::Waiting);
        if *state == State::Waiting && (vertex.started || vertex.cached) {
            *state = State::Running;
            log.started(&vertex.digest, &vertex.name);
        }
    }

    fn finish(&mut self, vertex: &Vertex, log: &mut Log) {
        let Some(state) = self.names.get_mut(&vertex.digest) else { return };
        // A failed one stays open: it is what the error is about.
        if *state == State::Running
            && (vertex.completed || vertex.cached)
            && vertex.error.is_empty()
        {
            *state = State::Done;
            // What a stage starts from is there, or was pulled.
            let reused = vertex.cached || vertex.name.contains("] FROM ");
            let outcome = if reused { Outcome::Reused } else { Outcome::Built };
            log.finished(&vertex.digest, Some(outcome));
        }
    }

    fn output(message: Value<'_>, log: &mut Log) -> Result<(), Malformed> {
        let (mut digest, mut bytes) = (String::new(), &[][..]);
        for (number, value) in fields(message.bytes())? {
            match number {
                1 => digest = value.text(),
                4 => bytes = value.bytes(),
                _ => {}
            }
        }
        log.output(&digest, bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::super::log::tests::Heard;
    use super::super::protobuf::message;
    use super::*;

    fn vertex(digest: &str, name: &str, more: &[&[u8]]) -> Vec<u8> {
        let fields = [message(1, digest.as_bytes()), message(3, name.as_bytes()), more.concat()];
        message(1, &fields.concat())
    }

    fn output(digest: &str, text: &str) -> Vec<u8> {
        message(3, &[message(1, digest.as_bytes()), message(4, text.as_bytes())].concat())
    }

    const CACHED: &[u8] = &[4 << 3, 1];
    const STARTED: &[u8] = &[5 << 3 | 2, 0];
    const COMPLETED: &[u8] = &[6 << 3 | 2, 0];
    const FAILED: &[u8] = &[7 << 3 | 2, 1, b'x'];

    #[test]
    fn vertices_become_events() {
        let heard = Arc::new(Heard::default());
        let mut log = Log::new(heard.clone());
        let mut trace = Trace::default();
        let messages = [
            vertex("i", "[internal] load build definition", &[STARTED, COMPLETED]),
            vertex("a", "[1/3] FROM base", &[]),
            vertex("a", "[1/3] FROM base", &[STARTED, COMPLETED]),
            vertex("b", "[2/3] COPY . ./", &[STARTED, COMPLETED, CACHED]),
            vertex("c", "[3/3] RUN pip", &[STARTED]),
            [output("c", "half a"), output("c", " line\nmore")].concat(),
            [vertex("c", "[3/3] RUN pip", &[STARTED, COMPLETED, FAILED]), output("c", "\n")]
                .concat(),
        ];
        for message in messages {
            trace.status(&message, &mut log).unwrap();
        }
        let (failed, tail) = log.close(None);
        assert_eq!(failed.as_deref(), Some("[3/3] RUN pip"));
        assert_eq!(tail, ["half a line", "more"]);
        insta::assert_snapshot!(heard.lines().join("\n"), @"
        1 > [1/3] FROM base
        1 < Some(Reused)
        2 > [2/3] COPY . ./
        2 < Some(Reused)
        3 > [3/3] RUN pip
        3 | half a line
        3 | more
        3 < None
        ");
    }

    #[test]
    fn damage_is_an_error() {
        let mut log = Log::new(Arc::new(Heard::default()));
        assert_eq!(Trace::default().status(&[0x0a, 9, 1], &mut log), Err(Malformed));
    }
}
