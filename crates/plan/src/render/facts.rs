//! What the linter is told of a project.

use boxwright_dockerfile::{Fact, Origin, ProjectFacts};

use crate::evidence::{Level, Place, Topic};
use crate::project::Project;

/// What a project's sources say that a Dockerfile must agree with.
///
/// The port is one that the sources or a configuration file bind; a default of ours is no fact.
pub fn lint_facts(project: &Project, has_ignore_file: bool) -> ProjectFacts {
    let own = project.own_server.as_ref();
    let decided =
        project.decisions.iter().rfind(|it| it.topic == Topic::Port && it.level == Level::Note);
    let bound_port = decided.zip(project.port).and_then(|(decision, port)| {
        decision.evidence.place.as_ref().map(|place| fact(port, place))
    });
    ProjectFacts {
        bound_port,
        bound_host: own.and_then(|own| own.host.clone().map(|host| fact(host, &own.place))),
        debug_server: own
            .filter(|own| own.debug)
            .map(|own| fact(format!("{}(…)", own.call), &own.place)),
        has_ignore_file: Some(has_ignore_file),
        without_musl_wheel: Vec::new(),
    }
}

fn fact<T>(value: T, place: &Place) -> Fact<T> {
    let line = usize::try_from(place.line.unwrap_or(1)).unwrap_or(1);
    Fact { value, origin: Origin { file: place.file.clone(), line } }
}
