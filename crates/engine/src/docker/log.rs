//! What both builders say, as events.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::event::{Event, Events, Outcome};

/// So many lines of output come with an error.
const TAIL: usize = 20;
/// A line is cut here: a progress bar that never ends its line must not fill the memory.
const LONGEST_LINE: usize = 16 << 10;

/// The instructions of one build, as far as they are known.
pub(super) struct Log {
    events: Arc<dyn Events>,
    running: BTreeMap<String, Running>,
    last_id: u64,
    tail: VecDeque<String>,
    tail_of: u64,
    count: Count,
}

/// How many instructions were carried out, and how many results the builder had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Count {
    pub(super) built: usize,
    pub(super) reused: usize,
}

struct Running {
    id: u64,
    name: String,
    /// The line that has not ended yet.
    line: Vec<u8>,
}

impl Log {
    pub(super) fn new(events: Arc<dyn Events>) -> Self {
        Self {
            events,
            running: BTreeMap::new(),
            last_id: 0,
            tail: VecDeque::new(),
            tail_of: 0,
            count: Count::default(),
        }
    }

    /// An instruction begins; `key` is what the builder calls it.
    pub(super) fn started(&mut self, key: &str, name: &str) {
        if self.running.contains_key(key) {
            return;
        }
        self.last_id += 1;
        let (id, name) = (self.last_id, name.to_owned());
        self.events.on(Event::InstructionStarted { id, name: name.clone() });
        self.running.insert(key.to_owned(), Running { id, name, line: Vec::new() });
    }

    /// An instruction printed something; lines may come in parts.
    pub(super) fn output(&mut self, key: &str, bytes: &[u8]) {
        let Some(running) = self.running.get_mut(key) else { return };
        let mut lines = Vec::new();
        for part in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            running.line.extend_from_slice(part);
            if part.ends_with(b"\n") || part.ends_with(b"\r") || running.line.len() > LONGEST_LINE {
                let line = String::from_utf8_lossy(&running.line).trim_end().to_owned();
                running.line.clear();
                lines.push(line);
            }
        }
        let id = running.id;
        for line in lines.into_iter().filter(|line| !line.is_empty()) {
            self.say(id, line);
        }
    }

    fn say(&mut self, id: u64, line: String) {
        if std::mem::replace(&mut self.tail_of, id) != id {
            self.tail.clear();
        }
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line.clone());
        self.events.on(Event::InstructionOutput { id, line });
    }

    /// An instruction is over.
    pub(super) fn finished(&mut self, key: &str, outcome: Option<Outcome>) {
        let Some(Running { id, name, line }) = self.running.remove(key) else { return };
        if !line.is_empty() {
            self.say(id, String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        match outcome {
            Some(Outcome::Built) if is_instruction(&name) => self.count.built += 1,
            Some(Outcome::Reused) if is_instruction(&name) => self.count.reused += 1,
            _ => {}
        }
        self.events.on(Event::InstructionFinished { id, name, outcome });
    }

    /// The build is over: so is what still runs, which is what failed if anything did. Gives its
    /// name, and the end of its output.
    pub(super) fn close(&mut self, outcome: Option<Outcome>) -> (Option<String>, Vec<String>) {
        let keys: Vec<String> = self.running.keys().cloned().collect();
        let failed = self.running.values().map(|running| running.name.clone()).next_back();
        for key in keys {
            self.finished(&key, outcome);
        }
        (failed, self.tail.drain(..).collect())
    }

    pub(super) fn count(&self) -> Count {
        self.count
    }
}

/// Whether this is an instruction of the Dockerfile: `Step 2/3 : …`, `[stage 2/3] …`; not, say, the
/// export of the image.
fn is_instruction(name: &str) -> bool {
    name.starts_with("Step ") || name.starts_with('[')
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Keeps events as lines of text.
    #[derive(Default)]
    pub(in crate::docker) struct Heard(Mutex<Vec<String>>);

    impl Heard {
        pub(in crate::docker) fn lines(&self) -> Vec<String> {
            self.0.lock().unwrap().clone()
        }
    }

    impl Events for Heard {
        fn on(&self, event: Event) {
            let line = match event {
                Event::InstructionStarted { id, name } => format!("{id} > {name}"),
                Event::InstructionOutput { id, line } => format!("{id} | {line}"),
                Event::InstructionFinished { id, outcome, .. } => format!("{id} < {outcome:?}"),
                other => format!("{other:?}"),
            };
            self.0.lock().unwrap().push(line);
        }
    }

    #[test]
    fn lines_are_put_together() {
        let heard = Arc::new(Heard::default());
        let mut log = Log::new(heard.clone());
        log.started("a", "RUN pip");
        log.output("a", b"Collecting fl");
        log.output("a", b"ask\nfirst\rsecond\r\n\nrest");
        log.output("nobody", b"lost\n");
        let (failed, tail) = log.close(None);
        assert_eq!(failed.as_deref(), Some("RUN pip"));
        assert_eq!(tail, ["Collecting flask", "first", "second", "rest"]);
        assert_eq!(
            heard.lines(),
            [
                "1 > RUN pip",
                "1 | Collecting flask",
                "1 | first",
                "1 | second",
                "1 | rest",
                "1 < None"
            ]
        );
        assert_eq!(log.count(), Count::default());
    }

    #[test]
    fn a_line_without_an_end_does_not_fill_the_memory() {
        let heard = Arc::new(Heard::default());
        let mut log = Log::new(heard.clone());
        log.started("a", "RUN yes");
        for _ in 0..1000 {
            log.output("a", &[b'x'; 1000]);
        }
        assert!(heard.lines().iter().all(|line| line.len() < 2 * LONGEST_LINE));
        assert!(log.close(None).1.len() <= TAIL);
    }
}
