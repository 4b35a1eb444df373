//! How ports are written in `EXPOSE`.

use crate::lint::check::Context;
use crate::lint::finding::{Edit, Finding};
use crate::lint::rule::{EXPOSE_INVALID_FORMAT, EXPOSE_PROTO_CASING};
use crate::model::Command;

pub(crate) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for one in context.file.instructions() {
        if !matches!(one.command, Some(Command::Expose(_))) {
            continue;
        }
        for word in &one.arguments {
            // What a variable brings is seen when it is built.
            if word.contains('$') {
                continue;
            }
            let (place, protocol) = word.split_once('/').unwrap_or((word, ""));
            let lower = protocol.to_lowercase();
            if lower != protocol {
                let message = format!("the protocol `{protocol}` has capitals");
                let edit = Edit::replace(word.span, format!("{place}/{lower}"));
                findings.push(
                    Finding::new(&EXPOSE_PROTO_CASING, word.span, message)
                        .fix(format!("write `{lower}`"), vec![edit]),
                );
            }
            if let Some((host, port)) = place.rsplit_once(':') {
                let message =
                    format!("EXPOSE names a port of the container; `{host}` belongs to the host");
                let slash = if protocol.is_empty() { "" } else { "/" };
                let edit = Edit::replace(word.span, format!("{port}{slash}{lower}"));
                findings.push(
                    Finding::new(&EXPOSE_INVALID_FORMAT, word.span, message)
                        .help("publish it to the host with `docker run --publish`")
                        .fix("keep the container's port", vec![edit]),
                );
            }
        }
    }
}
