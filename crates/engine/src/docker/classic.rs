//! The classic builder's words: a stream of text, in which steps are told by how a line begins.

use super::log::Log;
use crate::event::Outcome;

/// How far a build of the classic builder is.
#[derive(Debug, Default)]
pub(super) struct Classic {
    /// The step under way, and whether its result was there.
    step: Option<(String, Outcome)>,
    /// The line that has not ended yet.
    line: String,
}

impl Classic {
    /// Takes a piece of the stream.
    pub(super) fn text(&mut self, text: &str, log: &mut Log) {
        for part in text.split_inclusive('\n') {
            self.line.push_str(part);
            // Output of a RUN may come without an end of line; it must not wait for one.
            if part.ends_with('\n') || self.line.len() > 4096 {
                let line = std::mem::take(&mut self.line);
                self.take(&line, log);
            }
        }
    }

    fn take(&mut self, line: &str, log: &mut Log) {
        if let Some(name) = step(line) {
            self.finish(log);
            log.started(name, name);
            // A step of metadata that was not there before is as quick as one that was.
            self.step = Some((name.to_owned(), Outcome::Built));
            return;
        }
        let Some((name, outcome)) = &mut self.step else { return };
        match line.trim_end() {
            " ---> Using cache" => *outcome = Outcome::Reused,
            line if line.starts_with(" ---> ")
                || line.starts_with("Removing intermediate container ")
                || line.starts_with("Successfully built ")
                || line.starts_with("Successfully tagged ") => {}
            _ => log.output(name, line.as_bytes()),
        }
    }

    /// The last step went well.
    pub(super) fn finish(&mut self, log: &mut Log) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take(&line, log);
        }
        if let Some((name, outcome)) = self.step.take() {
            // What a stage starts from is there, or was pulled with events of its own.
            let is_from = name.split(" : ").nth(1).is_some_and(|text| text.starts_with("FROM "));
            log.finished(&name, Some(if is_from { Outcome::Reused } else { outcome }));
        }
    }
}

/// `Step 3/9 : RUN …`, which names a step.
fn step(line: &str) -> Option<&str> {
    let (numbers, _) = line.strip_prefix("Step ")?.split_once(" : ")?;
    let (number, total) = numbers.split_once('/')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(number) && is_number(total)).then(|| line.trim_end())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::log::tests::Heard;
    use super::*;

    #[test]
    fn a_recorded_build_becomes_events() {
        // As Engine 20.10 sends it, in its pieces.
        let pieces = [
            "Step 1/4 : FROM boxwright/python:3.13-full AS build",
            "\n",
            " ---> a99d91e34936\n",
            "Step 2/4 : ENV A=1",
            "\n",
            " ---> Using cache\n",
            " ---> 0123456789ab\n",
            "Step 3/4 : RUN pip install   flask",
            "\n",
            " ---> Running in 0123456789ab\n",
            "Collecting flask\n  Downloading",
            " flask.whl\n",
            "Step by step : done\n",
            "Removing intermediate container 0123456789ab\n",
            " ---> 1123456789ab\n",
            "Step 4/4 : COPY . ./",
            "\n",
            " ---> 2123456789ab\n",
            "Successfully built 2123456789ab\n",
            "Successfully tagged flask:latest\n",
        ];
        let heard = Arc::new(Heard::default());
        let mut log = Log::new(heard.clone());
        let mut classic = Classic::default();
        for piece in pieces {
            classic.text(piece, &mut log);
        }
        classic.finish(&mut log);
        insta::assert_snapshot!(heard.lines().join("\n"), @"
        1 > Step 1/4 : FROM boxwright/python:3.13-full AS build
        1 < Some(Reused)
        2 > Step 2/4 : ENV A=1
        2 < Some(Reused)
        3 > Step 3/4 : RUN pip install   flask
        3 | Collecting flask
        3 |   Downloading flask.whl
        3 | Step by step : done
        3 < Some(Built)
        4 > Step 4/4 : COPY . ./
        4 < Some(Built)
        ");
    }
}
